"""One index as one Lance table: what is written, and how it is searched."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from sightline.assets import Asset, Row, Vector, Where
from sightline.errors import UnknownAsset
from sightline.index.base import Channel, IndexInfo, Scored, StoredFile
from sightline.index.engine import FullTextOperator, MatchQuery, Table
from sightline.index.exact import Kept, Matrices, checked, cosines, identity_of
from sightline.index.faults import engine_faults
from sightline.index.filters import sql_of
from sightline.index.folder import LOCK
from sightline.index.literals import one_of, quoted
from sightline.index.locks import WriteLock
from sightline.index.lookup import Lookup
from sightline.index.rows import (
    ABOUT,
    ASSET_COLUMNS,
    FILM,
    SOURCE_DESCRIPTION,
    VECTOR_COLUMNS,
    info_of,
    to_asset,
    to_table,
    vectors_of,
)
from sightline.index.upkeep import flush, optimize
from sightline.index.words import asked

UNTIDY: Final = "untidy"
"""A file inside a table's folder until `optimize` is done with all: one byte for each commit."""

_STORED: Final = (
    "id",
    "key",
    "etag",
    "size",
    "sha256",
    "description",
    "pipeline",
    SOURCE_DESCRIPTION.name,
)
_ORDER: Final = ("key", "source", "page", "seconds", "id")


