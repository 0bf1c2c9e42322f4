"""Records of ingestions: what was asked, how far it is, how it ended. They survive everybody.

    Queued ──▶ Running ──▶ Succeeded | Failed | Cancelled
      ▲  ╲        │╲
      │   ╲       ▼ ╲ the index is busy: back to Queued, to be tried again a little later
      │    ▶ Cancelled
      └── Interrupted: its worker was stopped or died; the next one goes on with it

Each step is one statement that only applies in the states it may leave, so two processes that
disagree cannot both win.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, Final, Literal

from sqlalchemy import Connection, case, func, insert, or_, select, update
from sqlalchemy import delete as delete_

from sightline.errors import NotFound, SightlineError
from sightline.storage.catalog import Catalog
from sightline.storage.records import (
    UNFINISHED,
    WAITING,
    AskedBy,
    Ingestion,
    Progress,
    Remark,
    RemarkKind,
    SourceKind,
)
from sightline.storage.tables import ingestions, remarks, sources
from sightline.untrusted import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an ingestion is to do. `source_id` is the record of its source, where it has one."""

    index: str
    kind: SourceKind
    source: str
    read_text: bool = True
    force: bool = False
    source_id: str | None = None
    asked_by: AskedBy = "request"


class Ingestions:
    """The records of all ingestions of a workspace."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def add(self, order: Order) -> Ingestion:
        """A new one, Queued."""
        with self._catalog.writing() as connection:
            return queued(connection, order)

    def add_once(self, order: Order) -> tuple[Ingestion, bool]:
        """The unfinished one of the same source, or a new one; and whether it is new."""
        there = select(ingestions.c.id).where(
            ingestions.c.source_id == order.source_id, ingestions.c.state.in_(UNFINISHED)
        )
        with self._catalog.writing() as connection:
            found = connection.scalar(there.limit(1))
            if found is not None:
                return _get(connection, found), False
            return queued(connection, order), True

    def of(self, source_id: str, offset: int, limit: int) -> list[Ingestion]:
        """A page of those of one source, the newest first."""
        its = select(ingestions).where(ingestions.c.source_id == source_id)
        with self._catalog.reading() as connection:
            page = its.order_by(ingestions.c.number.desc()).offset(offset).limit(limit)
            return [_ingestion(row._asdict()) for row in connection.execute(page)]

    def done_elsewhere(
        self,
        order: Order,
        state: Literal["Succeeded", "Failed", "Cancelled"],
        progress: Progress,
        said: Sequence[Remark] = (),
        error: SightlineError | None = None,
        *,
        started_at: datetime,
    ) -> Ingestion:
        """Take down a run that no worker did and that has ended: one of the command line."""
        now = datetime.now(UTC)
        with self._catalog.writing() as connection:
            made = _put(
                connection,
                order,
                state=state,
                started_at=started_at,
                finished_at=now,
                attempts=1,
                **_columns(progress),
                **_error(error),
            )
            _remark(connection, made, said)
            return _get(connection, made)

    def get(self, id: str) -> Ingestion:
        """Raises NotFound."""
        with self._catalog.reading() as connection:
            return _get(connection, id)

    def page(self, offset: int, limit: int) -> tuple[list[Ingestion], int]:
        """A page of all, the newest first, and how many there are."""
        with self._catalog.reading() as connection:
            total = connection.scalar(select(func.count()).select_from(ingestions)) or 0
            newest = select(ingestions).order_by(ingestions.c.number.desc())
            rows = connection.execute(newest.offset(offset).limit(limit))
            return [_ingestion(row._asdict()) for row in rows], total

    def remarks(
        self, id: str, kind: RemarkKind, offset: int, limit: int
    ) -> tuple[list[Remark], int]:
        """A page of the files that failed, or of the notices, and how many there are."""
        of_it = (remarks.c.ingestion == id) & (remarks.c.kind == kind)
        with self._catalog.reading() as connection:
            total = connection.scalar(select(func.count()).select_from(remarks).where(of_it)) or 0
            rows = connection.execute(
                select(remarks.c.kind, remarks.c.key, remarks.c.code, remarks.c.message)
                .where(of_it)
                .order_by(remarks.c.number)
                .offset(offset)
                .limit(limit)
            )
            return [Remark(*row) for row in rows], total

    def seconds_for(self, pictures: int, *, read_text: bool) -> float | None:
        """About how long so many new pictures take, as the last runs went; None without any.

        Looked at are runs that brought new pictures only, from their start to their end.
        """
        last = (
            select(ingestions.c.added, ingestions.c.started_at, ingestions.c.finished_at)
            .where(ingestions.c.state == "Succeeded", ingestions.c.read_text == read_text)
            .where(ingestions.c.added > 0, ingestions.c.updated == 0)
            .order_by(ingestions.c.number.desc())
            .limit(_RUNS_LOOKED_AT)
        )
        with self._catalog.reading() as connection:
            runs = connection.execute(last).all()
        done = sum(count for count, _, _ in runs)
        seconds = sum((ended - began).total_seconds() for _, began, ended in runs)
        return pictures * seconds / done if done else None

    def unfinished(self) -> int:
        """How many there are to do, or being done."""
        with self._catalog.reading() as connection:
            counted = select(func.count()).where(ingestions.c.state.in_(UNFINISHED))
            return connection.scalar(counted) or 0

    def uses(self, kind: SourceKind, source: str) -> bool:
        """Whether an unfinished one reads from this source."""
        with self._catalog.reading() as connection:
            found = connection.scalar(
                select(ingestions.c.id)
                .where(ingestions.c.source_kind == kind, ingestions.c.source == source)
                .where(ingestions.c.state.in_(UNFINISHED))
                .limit(1)
            )
            return found is not None

    def cancel(self, id: str) -> Ingestion:
        """End one that waits; ask the worker of one that runs to stop. Raises NotFound."""
        now = datetime.now(UTC)
        waits = ingestions.c.state.in_(WAITING)
        with self._catalog.writing() as connection:
            _get(connection, id)
            connection.execute(
                update(ingestions)
                .where(ingestions.c.id == id, ingestions.c.state.in_(UNFINISHED))
                .values(
                    cancel_requested=True,
                    state=case((waits, "Cancelled"), else_=ingestions.c.state),
                    finished_at=case((waits, now), else_=None),
                    updated_at=now,
                )
            )
            return _get(connection, id)

    # --- what the one worker of a workspace does --------------------------------------------

    def orphans(self) -> int:
        """Make those Interrupted that ran in a worker which is no more; returns how many.

        Only for a process that knows to be the only worker.
        """
        with self._catalog.writing() as connection:
            asked = ingestions.c.cancel_requested.is_(True)
            now = datetime.now(UTC)
            return connection.execute(
                update(ingestions)
                .where(ingestions.c.state == "Running")
                .values(
                    state=case((asked, "Cancelled"), else_="Interrupted"),
                    finished_at=case((asked, now), else_=None),
                    updated_at=now,
                )
            ).rowcount

    def claim(self, worker: int) -> Ingestion | None:
        """The oldest one that waits and may be tried now, Running from here on."""
        now = datetime.now(UTC)
        ready = or_(ingestions.c.not_before.is_(None), ingestions.c.not_before <= now)
        with self._catalog.writing() as connection:
            found = connection.execute(
                select(ingestions)
                .where(ingestions.c.state.in_(WAITING), ready)
                .order_by(ingestions.c.number)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            if found is None:
                return None
            # What was remarked before comes again: files that failed are tried again.
            connection.execute(delete_(remarks).where(remarks.c.ingestion == found.id))
            connection.execute(
                update(ingestions)
                .where(ingestions.c.id == found.id)
                .values(
                    state="Running",
                    stage="opening",
                    waiting=None,
                    not_before=None,
                    attempts=found.attempts + 1,
                    worker=worker,
                    heartbeat_at=now,
                    started_at=found.started_at or now,
                    updated_at=now,
                )
            )
            return _get(connection, found.id)

    def note(self, id: str, progress: Progress, said: Sequence[Remark]) -> bool:
        """Write down how far it is; returns whether it was asked to stop."""
        now = datetime.now(UTC)
        with self._catalog.writing() as connection:
            _remark(connection, id, said)
            before = _get(connection, id)
            moved = progress.added + progress.updated > (
                before.progress.added + before.progress.updated
            )
            connection.execute(
                update(ingestions)
                .where(ingestions.c.id == id)
                .values(
                    **_columns(progress),
                    attempts=1 if moved else before.attempts,
                    heartbeat_at=now,
                    updated_at=now,
                )
            )
            return before.cancel_requested

    def put_back(
        self, id: str, state: Literal["Queued", "Interrupted"], *, why: str, wait: timedelta
    ) -> None:
        """Let it wait again, at least for so long; that is no failed attempt."""
        now = datetime.now(UTC)
        with self._catalog.writing() as connection:
            connection.execute(
                update(ingestions)
                .where(ingestions.c.id == id, ingestions.c.state == "Running")
                .values(
                    state=case((ingestions.c.cancel_requested.is_(True), "Cancelled"), else_=state),
                    finished_at=case((ingestions.c.cancel_requested.is_(True), now), else_=None),
                    stage="waiting",
                    waiting=why,
                    not_before=now + wait,
                    attempts=0,
                    updated_at=now,
                )
            )

    def finish(
        self,
        id: str,
        state: Literal["Succeeded", "Failed", "Cancelled"],
        progress: Progress,
        said: Sequence[Remark] = (),
        error: SightlineError | None = None,
    ) -> None:
        """Write down how it ended."""
        now = datetime.now(UTC)
        with self._catalog.writing() as connection:
            _remark(connection, id, said)
            connection.execute(
                update(ingestions)
                .where(ingestions.c.id == id, ingestions.c.state == "Running")
                .values(
                    **_columns(progress),
                    state=state,
                    **_error(error),
                    heartbeat_at=now,
                    updated_at=now,
                    finished_at=now,
                )
            )
            source = connection.scalar(select(ingestions.c.source_id).where(ingestions.c.id == id))
            _put_off(connection, source, now)


def queued(connection: Connection, order: Order) -> Ingestion:
    """A new one, Queued, in a transaction that is under way."""
    return _get(connection, _put(connection, order, state="Queued", stage="waiting"))


def _put(connection: Connection, order: Order, **values: object) -> str:
    """The id of a new row. Its source remembers it, and is not due for an interval."""
    made = f"ingestion_{token_hex(12)}"
    now = datetime.now(UTC)
    connection.execute(
        insert(ingestions).values(
            id=made,
            index_name=order.index,
            source_kind=order.kind,
            source=order.source,
            read_text=order.read_text,
            force=order.force,
            source_id=order.source_id,
            asked_by=order.asked_by,
            created_at=now,
            updated_at=now,
            **values,
        )
    )
    if order.source_id is not None:
        remembered = update(sources).where(sources.c.id == order.source_id)
        connection.execute(remembered.values(last_ingestion=made))
        _put_off(connection, order.source_id, now)
    return made


def _put_off(connection: Connection, source: str | None, now: datetime) -> None:
    """The next refresh of a source is an interval away from the begin or end of any run of it."""
    every = connection.scalar(select(sources.c.refresh_minutes).where(sources.c.id == source))
    if every:
        due = now + timedelta(minutes=every)
        connection.execute(update(sources).where(sources.c.id == source).values(next_due_at=due))


def _get(connection: Connection, id: str) -> Ingestion:
    found = connection.execute(select(ingestions).where(ingestions.c.id == id)).first()
    if found is None:
        raise NotFound(f"There is no ingestion {id!r}.", hint="GET /api/ingestions lists them.")
    return _ingestion(found._asdict())


_RUNS_LOOKED_AT: Final = 5
_PROGRESS: Final = tuple(field.name for field in fields(Progress))
_RECORD: Final = tuple(field.name for field in fields(Ingestion) if field.name != "progress")


def _ingestion(row: dict[str, Any]) -> Ingestion:
    return Ingestion(
        progress=Progress(**{name: row[name] for name in _PROGRESS}),
        **{name: row[name] for name in _RECORD},
    )


def _error(error: SightlineError | None) -> dict[str, str | None]:
    return {
        "error_code": error.code if error else None,
        "error_message": storable(str(error)) if error else None,
    }


def _columns(progress: Progress) -> dict[str, Any]:
    return {name: getattr(progress, name) for name in _PROGRESS}


def _remark(connection: Connection, id: str, said: Sequence[Remark]) -> None:
    if said:
        connection.execute(
            insert(remarks),
            [
                {
                    "ingestion": id,
                    "kind": remark.kind,
                    "key": storable(remark.key),
                    "code": remark.code,
                    "message": storable(remark.message),
                }
                for remark in said
            ],
        )
