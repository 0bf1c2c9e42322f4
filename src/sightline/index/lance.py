"""Indexes in LanceDB: one table per index in one folder, its info in the table's own schema."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from sightline.errors import Unavailable
from sightline.index.base import IndexInfo
from sightline.index.engine import Session, connect
from sightline.index.exact import Matrices
from sightline.index.faults import engine_faults
from sightline.index.locks import WriteLock
from sightline.index.names import check_name, is_name, taken, unknown
from sightline.index.table import LOCK, LanceIndex
from sightline.index.upkeep import create_table, flush, sync

_ENDING: Final = ".lance"
_MAKING: Final = ".new-"
_MAKING_SECONDS: Final = 3600
_GOING: Final = ".gone-"
_MATRICES: Final = 256 * 2**20
_INDEX_CACHE: Final = 256 * 2**20
_METADATA_CACHE: Final = 64 * 2**20


class LanceIndexes:
    """All indexes of one folder; any number of processes may have it open.

    A table appears whole (it is made aside and moved in) and goes whole (moved out, then removed).
    """

    def __init__(
        self, folder: Path, *, exact_rows: int = 10_000, keep: timedelta = timedelta(minutes=10)
    ) -> None:
        """Use a folder; it is made when missing. No table is read yet.

        Up to `exact_rows` vectors a channel is searched exactly, in memory; beyond, by an index.
        `keep`: versions of a table younger than that outlive `optimize`, for searches under way.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"The folder for indexes {str(folder)!r} cannot be made: {error.strerror}.",
                hint="Choose another workspace (--workspace or SIGHTLINE_WORKSPACE).",
            ) from error
        self._folder = folder
        self._connection = connect(
            folder,
            read_consistency_interval=timedelta(0),  # a quarter of a millisecond for each read
            session=Session(
                index_cache_size_bytes=_INDEX_CACHE, metadata_cache_size_bytes=_METADATA_CACHE
            ),
        )
        self._keep = keep
        self._matrices = Matrices(rows=exact_rows, limit=_MATRICES)
        self._guard = threading.Lock()
        self._opened: dict[str, LanceIndex] = {}

    def names(self) -> list[str]:
        """Sorted."""
        tables = (path for path in self._folder.iterdir() if path.suffix == _ENDING)
        return sorted(path.stem for path in tables if is_name(path.stem))

    def create(self, info: IndexInfo) -> LanceIndex:
        """Make an empty index. Raises Conflict when the name is taken, InvalidRequest when bad."""
        path = self._path(info.name)
        if path.exists():
            raise taken(info.name)
        self._sweep()
        making = f"{_MAKING}{uuid4().hex}"
        aside = self._folder / f"{making}{_ENDING}"
        try:
            with engine_faults(info.name, self._folder, "create"):
                create_table(self._connection, making, info)
                flush(aside)
            try:
                aside.rename(path)
            except OSError as error:  # another process was faster
                raise taken(info.name) from error
            sync(self._folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return self.open(info.name)

    def open(self, name: str) -> LanceIndex:
        """Raises UnknownIndex or BrokenIndex."""
        path = self._path(name)
        with self._guard:
            index = self._opened.get(name)
            if index is None or not index.is_current():
                if not path.is_dir():
                    raise unknown(name)
                with engine_faults(name, path, "open"):
                    table = self._connection.open_table(name)
                    index = LanceIndex(table, path, self._matrices, self._keep)
                self._opened[name] = index
            return index

    def delete(self, name: str) -> None:
        """Remove an index with all its rows. Raises UnknownIndex, IndexBusy."""
        path = self._path(name)
        gone = self._folder / f"{_GOING}{uuid4().hex}{_ENDING}"
        with WriteLock(name, path / LOCK):
            path.rename(gone)
        with self._guard:
            self._opened.pop(name, None)
        self._sweep()

    def writing(self, name: str) -> "Right":
        """The only writer of an index, across processes. Raises IndexBusy, UnknownIndex."""
        return Right(self, name, WriteLock(name, self._path(name) / LOCK))

    def __iter__(self) -> Iterator[LanceIndex]:
        return (self.open(name) for name in self.names())

    def _path(self, name: str) -> Path:
        return self._folder / f"{check_name(name)}{_ENDING}"

    def _sweep(self) -> None:
        """Remove what a killed process left of indexes it was making or removing."""
        for path in self._folder.glob(f"{_GOING}*{_ENDING}"):
            shutil.rmtree(path, ignore_errors=True)
        for path in self._folder.glob(f"{_MAKING}*{_ENDING}"):
            with suppress(FileNotFoundError):  # it was just finished
                if time.time() - path.stat().st_mtime > _MAKING_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)


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
