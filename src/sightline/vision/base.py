"""What an engine for pictures and text must do. One file beside this one for each engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels, Reading, Tag, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which engine made a vector: two vectors compare only when their identities are equal.

    `version` counts changes of weights or preprocessing that change the vectors.
    """

    name: str
    version: str
    dimension: int

    def __str__(self) -> str:
        return f"{self.name}@{self.version}:{self.dimension}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A picture as an encoder sees it.

    `vector`: (dimension,), L2-normalised. `concept`: the picture in the text encoder's space,
    L2-normalised, None when the encoder knows no words. `tags`: most probable first.
    """

    vector: Vector
    concept: Vector | None
    tags: tuple[Tag, ...]


class PictureEncoder(Protocol):
    """Pictures to vectors."""

    @property
    def identity(self) -> Identity:
        """Of `Encoded.vector`."""
        ...

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        """One `Encoded` for each upright RGB picture (height × width × 3), in order."""
        ...


class TextEncoder(Protocol):
    """Sentences to vectors."""

    @property
    def identity(self) -> Identity:
        """Of each row that `encode` returns."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[float32]:
        """(len(texts), dimension), rows L2-normalised; texts are cut at the model's limit."""
        ...


class Reader(Protocol):
    """Pictures to the text on them."""

    @property
    def name(self) -> str:
        """Engine, model and settings that change the result, for the row's pipeline mark."""
        ...

    def read(self, picture: Pixels) -> Reading:
        """The lines on an upright RGB picture (height × width × 3)."""
        ...
