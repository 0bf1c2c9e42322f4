"""What an index must do: keep rows, and find them by vector or by words."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sightline.assets import Asset, Row, Vector, Where
from sightline.vision.base import Identity

Channel = Literal["picture", "concept", "description"]
"""The vector columns: the picture itself, what it shows, what its description means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexInfo:
    """What an index is. `encoder` made its picture vectors, `text_encoder` the others."""

    name: str
    encoder: Identity
    text_encoder: Identity
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What an index knows of one file of a source, to decide whether it must be done again.

    `source_description`: as in `Row`.
    """

    key: str
    etag: str
    size: int
    sha256: str
    description: str
    pipeline: str
    ids: tuple[str, ...]
    source_description: str | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate: `score` is a cosine (vectors) or a BM25 score (words); higher is better."""

    id: str
    score: float


class Searchable(Protocol):
    """A named set of images to search, wherever it lies.

    Open it anew for each request: that costs next to nothing, and notices when the index was
    deleted and made again. Methods raise UnknownIndex when the index went away, BrokenIndex when
    it cannot be read, ServiceFailed when it lies at a service that does not answer.
    """

    @property
    def info(self) -> IndexInfo:
        """What the index is."""
        ...

    def count(self, where: Where | None = None) -> int:
        """How many rows it holds, or how many of them fit."""
        ...

    def near(
        self, channel: Channel, vector: Vector, k: int, where: Where | None = None
    ) -> list[Scored]:
        """The `k` rows with the highest cosine to `vector`, best first.

        A vector of zeros is near nothing. Raises EncoderMismatch for one of another dimension.
        """
        ...

    def matching(self, words: str, k: int, where: Where | None = None) -> list[Scored]:
        """The `k` rows whose text fits any of the words best by BM25, best first; none may fit.

        Looked up are description, text on the picture, tags with their broader names, and the
        file's name. The words are data: nothing in them is an operator, and nothing is an error.
        """
        ...

    def cosines(self, channel: Channel, vector: Vector, ids: Collection[str]) -> dict[str, float]:
        """How near these rows are to `vector`; ids that have none in this channel are left out."""
        ...

    def assets(self, ids: Collection[str]) -> dict[str, Asset]:
        """Stored assets; unknown ids are left out."""
        ...

    def thumbnail(self, id: str) -> bytes:
        """JPEG bytes. Raises UnknownAsset."""
        ...

    def thumbnails(self, ids: Collection[str]) -> dict[str, bytes]:
        """JPEG bytes of several in one read; ids that have none here are left out."""
        ...

    def browse(self, offset: int, limit: int, where: Where | None = None) -> list[Asset]:
        """A page of all assets, or of those that fit, in a stable order (by key)."""
        ...


class Index(Searchable, Protocol):
    """An index of this workspace. Reads see every finished write.

    A run of writes holds `Indexes.writing(name)`; on disk, a write outside of it takes that right
    for the one call. Searching needs no right and goes on meanwhile.

    Assets come back as they were stored, but times are in UTC (one without a zone counts as UTC,
    microseconds are kept), and the coordinates and confidences of readings are kept to 1/100,000.
    """

    def stored(self, source: str, keys: Collection[str] | None = None) -> dict[str, StoredFile]:
        """Every file of a source that has rows, by key; only those of `keys`, when given."""
        ...

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows of files that have none yet, in one commit.

        Raises EncoderMismatch for a vector of another dimension.
        """
        ...

    def replace(self, source: str, keys: Collection[str], rows: Sequence[Row]) -> None:
        """Make `rows` the only rows of these files (no rows: remove them).

        One commit; an index may use two where stills of a file fall away: one that removes the
        file, one that brings it back. A run that is killed leaves each file whole or out.
        """
        ...

    def remove(self, ids: Collection[str]) -> None:
        """Remove single rows, in one commit; ids that have none are passed over."""
        ...

    @property
    def untidy(self) -> int:
        """How many commits came since the last finished `optimize`; each slows down reading."""
        ...

    def optimize(self) -> None:
        """Compact, and bring vector and text indexes up to date; slow, after an ingest."""
        ...

    def matching(
        self, words: str, k: int, where: Where | None = None, *, every: bool = False
    ) -> list[Scored]:
        """As in `Searchable`; `every`: only rows that have all words, but for common ones."""
        ...

    def vectors(self, channel: Channel, ids: Collection[str]) -> dict[str, Vector]:
        """Stored vectors; ids that have none in this channel are left out."""
        ...

    def fitting(self, where: Where | None = None) -> list[str]:
        """The ids of all rows that fit, in a stable order (by key)."""
        ...


class Writing(Protocol):
    """A held right to write to one index; leave the `with` block to give it back."""

    def __enter__(self) -> Index: ...

    def __exit__(self, *exc: object) -> None: ...


class Indexes(Protocol):
    """All indexes of one workspace."""

    def names(self) -> list[str]:
        """Sorted."""
        ...

    def create(self, info: IndexInfo) -> Index:
        """Make an empty index. Raises Conflict when the name is taken, InvalidRequest when bad."""
        ...

    def open(self, name: str) -> Index:
        """Raises UnknownIndex or BrokenIndex."""
        ...

    def delete(self, name: str) -> None:
        """Remove an index with all its rows. Raises UnknownIndex, IndexBusy."""
        ...

    def writing(self, name: str, *, wait: float = 0) -> Writing:
        """The only writer of an index, across processes. Raises IndexBusy, UnknownIndex.

        `wait`: for how many seconds to ask again while somebody else writes.
        """
        ...

    def __iter__(self) -> Iterator[Index]:
        """All of them by name. Raises BrokenIndex at one that cannot be read."""
        ...
