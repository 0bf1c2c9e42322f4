"""A folder on this machine as a source: looked at, never written to."""

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

from sightline.errors import UnreadableSource
from sightline.sources.base import Listing, SourceItem, SourceProblem
from sightline.sources.limits import LARGEST
from sightline.sources.listing import check_size, is_hidden, shown, sort_out


class Folder:
    """All pictures below a folder, with the descriptions of its `metadata*.json`.

    Hidden folders are not entered; links to folders are not followed, links to files are. The key
    of a picture is its path below the folder. `largest` is in bytes.
    """

    def __init__(self, path: Path, *, largest: int = LARGEST) -> None:
        self._largest = largest
        try:
            self._path = path.expanduser().resolve()
            found = "a folder" if self._path.is_dir() else "a file"
            if not self._path.exists():
                found = "nothing"
        except (OSError, ValueError, RuntimeError) as error:  # too long, a null, no such user
            raise UnreadableSource(
                f"Expected a folder at {shown(str(path))}, but {error}."
            ) from error
        if found != "a folder":
            raise UnreadableSource(f"Expected a folder at {str(path)!r}, found {found}.")
        if not _is_unicode(str(self._path)):
            name = os.fsencode(self._path).decode("utf-8", "replace")
            raise UnreadableSource(
                f"Expected a path in UTF-8, got {shown(name)}.", hint="Rename the folder."
            )

    @property
    def uri(self) -> str:
        """The folder's `file://` address."""
        return self._path.as_uri()

    def listing(self) -> Listing:
        """All pictures, sorted by key. Raises UnreadableSource."""
        return sort_out(self._found(), _content)

    def read(self, item: SourceItem) -> bytes:
        """The file's bytes. Raises UnreadableSource."""
        check_size(item, self._largest)
        return _content(item)

    def item(self, key: str) -> SourceItem:
        """The file of that key. Raises UnreadableSource."""
        path = self._path / key
        try:
            stat = path.stat()
        except (OSError, ValueError) as error:
            why = _why(error) if isinstance(error, OSError) else f"{error}."
            raise UnreadableSource(f"{shown(key)} cannot be looked at: {why}") from error
        if not S_ISREG(stat.st_mode):
            raise UnreadableSource(f"Expected a file at {shown(str(path))}, got something else.")
        return SourceItem(key=key, location=str(path), size=stat.st_size, etag=file_etag(stat))

    def open(self, item: SourceItem) -> BinaryIO:
        """The file, of any size. Raises UnreadableSource."""
        return opened(item)

    def _found(self) -> Iterator[SourceItem | SourceProblem]:
        for entry in self._entries():
            key = Path(entry.path).relative_to(self._path).as_posix()
            if not _is_unicode(key):
                yield _undecodable(key)
            elif looked_at := _item(key, entry):
                yield looked_at

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        folders = [self._path]
        while folders:
            folder = folders.pop()
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError as error:
                raise UnreadableSource(
                    f"The folder {str(folder)!r} cannot be listed: {_why(error)}",
                    hint="Nothing was changed in the index.",
                ) from error
            for entry in entries:
                if is_hidden(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                else:
                    yield entry


def _item(key: str, entry: os.DirEntry[str]) -> SourceItem | SourceProblem | None:
    try:
        stat = entry.stat()
    except OSError as error:
        what = "the link leads nowhere: " if entry.is_symlink() else ""
        message = f"{shown(key)} cannot be looked at: {what}{_why(error)}"
        return SourceProblem(key, UnreadableSource.code, message)
    if S_ISDIR(stat.st_mode):
        message = f"{shown(key)} is a link to a folder; such links are not followed."
        return SourceProblem(key, "not_followed", message)
    if not S_ISREG(stat.st_mode):
        return None  # a socket, a pipe or a device
    return SourceItem(key=key, location=entry.path, size=stat.st_size, etag=file_etag(stat))


def file_etag(stat: os.stat_result) -> str:
    """What changes when a file of this machine may have: its date and size."""
    return f"{stat.st_mtime_ns:x}-{stat.st_size:x}"


def _content(item: SourceItem) -> bytes:
    try:
        return Path(item.location).read_bytes()
    except OSError as error:
        raise UnreadableSource(f"{shown(item.key)} cannot be read: {_why(error)}") from error


def opened(item: SourceItem) -> BinaryIO:
    """A file of this machine, to read anywhere in it. Raises UnreadableSource."""
    try:
        return Path(item.location).open("rb")
    except OSError as error:
        raise UnreadableSource(f"{shown(item.key)} cannot be read: {_why(error)}") from error


def _is_unicode(key: str) -> bool:
    """Whether the name is text: file systems also allow bytes that are not."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _undecodable(key: str) -> SourceProblem:
    name = os.fsencode(key).decode("utf-8", "replace")
    return SourceProblem(
        name,
        "name_not_unicode",
        f"Expected a file name in UTF-8, got {shown(name)}; rename the file.",
    )


def _why(error: OSError) -> str:
    return f"{error.strerror or error}."
