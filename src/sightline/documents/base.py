"""What an index of documents must do, wherever it lies: here, or at a search service."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sightline.assets import Vector
from sightline.documents.definition import Definition

Document = Mapping[str, Any]
"""A document as JSON has it: texts, numbers, truth values, lists; a vector is a list of numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorQuery:
    """The `k` documents nearest to something in a vector field.

    Exactly one of `vector`, `text` and `picture` (a file's bytes) is given; the latter two are
    turned into a vector where the index lies. `weight` multiplies its part of a fused score.
    """

    fields: tuple[str, ...]
    vector: Vector | None = None
    text: str | None = None
    picture: bytes | None = None
    k: int = 50
    weight: float = 1.0
    exhaustive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search. Words, vectors, both (fused by reciprocal ranks), or neither (everything).

    `filter` is OData, applied before ranking. `order` holds (field, descending); without it the
    best come first. `select` empty: every retrievable field.
    """

    words: str = ""
    every_word: bool = False
    search_fields: tuple[str, ...] = ()
    vectors: tuple[VectorQuery, ...] = ()
    filter: str = ""
    order: tuple[tuple[str, bool], ...] = ()
    select: tuple[str, ...] = ()
    top: int = 50
    skip: int = 0
    count: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A document and its `@search.score`.

    Of one vector query: 1 / (2 - cosine), 0.33..1. Of words: BM25. Of several: reciprocal ranks.
    Without words and vectors: 1.
    """

    document: Document
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A page of what was found; `total` counts all that fit, when it was asked for."""

    found: tuple[Found, ...]
    total: int | None = None


ActionKind = Literal["upload", "merge", "mergeOrUpload", "delete"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do with one document, as the protocol calls it."""

    kind: ActionKind
    document: Document


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an action: 201 new, 200 changed or gone, 404 and 400 refused with words."""

    key: str
    status: int
    message: str = ""


class Documents(Protocol):
    """An index of documents."""

    @property
    def definition(self) -> Definition:
        """Its name and fields."""
        ...

    def count(self) -> int:
        """How many documents it holds."""
        ...

    def size(self) -> int:
        """Bytes that it takes where it lies; 0 where nobody tells."""
        ...

    def search(self, query: Query) -> Results:
        """Raises InvalidRequest for a field, filter or vector that does not fit."""
        ...

    def get(self, key: str, select: Sequence[str] = ()) -> Document:
        """Raises UnknownDocument."""
        ...

    def write(self, actions: Sequence[Action]) -> list[Written]:
        """Do them in order; each fails alone. Raises Refused where documents cannot be written."""
        ...


class DocumentIndexes(Protocol):
    """All indexes of documents of one workspace."""

    def names(self) -> list[str]:
        """Sorted."""
        ...

    def create(self, definition: Definition, *, replace: bool = False) -> Documents:
        """Make an empty one. Raises Conflict when the name is taken.

        `replace` updates the definition of one that is there: fields may be added, not changed.
        """
        ...

    def open(self, name: str) -> Documents:
        """Raises UnknownIndex."""
        ...

    def delete(self, name: str) -> None:
        """Raises UnknownIndex."""
        ...

    def __iter__(self) -> Iterator[Documents]:
        """All of them by name."""
        ...
