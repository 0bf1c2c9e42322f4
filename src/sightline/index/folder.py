"""A folder of tables, one for each index. Each is told of by a folder `NAME.lance`."""

import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar
from uuid import uuid4

from sightline.errors import Unavailable
from sightline.index.engine import DBConnection, Session, Table, connect
from sightline.index.faults import engine_faults
from sightline.index.locks import WriteLock
from sightline.index.names import check_name, is_name, taken, unknown
from sightline.index.upkeep import flush, sync

LOCK: Final = "writer.lock"
"""The lock file inside a table's folder."""

_ENDING: Final = ".lance"
_MAKING: Final = ".new-"
_MAKING_SECONDS: Final = 3600
_GOING: Final = ".gone-"
_INDEX_CACHE: Final = 256 * 2**20
_METADATA_CACHE: Final = 64 * 2**20


def size_of(folder: Path, name: str) -> int:
    """Bytes of a table, with versions that searches under way may still read."""
    size = 0
    for path in (folder / f"{name}{_ENDING}").rglob("*"):
        with suppress(FileNotFoundError):  # upkeep removes files meanwhile
            size += path.stat().st_size if path.is_file() else 0
    return size


class Opened(Protocol):
    """An open index."""

    def is_current(self) -> bool:
        """Whether the table is still the one that was opened, not a later one of its name."""
        ...


T = TypeVar("T", bound=Opened)


class TableFolder(Generic[T]):
    """The tables of one folder; any number of processes may have it open.

    A table appears whole (it is made aside and moved in) and goes whole (moved out, then removed).
    """

    def __init__(self, folder: Path, wrap: Callable[[Table, Path], T]) -> None:
        """Use a folder; it is made when missing. `wrap` makes an index of an opened table."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"The folder for indexes {str(folder)!r} cannot be made: {error.strerror}.",
                hint="Choose another workspace (--workspace or SIGHTLINE_WORKSPACE).",
            ) from error
        self._folder = folder
        self._wrap = wrap
        self._connection = connect(
            folder,
            read_consistency_interval=timedelta(0),  # a quarter of a millisecond for each read
            session=Session(
                index_cache_size_bytes=_INDEX_CACHE, metadata_cache_size_bytes=_METADATA_CACHE
            ),
        )
        self._guard = threading.Lock()
        self._opened: dict[str, T] = {}

    def names(self) -> list[str]:
        """Sorted."""
        tables = (path for path in self._folder.iterdir() if path.suffix == _ENDING)
        return sorted(path.stem for path in tables if is_name(path.stem))

    def create(self, name: str, make: Callable[[DBConnection, str], object]) -> T:
        """Let `make` create a table under a passing name, then give it its own.

        Raises Conflict when the name is taken, InvalidRequest when no index can have it.
        """
        path = self._path(name)
        if path.exists():
            raise taken(name)
        self._sweep()
        making = f"{_MAKING}{uuid4().hex}"
        aside = self._folder / f"{making}{_ENDING}"
        try:
            with engine_faults(name, self._folder, "create"):
                make(self._connection, making)
                flush(aside)
            try:
                aside.rename(path)
            except OSError as error:  # another process was faster
                raise taken(name) from error
            sync(self._folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return self.open(name)

    def open(self, name: str) -> T:
        """Raises UnknownIndex or BrokenIndex."""
        path = self._path(name)
        with self._guard:
            index = self._opened.get(name)
            if index is None or not index.is_current():
                if not path.is_dir():
                    raise unknown(name)
                with engine_faults(name, path, "open"):
                    index = self._wrap(self._connection.open_table(name), path)
                self._opened[name] = index
            return index

    def delete(self, name: str, *, wait: float = 0) -> None:
        """Remove a table with all its rows. Raises UnknownIndex, IndexBusy."""
        path = self._path(name)
        gone = self._folder / f"{_GOING}{uuid4().hex}{_ENDING}"
        with self.lock(name, wait=wait):
            path.rename(gone)
        with self._guard:
            self._opened.pop(name, None)
        self._sweep()

    def lock(self, name: str, *, wait: float = 0) -> WriteLock:
        """The right to write to a table, not yet taken."""
        return WriteLock(name, self._path(name) / LOCK, wait=wait)

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
