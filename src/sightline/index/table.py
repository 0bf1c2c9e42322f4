"""One index as one Lance table: what is written, and how it is searched."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from lancedb import DBConnection
from lancedb.index import FTS, IvfRq
from lancedb.query import MatchQuery
from lancedb.table import Table

from sightline.assets import Asset, Row, Vector, Where
from sightline.errors import BrokenIndex, UnknownAsset, UnknownIndex
from sightline.index.base import Channel, IndexInfo, Scored, StoredFile
from sightline.index.exact import Matrices, Matrix, checked, directed
from sightline.index.filters import one_of, quoted, sql_of
from sightline.index.locks import WriteLock
from sightline.index.names import unknown
from sightline.index.rows import (
    ASSET_COLUMNS,
    VECTOR_COLUMNS,
    info_of,
    schema_of,
    to_asset,
    to_table,
    vectors_of,
)

LOCK: Final = "writer.lock"
"""The lock file inside a table's folder."""

_EXACT_ROWS: Final = 10_000
_KEPT_VERSIONS: Final = timedelta(minutes=10)
_STORED_COLUMNS: Final = ("id", "key", "etag", "size", "sha256", "description", "pipeline")
_NEAR: Final = IvfRq(distance_type="cosine", num_bits=5)
_WORDS: Final = FTS(base_tokenizer="simple")
_ORDER: Final = ("key", "source", "page", "seconds", "id")


def create_table(connection: DBConnection, name: str, info: IndexInfo) -> None:
    """Make an empty table with its word index, which then covers rows as they come."""
    table = connection.create_table(name, schema=schema_of(info))
    table.create_index("words", config=_WORDS)


