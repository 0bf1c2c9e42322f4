"""Records of sources: where pictures come from, the index they go to, and when to look again."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final
from urllib.parse import unquote

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    RowMapping,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from sightline.errors import Conflict, InvalidRequest, NotFound
from sightline.storage.catalog import Catalog
from sightline.storage.ingestions import Order, queued
from sightline.storage.records import UNFINISHED, AskedBy, Ingestion, SourceKind, SourceRecord
from sightline.storage.tables import LONGEST_NAME, ingestions, sources

LONGEST_REFRESH: Final = 366 * 24 * 60
"""Minutes."""


class Sources:
    """The records of all sources of a workspace."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def add(
        self,
        *,
        kind: SourceKind,
        value: str,
        uri: str,
        index: str,
        name: str | None = None,
        read_text: bool = True,
        refresh_minutes: int = 0,
    ) -> SourceRecord:
        """A new one; without a name it gets one made of its address.

        With an interval it is due at once. Raises InvalidRequest for a name or an interval that
        cannot be, Conflict when the name is taken or the index has this source already.
        """
        if name is not None:
            check_label(name)
        check_refresh(refresh_minutes)
        now = datetime.now(UTC)
        with self._catalog.writing() as connection:
            there = _first(connection, sources.c.uri == uri, sources.c.index_name == index)
            if there is not None:
                raise Conflict(
                    f"The index {index!r} has {uri} as the source {there.name!r} already.",
                    hint="Change that one, or remove it first.",
                )
            if name is not None:
                _check_free(connection, name)
            made = SourceRecord(
                id=f"source_{token_hex(12)}",
                name=name or _free_name(connection, uri),
                kind=kind,
                value=value,
                uri=uri,
                index_name=index,
                read_text=read_text,
                refresh_minutes=refresh_minutes,
                created_at=now,
                last_ingestion=None,
                next_due_at=now if refresh_minutes else None,
            )
            connection.execute(insert(sources).values({k: getattr(made, k) for k in _FIELDS}))
        return made

    def get(self, id: str) -> SourceRecord:
        """Raises NotFound."""
        with self._catalog.reading() as connection:
            return _get(connection, id)

    def find(self, word: str) -> SourceRecord:
        """By id or by name. Raises NotFound that tells the names there are."""
        with self._catalog.reading() as connection:
            found = _first(connection, or_(sources.c.id == word, sources.c.name == word))
            if found is None:
                names = connection.scalars(select(sources.c.name).order_by(sources.c.name)).all()
                raise NotFound(
                    f"There is no source {word!r}.",
                    hint=f"There are: {', '.join(names)}." if names else "There is none yet.",
                )
            return found

    def of(self, index: str, uri: str) -> SourceRecord | None:
        """The record of this source in this index, None when it has none."""
        with self._catalog.reading() as connection:
            return _first(connection, sources.c.uri == uri, sources.c.index_name == index)

    def using(self, kind: SourceKind, value: str) -> SourceRecord | None:
        """One that reads from there, whatever its index."""
        with self._catalog.reading() as connection:
            return _first(connection, sources.c.kind == kind, sources.c.value == value)

    def all(self) -> list[SourceRecord]:
        """All of them by name."""
        with self._catalog.reading() as connection:
            rows = connection.execute(select(sources).order_by(sources.c.name)).mappings()
            return [_source(row) for row in rows]

    def change(
        self,
        id: str,
        *,
        name: str | None = None,
        refresh_minutes: int | None = None,
        read_text: bool | None = None,
    ) -> SourceRecord:
        """Set what is given. A new interval counts from now. Raises as `add` does, and NotFound."""
        values: dict[str, object] = {}
        if name is not None:
            values["name"] = check_label(name)
        if read_text is not None:
            values["read_text"] = read_text
        if refresh_minutes is not None:
            every = check_refresh(refresh_minutes)
            due = datetime.now(UTC) + timedelta(minutes=every) if every else None
            values |= {"refresh_minutes": every, "next_due_at": due}
        with self._catalog.writing() as connection:
            before = _get(connection, id)
            if name is not None and name != before.name:
                _check_free(connection, name)
            if values:
                connection.execute(update(sources).where(sources.c.id == id).values(values))
            return _get(connection, id)

    def delete(self, id: str) -> None:
        """Forget one; its ingestions stay. Raises NotFound, and Conflict while one is unfinished.

        What is removed from the index is another matter.
        """
        with self._catalog.writing() as connection:
            record = _get(connection, id)
            if connection.scalar(select(_being_done(id))):
                raise Conflict(
                    f"The source {record.name!r} is being ingested.",
                    hint="Wait until the ingestion has ended, or cancel it.",
                )
            connection.execute(delete(sources).where(sources.c.id == id))

    def begin_due(self, now: datetime) -> list[Ingestion]:
        """Queue an ingestion of each source whose time has come and that is not being done.

        Of several processes one wins each. However long nobody looked, a source is done once. When
        the clock was set back, the next refresh is never further away than the interval.
        """
        with self._catalog.reading() as connection:
            kept = select(sources).where(sources.c.refresh_minutes > 0)
            looked_at = [_source(row) for row in connection.execute(kept).mappings()]
        begun = []
        for record in looked_at:
            latest = now + timedelta(minutes=record.refresh_minutes)
            due = record.next_due_at is None or record.next_due_at <= now
            if not due and record.next_due_at is not None and record.next_due_at <= latest:
                continue
            with self._catalog.writing() as connection:
                won = connection.execute(
                    update(sources)
                    .where(
                        sources.c.id == record.id,
                        sources.c.refresh_minutes == record.refresh_minutes,
                        sources.c.next_due_at == record.next_due_at
                        if record.next_due_at
                        else sources.c.next_due_at.is_(None),
                        ~_being_done(record.id),
                    )
                    .values(next_due_at=latest)
                ).rowcount
                if won and due:
                    begun.append(queued(connection, order_of(record, asked_by="refresh")))
        return begun


