"""What an engine for pictures and text must do. One file beside this one for each engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels, Reading, Tag, Vector
from sightline.regions import Region


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


class LanguageReader(Reader, Protocol):
    """A reader that can be told what to read, by the names in its class's `languages`."""

    languages: tuple[str, ...]

    def in_language(self, language: str) -> Reader:
        """A reader of this language alone, under a name of its own."""
        ...


def languages_of(reader: Reader | type[Reader]) -> tuple[str, ...]:
    """What a reader, or its class, says by an attribute `languages`; empty when it says nothing."""
    return tuple(getattr(reader, "languages", ()))


PhraseUse = Literal["ignored", "heeded", "needed"]
"""What a detector makes of phrases: it finds what it knows whatever it is asked; it looks for them,
and for other things when there are none; it finds nothing else."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """What a detector found, surest first, that knows that something is missing; `why` says what.

    It is used as it is and never remembered.
    """

    regions: tuple[Region, ...]
    why: str


class Detector(Protocol):
    """Pictures to the things on them.

    Asynchronous, because one kind of detector is a chat model at the other end of a line. Engines
    that compute here take a `run` (a function and its arguments to a worker thread) when they open.
    """

    @property
    def name(self) -> str:
        """Engine, model and settings that change the result: part of what results are kept by."""
        ...

    @property
    def phrases(self) -> PhraseUse:
        """What it makes of phrases."""
        ...

    async def detect(
        self, picture: Pixels, phrases: Sequence[str] = ()
    ) -> list[Region] | Incomplete:
        """The things on an upright RGB picture (height × width × 3), surest first.

        `phrases` are the names that somebody is interested in. A detector that looks for what it is
        asked labels each region with the phrase; one that has its own classes need not look at
        them. No region is an answer: nothing was found. Raises a SightlineError when it could not
        look, or cannot understand what its model said; what it understood in part is Incomplete.
        """
        ...


def finds_people(detector: Detector) -> bool:
    """Whether a detector looks for people, so that none found means that there are none.

    Who heeds phrases does. Who has its own classes says so by an attribute `finds_people`.
    """
    return bool(getattr(detector, "finds_people", detector.phrases != "ignored"))


def runtime_of(engine: Reader | Detector) -> str:
    """What an engine says by an attribute `runtime` that it runs on; empty when it says nothing.

    What is found is remembered for one runtime: another may read a letter otherwise.
    """
    return str(getattr(engine, "runtime", ""))
