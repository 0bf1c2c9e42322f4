"""The right to write: one holder at a time, given back by the system when its process dies."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sightline.index.names import busy, unknown

_ASK_AGAIN: Final = 0.02


class WriteLock:
    """Holds a lock file that lies inside the table's folder and goes with it.

    Guards against every other thread and process of this machine that asks the same way.
    It does not guard a folder shared between machines whose file system has no locks.
    """

    def __init__(self, name: str, path: Path, *, wait: float = 0) -> None:
        """`wait`: for how many seconds to ask again while another one holds it."""
        self._name = name
        self._path = path
        self._wait = wait
        self._file: int | None = None

    def __enter__(self) -> Self:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError as error:
            raise unknown(self._name) from error
        try:
            self._take(file)
        except BlockingIOError as error:
            holder = os.pread(file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(file)
            raise busy(self._name, holder) from error
        if not self._is_still(file):  # deleted between opening and locking
            os.close(file)
            raise unknown(self._name)
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        self._file = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @property
    def held(self) -> bool:
        """Whether this very object holds the right now."""
        return self._file is not None

    def _take(self, file: int) -> None:
        until = time.monotonic() + self._wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise
                time.sleep(_ASK_AGAIN)
            else:
                return

    def _is_still(self, file: int) -> bool:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(file))
