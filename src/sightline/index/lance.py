"""Indexes in LanceDB: one table per index in one folder, its info in the table's own schema."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from sightline.index.base import IndexInfo
from sightline.index.exact import Kept, Matrices
from sightline.index.folder import TableFolder
from sightline.index.locks import WriteLock
from sightline.index.rows import schema_of
from sightline.index.table import LanceIndex
from sightline.index.upkeep import create_table

_MATRICES: Final = 256 * 2**20
_ORDERS: Final = 64 * 2**20
"""Bytes of the orders in which rows are shown: 2.8 MB for 100,000 rows."""


class LanceIndexes:
    """All indexes of one folder; any number of processes may have it open."""

    def __init__(
        self, folder: Path, *, exact_rows: int = 10_000, keep: timedelta = timedelta(minutes=10)
    ) -> None:
        """Use a folder; it is made when missing. No table is read yet.

        Up to `exact_rows` vectors a channel is searched exactly, in memory; beyond, by an index.
        `keep`: versions of a table younger than that outlive `optimize`, for searches under way.
        """
        matrices = Matrices(rows=exact_rows, limit=_MATRICES)
        orders: Kept[pa.Array] = Kept(_ORDERS, lambda ids: ids.nbytes)
        self._tables = TableFolder(
            folder, lambda table, path: LanceIndex(table, path, matrices, orders, keep)
        )

    def names(self) -> list[str]:
        """Sorted."""
        return self._tables.names()

    def create(self, info: IndexInfo) -> LanceIndex:
        """Make an empty index. Raises Conflict when the name is taken, InvalidRequest when bad."""
        return self._tables.create(
            info.name,
            lambda connection, name: create_table(
                connection, name, schema_of(info), key="id", words=["words"]
            ),
        )

    def open(self, name: str) -> LanceIndex:
        """Raises UnknownIndex or BrokenIndex."""
        return self._tables.open(name)

    def delete(self, name: str) -> None:
        """Remove an index with all its rows. Raises UnknownIndex, IndexBusy."""
        self._tables.delete(name)

    def writing(self, name: str, *, wait: float = 0) -> "Right":
        """The only writer of an index, across processes. Raises IndexBusy, UnknownIndex."""
        return Right(self, name, self._tables.lock(name, wait=wait))

    def __iter__(self) -> Iterator[LanceIndex]:
        return (self.open(name) for name in self.names())


class Right:
    """The right to write to one index, held inside the `with` block."""

    def __init__(self, indexes: LanceIndexes, name: str, lock: WriteLock) -> None:
        self._indexes = indexes
        self._name = name
        self._lock = lock

    def __enter__(self) -> LanceIndex:
        with ExitStack() as stack:
            stack.enter_context(self._lock)
            index = self._indexes.open(self._name).locked(self._lock)
            self._held = stack.pop_all()
        return index

    def __exit__(self, *exc: object) -> None:
        self._held.close()
