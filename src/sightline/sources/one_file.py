"""A single file of this machine as a source of its own."""

from pathlib import Path
from typing import BinaryIO

from sightline.errors import UnreadableSource
from sightline.sources.base import Listing, SourceItem
from sightline.sources.folder import file_etag, opened


class OneFile:
    """A file under a key and an address of the caller's choice."""

    def __init__(self, path: Path, *, key: str, uri: str) -> None:
        self._path = path
        self._key = key
        self._uri = uri

    @property
    def uri(self) -> str:
        """What identifies the source in an index."""
        return self._uri

    def listing(self) -> Listing:
        """The file. Raises UnreadableSource."""
        try:
            stat = self._path.stat()
        except OSError as error:
            raise UnreadableSource(f"{self._key!r} cannot be read: {error.strerror}.") from error
        item = SourceItem(
            key=self._key,
            location=str(self._path),
            size=stat.st_size,
            etag=file_etag(stat),
        )
        return Listing(items=(item,))

    def read(self, item: SourceItem) -> bytes:
        """The file's bytes. Raises UnreadableSource."""
        with opened(item) as file:
            return file.read()

    def open(self, item: SourceItem) -> BinaryIO:
        """The file. Raises UnreadableSource."""
        return opened(item)
