"""The journal of an extraction: every row on a line of its own, as soon as it is made.

It lies beside the table and is what a killed run goes on from; the table is written from it. The
first line says what was asked for. A row reaches the system at once, so that a killed process loses
none, and the disk in batches, so that a power cut loses a few, which are made again. A last line
that broke off is cut away.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from sightline.errors import Conflict, Unavailable
from sightline.field_rows import FieldRow

SYNC_ROWS: Final = 20
SYNC_SECONDS: Final = 2.0
"""Rows are forced to the disk after so many of them, or seconds."""

_FORM: Final = "sightline extraction 1"
_ANEW: Final = "Choose another file, or begin anew with --force."


def journal_of(table: Path) -> Path:
    """Where the journal of a table lies."""
    return table.with_name(f"{table.name}.journal")


class Journal:
    """The rows of one table, held by one process at a time. `rows` are the latest, by asset."""

    def __init__(self, table: Path, asked: Mapping[str, str], *, anew: bool = False) -> None:
        """`asked` says what the rows answer; a journal that answers something else is refused.

        `anew` forgets what is there, whatever it is.
        """
        self.path = journal_of(table)
        self.rows: dict[str, FieldRow] = {}
        self._table = table
        self._head = {"form": _FORM, **asked}
        self._anew = anew
        self._file: BinaryIO | None = None
        self._unsynced = 0
        self._synced_at = 0.0

    def __enter__(self) -> Self:
        """Raises Conflict for a file of another run, Unavailable when the disk does not take it."""
        with _disk_faults(self.path):
            file = os.fdopen(
                os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b"
            )
        try:
            self._open(file)
        except BaseException:
            file.close()
            raise
        self._file = file
        self._synced_at = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with _disk_faults(self.path):
                self._sync()
                self._file.close()
            self._file = None

    def add(self, row: FieldRow) -> None:
        """Append a row; it takes the place of an earlier one of the same asset."""
        self._write(asdict(row))
        self.rows[row.asset] = row
        self._unsynced += 1
        if self._unsynced >= SYNC_ROWS or time.monotonic() - self._synced_at >= SYNC_SECONDS:
            with _disk_faults(self.path):
                self._sync()

    def _open(self, file: BinaryIO) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                f"Another run is writing {self._table}.",
                hint="Wait for it, or choose another file.",
            ) from error
        with _disk_faults(self.path):
            data = b"" if self._anew else file.read()
        if not data:
            if self._table.exists() and not self._anew:
                if not self.path.stat().st_size:
                    self.path.unlink()
                raise Conflict(
                    f"Expected a new file or the table of an earlier run, got {self._table}, which "
                    "has no journal beside it.",
                    hint=_ANEW,
                )
            file.seek(0)
            file.truncate()
            self._file = file
            self._write(self._head)
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._take(whole)
        if len(whole) < len(data):
            file.truncate(len(whole))
        file.seek(len(whole))
        if not whole:  # it broke off in its first line
            self._file = file
            self._write(self._head)

    def _take(self, data: bytes) -> None:
        for number, line in enumerate(data.splitlines(), start=1):
            try:
                found = json.loads(line)
                if number == 1:
                    self._check(found)
                else:
                    found["warnings"] = tuple(found["warnings"])
                    row = FieldRow(**found)
                    self.rows[row.asset] = row
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise Conflict(
                    f"Expected a row of an extraction in line {number} of {self.path}, got "
                    "something else.",
                    hint=_ANEW,
                ) from error

    def _check(self, head: Mapping[str, Any]) -> None:
        if head["form"] != _FORM:
            raise ValueError(head["form"])
        other = [name for name, value in self._head.items() if head.get(name) != value]
        if other:
            raise Conflict(
                f"{self._table} belongs to another run: it was made with another "
                f"{', '.join(other)}.",
                hint=_ANEW,
            )

    def _write(self, value: Mapping[str, Any]) -> None:
        if self._file is None:
            raise ValueError("the journal is not open")
        with _disk_faults(self.path):
            self._file.write(json.dumps(value).encode() + b"\n")
            self._file.flush()

    def _sync(self) -> None:
        if self._file is not None and self._unsynced:
            os.fsync(self._file.fileno())
        self._unsynced = 0
        self._synced_at = time.monotonic()


@contextmanager
def _disk_faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"Cannot write {path}: {error.strerror or error}.",
            hint="What was written before stays; run it again when there is room.",
        ) from error