class LanceIndex:
    """An index on disk. Any number of threads and processes may read while one writes.

    Writes take the right to write for the one call, unless `lock` is held already.
    """

    def __init__(
        self,
        table: Table,
        path: Path,
        lock: WriteLock | None = None,
        matrices: Matrices | None = None,
    ) -> None:
        """Raises ValueError when the table does not say what it is."""
        self._table = table
        self._path = path
        self._lock = lock
        self._matrices = matrices or Matrices()
        self._schema: pa.Schema = table.schema
        self._info = info_of(self._schema)

    def locked(self, lock: WriteLock) -> "LanceIndex":
        """The same index for the holder of `lock`: its writes ask no more."""
        return LanceIndex(self._table, self._path, lock, self._matrices)

    def is_current(self) -> bool:
        """Whether the table is still the one that was opened, not a later one of its name."""
        with self._guard("read"):
            return bool(self._table.schema.metadata == self._schema.metadata)

    @property
    def info(self) -> IndexInfo:
        """What the index is, as its table says."""
        return self._info

    def count(self) -> int:
        """How many rows it holds."""
        with self._guard("read"):
            return int(self._table.count_rows())

    def stored(self, source: str) -> dict[str, StoredFile]:
        """Every file of a source that has rows, by key."""
        files: dict[str, dict[str, Any]] = {}
        for row in self._rows(_STORED_COLUMNS, f"source = {quoted(source)}"):
            files.setdefault(row["key"], {**row, "ids": []})["ids"].append(row["id"])
        return {
            key: StoredFile(
                key=key,
                etag=file["etag"],
                size=file["size"],
                sha256=file["sha256"],
                description=file["description"],
                pipeline=file["pipeline"],
                ids=tuple(sorted(file["ids"])),
            )
            for key, file in files.items()
        }

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows of files that have none yet, in one commit."""
        if not rows:
            return
        columns = to_table(rows, self._info, self._schema)
        with self._writing():
            self._table.add(columns)

    def replace(self, source: str, keys: Collection[str], rows: Sequence[Row]) -> None:
        """Make `rows` the only rows of these files, in one commit (no rows: remove them)."""
        if not keys:
            return
        theirs = f"source = {quoted(source)} AND {one_of('key', keys)}"
        columns = to_table(rows, self._info, self._schema)
        with self._writing():
            if not rows:
                self._table.delete(theirs)
                return
            merge = self._table.merge_insert("id").when_matched_update_all()
            merge = merge.when_not_matched_insert_all().when_not_matched_by_source_delete(theirs)
            merge.execute(columns)

    def optimize(self) -> None:
        """Compact, drop old versions, and bring vector and text indexes up to date."""
        with self._writing():
            self._table.optimize(cleanup_older_than=_KEPT_VERSIONS, delete_unverified=True)
            indexed = self._indexed()
            for column in VECTOR_COLUMNS.values():
                filled = self._table.count_rows(f"{column} IS NOT NULL")
                if column not in indexed and filled > _EXACT_ROWS:
                    self._table.create_index(
                        column, config=IvfRq(distance_type="cosine", num_bits=5)
                    )

    def near(
        self, channel: Channel, vector: Vector, k: int, where: Where | None = None
    ) -> list[Scored]:
        """The `k` rows with the highest cosine to `vector`, best first."""
        picture = channel == "picture"
        checked(vector, self._info.encoder if picture else self._info.text_encoder)
        if k < 1 or not vector.any():
            return []
        condition = sql_of(where)
        with self._guard("search"):
            if VECTOR_COLUMNS[channel] not in self._indexed():
                return self._exact(channel, vector, k, condition)
            query = self._table.search(vector, vector_column_name=VECTOR_COLUMNS[channel])
            query = query.distance_type("cosine").refine_factor(2).nprobes(20)
            if condition is not None:
                query = query.where(condition, prefilter=True)
            found = query.select(["id", "_distance"]).limit(k).to_arrow()
        return _scored(found["id"], pc.subtract(1.0, found["_distance"]))

    def matching(self, words: str, k: int, where: Where | None = None) -> list[Scored]:
        """The `k` rows whose text fits the words best by BM25, best first; none may fit."""
        if k < 1 or not words.strip():
            return []
        condition = sql_of(where)
        with self._guard("search"):
            query = self._table.search(MatchQuery(words, "words"), query_type="fts")
            if condition is not None:
                query = query.where(condition, prefilter=True)
            found = query.select(["id", "_score"]).limit(k).to_arrow()
        return _scored(found["id"], found["_score"])

    def vectors(self, channel: Channel, ids: Collection[str]) -> dict[str, Vector]:
        """Stored vectors; ids that have none in this channel are left out."""
        if not ids:
            return {}
        column = VECTOR_COLUMNS[channel]
        condition = f"{one_of('id', ids)} AND {column} IS NOT NULL"
        with self._guard("read"):
            found = self._table.search().where(condition).select(["id", column]).to_arrow()
        return dict(zip(found["id"].to_pylist(), vectors_of(found[column]), strict=True))

    def assets(self, ids: Collection[str]) -> dict[str, Asset]:
        """Stored assets; unknown ids are left out."""
        if not ids:
            return {}
        rows = self._rows(ASSET_COLUMNS, one_of("id", ids))
        return {row["id"]: to_asset(row) for row in rows}

    def thumbnail(self, id: str) -> bytes:
        """JPEG bytes. Raises UnknownAsset."""
        for row in self._rows(("thumbnail",), one_of("id", [id])):
            return bytes(row["thumbnail"])
        raise UnknownAsset(f"There is no asset {id!r} in the index {self._info.name!r}.")

    def browse(self, offset: int, limit: int) -> list[Asset]:
        """A page of all assets by key, pages and moments of one file in their order."""
        with self._guard("read"):
            table = self._table.search().select(list(_ORDER)).limit(None).to_arrow()
        order = [(name, "ascending") for name in _ORDER]  # what is null comes last
        ids = table.sort_by(order)["id"].slice(offset, limit).to_pylist()
        assets = self.assets(ids)
        return [assets[key] for key in ids if key in assets]

    def _exact(
        self, channel: Channel, vector: Vector, k: int, condition: str | None
    ) -> list[Scored]:
        matrix = self._matrices.get(channel, self._table.version, lambda: self._matrix(channel))
        if condition is None:
            return matrix.near(vector, k)
        fitting = self._table.search().where(condition).select(["id"]).limit(None).to_arrow()
        return matrix.near(vector, k, set(fitting["id"].to_pylist()))

    def _matrix(self, channel: Channel) -> Matrix:
        column = VECTOR_COLUMNS[channel]
        query = self._table.search().where(f"{column} IS NOT NULL").select(["id", column])
        found = query.limit(None).to_arrow()
        return Matrix(tuple(found["id"].to_pylist()), directed(vectors_of(found[column])))

    def _indexed(self) -> set[str]:
        return {index.columns[0] for index in self._table.list_indices()}

    def _rows(self, columns: Sequence[str], condition: str) -> Iterator[dict[str, Any]]:
        with self._guard("read"):
            query = self._table.search().where(condition).select(list(columns)).limit(None)
            for batch in query.to_batches():
                yield from batch.to_pylist()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._guard("write"):
            if self._lock is not None and self._lock.held:
                yield
                return
            with WriteLock(self._info.name, self._path / LOCK):
                yield

    @contextmanager
    def _guard(self, verb: str) -> Iterator[None]:
        """Turn what the engine raises into our errors."""
        try:
            yield
        except (RuntimeError, OSError, ValueError) as error:
            raise fault(self._info.name, self._path, verb, error) from error


def _scored(ids: pa.ChunkedArray, scores: pa.ChunkedArray) -> list[Scored]:
    return [Scored(*pair) for pair in zip(ids.to_pylist(), scores.to_pylist(), strict=True)]


def fault(name: str, path: Path, verb: str, error: Exception) -> BrokenIndex | UnknownIndex:
    """What an error of the engine means for the user."""
    if not path.exists():
        return unknown(name)
    return BrokenIndex(
        f"Could not {verb} the index {name!r} in {str(path)!r}: {error}",
        hint=f"Check that the disk has room and the folder is readable; if it is damaged, "
        f"delete it (`sightline index delete {name}`) and ingest its source again.",
    )
