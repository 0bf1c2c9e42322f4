"""Where files come from: a source lists its items and reads one of them. It never writes."""

from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

NOT_ADDRESSABLE: Final = "name_not_addressable"
"""The code of a problem: a blob under a name by which it cannot be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceItem:
    """A file of a source.

    `key` is its path inside the source with forward slashes. `etag` changes when the content may
    have changed. `description` is None when no metadata file speaks of it.
    `location` is the path or URL of the file itself. `video`: it is taken for one, whatever its
    key ends with.
    """

    key: str
    location: str
    size: int
    etag: str
    description: str | None = None
    video: bool = False


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """Something in the source that was not taken, and why; the rest goes on."""

    key: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All pictures of a source, sorted by key, and what was wrong with the rest.

    `descriptions_complete` is False when a metadata file could not be read: descriptions that an
    index already has are then kept.
    """

    items: tuple[SourceItem, ...]
    problems: tuple[SourceProblem, ...] = ()
    descriptions_complete: bool = True


class Source(Protocol):
    """A place with files."""

    @property
    def uri(self) -> str:
        """What identifies the source in an index."""
        ...

    def listing(self) -> Listing:
        """Look at everything there is. Raises UnreadableSource."""
        ...

    def read(self, item: SourceItem) -> bytes:
        """The file's bytes. Raises UnreadableSource when it is gone or cannot be read."""
        ...

    def open(self, item: SourceItem) -> BinaryIO:
        """The file to read anywhere in it, for one that memory should not hold; close it.

        Raises UnreadableSource when it is gone or cannot be read.
        """
        ...


class Addressed(Source, Protocol):
    """A place whose files can be asked for one by one."""

    def item(self, key: str) -> SourceItem:
        """The file of that key as it is now, picture or not; nothing else is looked at.

        Raises UnreadableSource.
        """
        ...
