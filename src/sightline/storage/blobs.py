"""Files of uploads on disk: one folder for each upload, each file named by its content hash.

What a client calls a file is a field in its record and never part of a path. A file appears whole:
it is written aside while it arrives and moved to its place when all of it is there.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

from sightline.errors import InvalidRequest, Unavailable

_PLAIN: Final = re.compile(r"[a-z0-9_]{1,64}")
_HEAD: Final = 1024
_ARRIVING: Final = ".arriving-"
_NOT_STORED: Final = "The file cannot be stored"


class Blobs:
    """The files of all uploads below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, upload: str, sha256: str) -> Path:
        """Where a file is."""
        return self._of(upload) / sha256[:2] / sha256

    def receive(self, upload: str) -> "Arriving":
        """A new file to be written piece by piece."""
        return Arriving(self._of(upload))

    def delete(self, upload: str) -> None:
        """Remove all files of an upload; nothing happens when there are none."""
        shutil.rmtree(self._of(upload), ignore_errors=True)

    def _of(self, upload: str) -> Path:
        if not _PLAIN.fullmatch(upload):
            raise InvalidRequest(f"Expected the id of an upload, got {upload!r}.")
        return self._folder / upload


class Arriving:
    """A file while it comes in. `head` is its first KiB, `size` the bytes so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._aside = folder / f"{_ARRIVING}{token_hex(8)}"
        with disk_faults(_NOT_STORED):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self._aside.open("wb")
        self._hash = hashlib.sha256()
        self.head = b""
        self.size = 0

    def write(self, data: bytes) -> None:
        """The next bytes. Raises Unavailable when the disk does not take them."""
        if len(self.head) < _HEAD:
            self.head += data[: _HEAD - len(self.head)]
        self.size += len(data)
        self._hash.update(data)
        with disk_faults(_NOT_STORED):
            self._file.write(data)

    def keep(self) -> str:
        """The file is whole: put it in its place; returns its SHA-256 in hexadecimal digits."""
        sha256 = self._hash.hexdigest()
        place = self._folder / sha256[:2] / sha256
        with disk_faults(_NOT_STORED):
            self._file.close()
            place.parent.mkdir(exist_ok=True)
            self._aside.replace(place)
        return sha256

    def drop(self) -> None:
        """Forget it; nothing happens when it was kept or dropped before."""
        with suppress(OSError):  # a full disk: what was not written yet is not wanted either
            self._file.close()
        self._aside.unlink(missing_ok=True)


@contextmanager
def disk_faults(what: str) -> Iterator[None]:
    """What a disk refuses as Unavailable, whose message begins with `what` did not succeed."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"{what}: {error.strerror}.",
            hint="Is there space on the disk of the workspace?",
        ) from error
