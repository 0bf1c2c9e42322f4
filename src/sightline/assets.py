"""Stills, what can be read on them, and what an index stores of them. Values only: no I/O."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sightline.geometry import Polygon
from sightline.odata.tree import Filter

Pixels = NDArray[np.uint8]
"""An upright RGB picture: height × width × 3, 0..255."""

Vector = NDArray[np.float32]
"""One embedding: a row of float32, L2-normalised unless said otherwise."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The file is one picture."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a document; `number` counts from 1."""

    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame of something that moves, by its presentation time in seconds."""

    seconds: float

    @property
    def clock(self) -> str:
        """The time as people write it: `0:41`, `1:02:03`."""
        return clock(self.seconds)


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, with hours where there are any; parts of a second fall off.

    `clock(41.9)` is `0:41`.
    """
    minutes, rest = divmod(int(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


Place = Whole | Page | Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """One picture to look at.

    `width` and `height` are those of the upright original in pixels; `pixels` may be smaller
    (decoded at reduced size), never larger.
    """

    pixels: Pixels
    width: int
    height: int
    place: Place = Whole()
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A word read on a still; `confidence` is 0..1."""

    text: str
    polygon: Polygon
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text read on a still; `confidence` is 0..1."""

    text: str
    polygon: Polygon
    confidence: float
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The text found on a still, lines in reading order. No lines is an answer: nothing there."""

    lines: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """All lines, one a row."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Tag:
    """A class name seen on a still, with its calibrated probability and broader names."""

    name: str
    probability: float
    broader: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What an index knows of a frame of a video beside the picture; times are in seconds.

    The frame stands for everything from its own time to `until`, where the next one that shows
    something else was taken. `shot` counts from 1. `motion` is the share of the picture that
    differs from what the video mostly shows, `colours` are the colours there, as shares of the
    picture. The rest is of the whole video: a frame was looked at every `step` seconds and at each
    cut, `frames` in all; `bad` could not be decoded. `cut_short` says why reading ended early.
    `spoken` is what is said while the frame stands.
    """

    until: float
    shot: int
    duration: float
    step: float
    frames: int
    bad: int
    motion: float = 1.0
    colours: dict[str, float] = field(default_factory=dict)
    cut_short: str = ""
    spoken: str = ""

    @property
    def coverage(self) -> str:
        """How much of the video was looked at, in words."""
        said = f"every {self.step:g} s, {self.frames:,} frames, {self.bad:,} bad"
        return f"{said}, {self.cut_short}" if self.cut_short else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A stored still, as an index gives it back (vectors and thumbnail are fetched apart).

    `id` is made of source, key and place and stays the same when the picture changes;
    `sha256` is that of the whole file. `location` is a path or URL where the original lies. `film`
    is there for a frame of a video.
    """

    id: str
    key: str
    source: str
    location: str
    place: Place
    sha256: str
    size: int
    etag: str
    media_type: str
    width: int
    height: int
    description: str = ""
    reading: Reading | None = None
    tags: tuple[Tag, ...] = ()
    taken_at: datetime | None = None
    indexed_at: datetime | None = None
    film: Film | None = None

    @property
    def name(self) -> str:
        """The last part of the key: the file's name."""
        return self.key.rsplit("/", 1)[-1]

    @property
    def seconds(self) -> float:
        """When the frame is shown; 0 for what does not move."""
        return self.place.seconds if isinstance(self.place, Moment) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Everything an index stores of one still; writing it is the commit of its ingest.

    `vector`: the picture's embedding. `concept`: the picture in the text encoder's space.
    `description_vector`: the description in the text encoder's space; None without description.
    `thumbnail`: JPEG bytes. `pipeline`: what made the row (see `Pipeline.fingerprint`).
    `source_description`: what the source said when the description was changed in the index; None
    when the description is the source's own.
    """

    asset: Asset
    vector: Vector
    concept: Vector | None
    description_vector: Vector | None
    thumbnail: bytes
    pipeline: str
    source_description: str | None = None


Reason = Literal["picture", "concept", "description", "words", "detail", "colour", "spread"]
"""Why a hit was found: it looks alike; what it shows fits the words; its description means the
words; the words stand in its description, text, tags or name; its details match point by point;
what moves in a frame has the colour; a frame was taken to cover the whole video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An asset found by a search. `score` is 0..1 and orders one result list, no more.

    `reasons` maps each channel that spoke for the hit to its own strength, strongest first.
    `index` names the index it was found in.
    """

    asset: Asset
    index: str
    score: float
    reasons: dict[Reason, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A filter, applied before ranking. What is None does not filter; the rest must all hold.

    `key_prefix`: keys that start so. `tag`: a tag or one of its broader names.
    `described`: whether there is a description.
    `taken_from`, `taken_until`: when the picture was taken (pictures without a time never match).
    `filter`: OData over the fields of `sightline.index.filters`, or of the service that is asked.
    """

    source: str | None = None
    key_prefix: str | None = None
    tag: str | None = None
    described: bool | None = None
    taken_from: datetime | None = None
    taken_until: datetime | None = None
    filter: Filter | None = None
