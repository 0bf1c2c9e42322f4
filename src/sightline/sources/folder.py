"""A folder on this machine as a source: looked at, never written to."""

import os
from collections.abc import Iterator
from pathlib import Path

from sightline.errors import UnreadableMetadata, UnreadableSource
from sightline.sources.base import Listing, SourceItem, SourceProblem
from sightline.sources.metadata import (
    MAX_BYTES,
    is_metadata_name,
    read_descriptions,
    too_large,
)

PICTURE_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif"}
)


class Folder:
    """All pictures below a folder, with the descriptions of its `metadata*.json`.

    Hidden files and folders (names that start with a dot) are passed over; links to folders are
    not followed, links to files are. The key of a picture is its path below the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser().resolve()
        if not self._path.is_dir():
            what = "a file" if self._path.is_file() else "nothing"
            raise UnreadableSource(f"Expected a folder at {str(path)!r}, found {what}.")

    @property
    def uri(self) -> str:
        """The folder's `file://` address."""
        return self._path.as_uri()

    def listing(self) -> Listing:
        """All pictures, sorted by key. Raises UnreadableSource."""
        found: dict[str, os.DirEntry[str]] = {}
        metadata: list[os.DirEntry[str]] = []
        problems: list[SourceProblem] = []
        for key, entry in self._files():
            if not _is_unicode(key):
                problems.append(_undecodable(key))
            elif "/" not in key and is_metadata_name(key):
                metadata.append(entry)
            elif Path(key).suffix.lower() in PICTURE_ENDINGS:
                found[key] = entry
            else:
                problems.append(
                    SourceProblem(
                        key,
                        "not_a_picture",
                        f"Expected a picture (jpg png gif bmp tiff webp heic avif), got {key!r}.",
                    )
                )
        descriptions = read_descriptions(
            (entry.name, _content(entry)) for entry in sorted(metadata, key=lambda e: e.name)
        )
        items = []
        for key in sorted(found):
            try:
                items.append(_item(key, found[key], descriptions.of(key)))
            except OSError as error:
                problems.append(SourceProblem(key, UnreadableSource.code, _why(error)))
        return Listing(
            items=tuple(items),
            problems=(*descriptions.problems, *descriptions.without_picture(found), *problems),
            descriptions_complete=descriptions.complete,
        )

    def read(self, item: SourceItem) -> bytes:
        """The file's bytes. Raises UnreadableSource."""
        try:
            return Path(item.location).read_bytes()
        except OSError as error:
            raise UnreadableSource(f"{item.key!r} cannot be read: {_why(error)}") from error

    def _files(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
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
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                elif entry.is_file():
                    yield Path(entry.path).relative_to(self._path).as_posix(), entry


def _item(key: str, entry: os.DirEntry[str], description: str | None) -> SourceItem:
    stat = entry.stat()
    return SourceItem(
        key=key,
        location=entry.path,
        size=stat.st_size,
        etag=f"{stat.st_mtime_ns:x}-{stat.st_size:x}",
        description=description,
    )


def _is_unicode(key: str) -> bool:
    """Whether the name is text: file systems also allow bytes that are not."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _undecodable(key: str) -> SourceProblem:
    shown = os.fsencode(key).decode("utf-8", "replace")
    return SourceProblem(
        shown, "name_not_unicode", f"Expected a file name in UTF-8, got {shown!r}; rename the file."
    )


def _content(entry: os.DirEntry[str]) -> bytes | UnreadableMetadata:
    try:
        size = entry.stat().st_size
        return too_large(entry.name, size) if size > MAX_BYTES else Path(entry.path).read_bytes()
    except OSError as error:
        return UnreadableMetadata(f"{entry.name} cannot be read: {_why(error)}")


def _why(error: OSError) -> str:
    return f"{error.strerror or error}."
