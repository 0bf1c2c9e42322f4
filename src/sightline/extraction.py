"""Pictures to a table: for each picture of an index one row with the fields of a schema.

The pictures are taken in the order of their keys. What an earlier run has made is kept, unless the
picture or what is known of it has changed since; failed ones are tried again. A row is made by a
reader of fields (no language model), or by asking a chat model; it goes into the journal, and then
its event is yielded. A picture that fails stops no other.

`extract` yields the events of `sightline.field_rows`; the command line's bar and summary read these
same events, and `Tally` is their fold.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Final, Protocol, cast

from sightline.assets import Asset, Where
from sightline.bridge import Pool
from sightline.errors import (
    InvalidRequest,
    SightlineError,
    UpstreamRateLimited,
    UpstreamUnreachable,
)
from sightline.field_reading import Known, read_fields
from sightline.field_rows import (
    Chosen,
    Extracted,
    ExtractionEvent,
    Failed,
    FieldRow,
    Gone,
    Kept,
    failed_row,
    mark_of,
    row_of,
)
from sightline.index.base import Index, Searchable
from sightline.row_journal import Journal
from sightline.row_schema import RowSchema

MOST_UNREACHABLE: Final = 5
"""So many pictures in a row that no model server answered for end the run."""

_AT_ONCE: Final = 64
"""Assets read from the index at once."""

_PAGE: Final = 1000


class RowMaker(Protocol):
    """Makes the row of one picture."""

    async def row(self, asset: Asset) -> FieldRow:
        """Raises a SightlineError when nothing can be made of it."""
        ...


class FieldReader:
    """Rows from what the index knows: no language model, nothing is looked at."""

    def __init__(self, schema: RowSchema, pool: Pool) -> None:
        self._schema = schema
        self._pool = pool

    async def row(self, asset: Asset) -> FieldRow:
        """It says so when the text on the picture was never read."""
        known = Known(description=asset.description, reading=asset.reading, tags=asset.tags)
        found = await self._pool.run(read_fields, self._schema, known)
        unread = () if asset.reading is not None else (NOT_READ,)
        values = {field.name: found.values.get(field.name) for field in self._schema.fields}
        return row_of(asset, self._schema, values, (*unread, *found.remarks))


NOT_READ: Final = "the text on the picture was not read when it was indexed"


async def extract(
    index: Searchable,
    ids: Sequence[str],
    maker: RowMaker,
    journal: Journal,
    pool: Pool,
    *,
    parallel: int = 1,
) -> AsyncGenerator[ExtractionEvent]:
    """Make the rows of these assets, up to `parallel` at once.

    Raises UpstreamUnreachable when the model server is away, and what the index or the journal
    raises; the rows made until then are in the journal.
    """
    yield Chosen(len(ids))
    running: set[asyncio.Task[FieldRow]] = set()
    patience = _Patience()
    try:
        for start in range(0, len(ids), _AT_ONCE):
            chunk = ids[start : start + _AT_ONCE]
            assets = await pool.run(index.assets, chunk)
            for id_ in chunk:
                asset = assets.get(id_)
                kept = journal.rows.get(id_)
                if asset is None:
                    yield Gone(id_)
                elif kept and kept.mark == mark_of(asset) and kept.status != "failed":
                    yield Kept(kept)
                else:
                    while len(running) >= parallel:
                        running, events = await _some(running, journal, patience)
                        for event in events:
                            yield event
                    running.add(asyncio.create_task(_made(maker, asset, patience)))
        while running:
            running, events = await _some(running, journal, patience)
            for event in events:
                yield event
    finally:
        for task in running:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*running, return_exceptions=True)


def ids_of(index: Searchable, where: Where | None = None, limit: int | None = None) -> list[str]:
    """The ids of an index's pictures that fit, in the order of their keys; the first `limit`."""
    if hasattr(index, "fitting"):
        return cast("Index", index).fitting(where)[:limit]
    if where is not None:
        raise InvalidRequest(
            f"Expected no filter for {index.info.name!r}, which lies elsewhere, got one.",
            hint="Ingest its pictures into an index of this workspace to filter them.",
            param="filter",
        )
    ids: list[str] = []
    while limit is None or len(ids) < limit:
        page = index.browse(len(ids), _PAGE)
        if not page:
            break
        ids += [asset.id for asset in page]
    return ids[:limit]


class _Patience:
    """Counts the pictures in a row for which no model server answered."""

    def __init__(self) -> None:
        self.silent = 0
        self.last: SightlineError | None = None

    def heard(self, error: SightlineError | None) -> None:
        silent = isinstance(error, UpstreamUnreachable | UpstreamRateLimited)
        self.silent = self.silent + 1 if silent else 0
        self.last = error

    def check(self) -> None:
        if self.last is not None and self.silent >= MOST_UNREACHABLE:
            raise UpstreamUnreachable(
                f"{self.silent} pictures in a row got no answer; the last one: {self.last.message}",
                hint=f"{self.last.hint or 'Is the model server running?'} Then run the same "
                "command again: it goes on from here.",
            )


async def _made(maker: RowMaker, asset: Asset, patience: _Patience) -> FieldRow:
    try:
        row = await maker.row(asset)
    except SightlineError as error:
        patience.heard(error)
        return failed_row(asset, f"[{error.code}] {error}")
    patience.heard(None)
    return row


async def _some(
    running: set[asyncio.Task[FieldRow]], journal: Journal, patience: _Patience
) -> tuple[set[asyncio.Task[FieldRow]], list[ExtractionEvent]]:
    """Wait for a row at least; the rest, and the events of what was made."""
    done, rest = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    events: list[ExtractionEvent] = []
    for task in done:
        row = task.result()
        journal.add(row)
        events.append(Failed(row) if row.status == "failed" else Extracted(row))
    patience.check()
    return rest, events