class LanceIndex:
    """An index on disk. Any number of threads and processes read while one writes.

    A write takes the right to write for the one call, unless `lock` holds it already. What was
    written when a call returns survives a killed process and a power cut.
    """

    def __init__(
        self,
        table: Table,
        path: Path,
        matrices: Matrices,
        orders: Kept[pa.Array],
        keep: timedelta,
        *,
        lock: WriteLock | None = None,
    ) -> None:
        """Raises ValueError when the table does not say what it is."""
        self._table = table
        self._path = path
        self._matrices = matrices
        self._orders = orders
        self._keep = keep
        self._lock = lock
        self._metadata: dict[bytes, bytes] = table.schema.metadata
        self._info = info_of(table.schema)
        self._lookup = Lookup(table, matrices, mark=self._metadata[ABOUT], key="id")

    def locked(self, lock: WriteLock) -> "LanceIndex":
        """The same index for the holder of `lock`."""
        return LanceIndex(
            self._table, self._path, self._matrices, self._orders, self._keep, lock=lock
        )

    def is_current(self) -> bool:
        """Whether the table is still the one that was opened, not a later one of its name."""
        return bool(self._schema.metadata == self._metadata)

    @property
    def info(self) -> IndexInfo:
        """What the index is, as its table says."""
        return self._info

    def count(self, where: Where | None = None) -> int:
        """How many rows it holds, or how many of them fit."""
        condition = sql_of(where)
        with self._guard("read"):
            return int(self._table.count_rows(condition))

    def stored(self, source: str, keys: Collection[str] | None = None) -> dict[str, StoredFile]:
        """Every file of a source that has rows, by key; only those of `keys`, when given."""
        files: dict[str, dict[str, Any]] = {}
        ids: dict[str, list[str]] = {}
        theirs = f"source = {quoted(source)}"
        if keys is not None:
            theirs += f" AND {one_of('key', keys)}"
        columns = [name for name in _STORED if name in self._schema.names]
        for row in self._rows(columns, theirs):
            ids.setdefault(row["key"], []).append(row.pop("id"))
            files[row["key"]] = row
        return {key: StoredFile(**row, ids=tuple(sorted(ids[key]))) for key, row in files.items()}

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows of files that have none yet, in one commit."""
        if rows:
            columns = self._columns(rows)
            with self._writing():
                self._table.add(columns)

    def replace(self, source: str, keys: Collection[str], rows: Sequence[Row]) -> None:
        """Make `rows` the only rows of these files (no rows: remove them).

        One commit, unless stills of a file fall away while others stay: then a first commit
        removes the file, and the second one brings it back as it is now.
        """
        if not keys:
            return
        columns = self._columns(rows)
        theirs = f"source = {quoted(source)} AND {one_of('key', keys)}"
        with self._writing():
            if not rows:
                self._table.delete(theirs)
                return
            new = {row.asset.id for row in rows}
            now = self._table.search().where(theirs).select(["id", "key"]).limit(None).to_list()
            shrunk = {row["key"] for row in now if row["id"] not in new}
            if shrunk:
                # The engine can do both in one, but reads the whole table into memory for it.
                self._table.delete(f"source = {quoted(source)} AND {one_of('key', shrunk)}")
            merge = self._table.merge_insert("id").when_matched_update_all()
            # What is missing stays missing ("null"): every vector was checked before.
            merge.when_not_matched_insert_all().execute(columns, on_bad_vectors="null")

    def remove(self, ids: Collection[str]) -> None:
        """Remove single rows, in one commit; ids that have none are passed over."""
        if ids:
            with self._writing():
                self._table.delete(one_of("id", ids))

    @property
    def untidy(self) -> int:
        """How many commits came since the last finished `optimize`; each slows down reading."""
        try:
            return max((self._path / UNTIDY).stat().st_size, 1)
        except FileNotFoundError:
            return 0

    def optimize(self) -> None:
        """Compact, and bring vector and text indexes up to date; slow, after an ingest."""
        with self._writing():
            columns = VECTOR_COLUMNS.values()
            optimize(self._table, columns, exact_rows=self._matrices.rows, keep=self._keep)
            (self._path / UNTIDY).unlink(missing_ok=True)

    def near(
        self, channel: Channel, vector: Vector, k: int, where: Where | None = None
    ) -> list[Scored]:
        """The `k` rows with the highest cosine to `vector`, best first."""
        checked(vector, identity_of(self._info, channel))
        with self._guard("search"):
            return self._lookup.near(VECTOR_COLUMNS[channel], vector, k, sql_of(where))

    def matching(
        self, words: str, k: int, where: Where | None = None, *, every: bool = False
    ) -> list[Scored]:
        """The `k` rows whose text fits the words best by BM25, best first; none may fit."""
        query = asked(words)
        if not query:
            return []
        operator = FullTextOperator.AND if every else FullTextOperator.OR
        with self._guard("search"):
            match = MatchQuery(query, "words", operator=operator)
            return self._lookup.matching(match, k, sql_of(where))

    def vectors(self, channel: Channel, ids: Collection[str]) -> dict[str, Vector]:
        """Stored vectors; ids that have none in this channel are left out."""
        if not ids:
            return {}
        column = VECTOR_COLUMNS[channel]
        condition = f"{one_of('id', ids)} AND {column} IS NOT NULL"
        with self._guard("read"):
            query = self._table.search().where(condition).select(["id", column])
            found = query.limit(None).to_arrow()
        return dict(zip(found["id"].to_pylist(), vectors_of(found[column]), strict=True))

    def cosines(self, channel: Channel, vector: Vector, ids: Collection[str]) -> dict[str, float]:
        """How near these rows are to `vector`; ids that have none in this channel are left out."""
        return cosines(vector, self.vectors(channel, ids))

    def assets(self, ids: Collection[str]) -> dict[str, Asset]:
        """Stored assets; unknown ids are left out."""
        if not ids:
            return {}
        film = [name for name in (FILM.name,) if name in self._schema.names]
        rows = self._rows((*ASSET_COLUMNS, *film), one_of("id", ids))
        return {row["id"]: to_asset(row) for row in rows}

    def thumbnail(self, id: str) -> bytes:
        """JPEG bytes. Raises UnknownAsset."""
        for row in self._rows(("thumbnail",), one_of("id", [id])):
            return bytes(row["thumbnail"])
        raise UnknownAsset(f"There is no asset {id!r} in the index {self._info.name!r}.")

    def thumbnails(self, ids: Collection[str]) -> dict[str, bytes]:
        """JPEG bytes of several in one read; unknown ids are left out."""
        if not ids:
            return {}
        rows = self._rows(("id", "thumbnail"), one_of("id", ids))
        return {row["id"]: bytes(row["thumbnail"]) for row in rows}

    def fitting(self, where: Where | None = None) -> list[str]:
        """The ids of all rows that fit by key, pages and moments of one file in their order."""
        return list(self._ordered(where).to_pylist())

    def browse(self, offset: int, limit: int, where: Where | None = None) -> list[Asset]:
        """A page of all assets, or of those that fit, in the order of `fitting`."""
        order = self._ordered(where)
        start = min(max(offset, 0), len(order))
        ids = order.slice(start, min(max(limit, 0), len(order))).to_pylist()
        assets = self.assets(ids)
        return [assets[key] for key in ids if key in assets]

    def _ordered(self, where: Where | None) -> pa.Array:
        """The ids of all rows that fit, in their order; kept, for it takes a look at every row."""
        condition = sql_of(where)

        def read() -> pa.Array:
            query = self._table.search().select(list(_ORDER)).limit(None)
            table = (query if condition is None else query.where(condition)).to_arrow()
            order = [(name, "ascending") for name in _ORDER]  # what is null comes last
            return table.sort_by(order)["id"].combine_chunks()

        with self._guard("read"):
            key = (self._metadata[ABOUT], condition)
            return self._orders.get(key, self._table.version, read)

    def _rows(self, columns: Sequence[str], condition: str) -> Iterator[dict[str, Any]]:
        with self._guard("read"):
            query = self._table.search().where(condition).select(list(columns)).limit(None)
            for batch in query.to_batches():
                yield from batch.to_pylist()

    def _columns(self, rows: Sequence[Row]) -> pa.Table:
        """The rows in this table's columns."""
        needed = {
            SOURCE_DESCRIPTION: any(row.source_description is not None for row in rows),
            FILM: any(row.asset.film is not None for row in rows),
        }
        for column, wanted in needed.items():
            if wanted and column.name not in self._schema.names:
                with self._writing():
                    self._table.add_columns(column)
        return to_table(rows, self._info, self._schema)

    @property
    def _schema(self) -> pa.Schema:
        with self._guard("read"):
            return self._table.schema

    @contextmanager
    def _writing(self) -> Iterator[None]:
        held = self._lock is not None and self._lock.held
        with nullcontext() if held else WriteLock(self._info.name, self._path / LOCK):
            began = time.time_ns()
            with self._guard("write"):
                with (self._path / UNTIDY).open("ab") as commits:
                    commits.write(b".")
                yield
                flush(self._path, began)

    def _guard(self, verb: str) -> AbstractContextManager[None]:
        return engine_faults(self._info.name, self._path, verb)