def order_of(record: SourceRecord, *, asked_by: AskedBy = "request", force: bool = False) -> Order:
    """What an ingestion of this source is to do."""
    return Order(
        index=record.index_name,
        kind=record.kind,
        source=record.value,
        read_text=record.read_text,
        force=force,
        source_id=record.id,
        asked_by=asked_by,
    )


def check_label(name: str) -> str:
    """The same name. Raises InvalidRequest for one that no source can have."""
    fits = 0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()
    if not fits or name.startswith(_ID):
        raise InvalidRequest(
            f"Expected a name of 1 to {LONGEST_NAME} printable characters without blanks at its "
            f"ends that does not begin with {_ID!r}, got {name[:200]!r}.",
            param="name",
        )
    return name


def check_refresh(minutes: int) -> int:
    """The same number. Raises InvalidRequest."""
    if not 0 <= minutes <= LONGEST_REFRESH:
        raise InvalidRequest(
            f"Expected 0 (only when asked) to {LONGEST_REFRESH} minutes between two refreshes, "
            f"got {minutes}.",
            param="refresh_minutes",
        )
    return minutes


_ID: Final = "source_"
_FIELDS: Final = tuple(field.name for field in fields(SourceRecord))


def _source(row: RowMapping) -> SourceRecord:
    return SourceRecord(**{name: row[name] for name in _FIELDS})


def _first(connection: Connection, *conditions: ColumnElement[bool]) -> SourceRecord | None:
    query = select(sources).where(and_(*conditions)).limit(1)
    found = connection.execute(query).mappings().first()
    return None if found is None else _source(found)


def _get(connection: Connection, id: str) -> SourceRecord:
    found = _first(connection, sources.c.id == id)
    if found is None:
        raise NotFound(f"There is no source {id!r}.", hint="GET /api/sources lists them.")
    return found


def _check_free(connection: Connection, name: str) -> None:
    if _first(connection, sources.c.name == name) is not None:
        raise Conflict(f"There is a source {name!r} already.", hint="Choose another name.")


def _being_done(id: str) -> Exists:
    return exists().where(ingestions.c.source_id == id, ingestions.c.state.in_(UNFINISHED))


def _free_name(connection: Connection, uri: str) -> str:
    """The last part of the address, with a number when that is taken."""
    place = uri.partition("?")[0].rstrip("/")
    last = place.rpartition("/")[2] or place
    shown = "".join(c if c.isprintable() else "_" for c in unquote(last)).strip()
    plain = shown[: LONGEST_NAME - 8].strip() or "source"
    plain = f"the {plain}"[: LONGEST_NAME - 8] if plain.startswith(_ID) else plain
    name, number = plain, 1
    while _first(connection, sources.c.name == name) is not None:
        number += 1
        name = f"{plain} ({number})"
    return name
