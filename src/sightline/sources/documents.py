"""The documents of an index of videos as a source: files that lie anywhere, each under its id."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sightline.errors import UnreadableSource
from sightline.sources.address import is_url, parse_address
from sightline.sources.base import Addressed, Listing, SourceItem
from sightline.storage.records import VideoDocument, VideoIndex

if TYPE_CHECKING:
    from sightline.storage.video_indexes import VideoIndexes

Open = Callable[[str], Addressed]
"""Makes a source of an address."""


def documents_uri(index: str) -> str:
    """What the rows of an index call its documents: the `uri` of their source."""
    return f"videos:{index}"


class Documents:
    """The documents of an index that can be taken. The key of each is its id.

    What its searchable fields say is the description. A document that could not be taken is not
    tried again: somebody has to add it once more.
    """

    def __init__(self, index: str, records: "VideoIndexes", open_at: Open) -> None:
        """Raises UnknownIndex."""
        records.get(index)
        self._index = index
        self._records = records
        self._open = cache(open_at)  # one place is asked through one client

    @property
    def uri(self) -> str:
        """`videos:` and the index."""
        return documents_uri(self._index)

    def listing(self) -> Listing:
        """All of them, sorted by id. Raises UnknownIndex when the index was deleted."""
        index = self._records.get(self._index)
        documents = self._records.documents(self._index)
        return Listing(items=tuple(sorted(_items(index, documents), key=lambda item: item.key)))

    def read(self, item: SourceItem) -> bytes:
        """The file's bytes. Raises UnreadableSource."""
        place, key = placed_at(item.location)
        return self._open(place).read(replace(item, key=key))

    def open(self, item: SourceItem) -> BinaryIO:
        """The file, of any size. Raises UnreadableSource."""
        place, key = placed_at(item.location)
        return self._open(place).open(replace(item, key=key))


def placed_at(location: str) -> tuple[str, str]:
    """A path or an address of a file as that of its folder or container, and its key in there.

    Raises UnreadableSource.
    """
    if is_url(location):
        address = parse_address(location)
        key, place = address.path, replace(address, path="").uri
        if address.connection:
            place += f"{'&' if '?' in place else '?'}connection={address.connection}"
    else:
        path = Path(location)
        key, place = path.name, str(path.parent)
    if not key:
        raise UnreadableSource(f"Expected the address of a file, got {location!r}.")
    return place, key


def _items(index: VideoIndex, documents: Iterable[VideoDocument]) -> Iterable[SourceItem]:
    for document in documents:
        if document.error is None:
            yield SourceItem(
                key=document.id,
                location=document.location,
                size=document.size,
                etag=document.etag,
                description=words_of(index, document),
                video=True,
            )


def words_of(index: VideoIndex, document: VideoDocument) -> str:
    """What the searchable fields say of a video, one field a line."""
    said = {name.lower(): value for name, value in document.metadata.items()}
    wanted = (field.name for field in index.fields if field.searchable)
    return "\n".join(str(said[name]) for name in wanted if said.get(name) not in (None, ""))
