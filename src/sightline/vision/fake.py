"""Engines without a model: deterministic, fast, and good enough to run every flow on.

A picture is its colours, a text is its words, and colours have names, so "something red" finds
the red picture. Each engine keeps what it was asked in `calls`.
"""

import re
import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Line, Pixels, Reading, Tag, Vector
from sightline.errors import SightlineError
from sightline.geometry import Box
from sightline.regions import Region
from sightline.vision.base import Encoded, Identity, Incomplete, PhraseUse, TextEncoder

COLOURS = {
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
    "red": (220, 30, 30),
    "orange": (250, 150, 20),
    "yellow": (245, 235, 40),
    "green": (40, 160, 60),
    "blue": (40, 70, 200),
    "purple": (130, 50, 160),
    "brown": (120, 75, 35),
}

_LEVELS = 4
_TEXT_DIMENSION = 256
_TAG_SHARE = 0.25
_REGION_SHARE = 0.01


class FakeTextEncoder:
    """Texts as counted words: texts that share words lie close, others nearly at right angles."""

    def __init__(self, *, version: str = "1") -> None:
        self._version = version
        self.calls: list[tuple[str, ...]] = []

    @property
    def identity(self) -> Identity:
        """Of each row that `encode` returns."""
        return Identity(name="fake-words", version=self._version, dimension=_TEXT_DIMENSION)

    def encode(self, texts: Sequence[str]) -> NDArray[float32]:
        """(len(texts), 256), rows L2-normalised."""
        self.calls.append(tuple(texts))
        rows = np.zeros((len(texts), _TEXT_DIMENSION), dtype=float32)
        rows[:, 0] = 1e-3  # a text without words has a direction, too
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()):
                row[1 + zlib.crc32(word.encode()) % (_TEXT_DIMENSION - 1)] += 1
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows


class FakePictureEncoder:
    """Pictures as colour histograms; the concept and the tags are the names of their colours."""

    def __init__(self, *, text_encoder: TextEncoder | None = None, version: str = "1") -> None:
        self._text_encoder = text_encoder
        self._version = version
        self.calls: list[tuple[tuple[int, ...], ...]] = []

    @property
    def identity(self) -> Identity:
        """Of `Encoded.vector`."""
        return Identity(name="fake-colours", version=self._version, dimension=_LEVELS**3)

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        """One `Encoded` for each picture; `calls` gets the shapes of the batch."""
        self.calls.append(tuple(pixels.shape for pixels in pictures))
        return [self._encode(pixels) for pixels in pictures]

    def _encode(self, pixels: Pixels) -> Encoded:
        tags = _colour_tags(pixels)
        concept: Vector | None = None
        if self._text_encoder is not None:
            (concept,) = self._text_encoder.encode([" ".join(tag.name for tag in tags)])
        return Encoded(vector=_histogram(pixels), concept=concept, tags=tags)


class FakeReader:
    """Reads what it is told to: the same lines on every picture, or what a function of it says."""

    def __init__(self, lines: Sequence[str] | Callable[[Pixels], Sequence[str]] = ()) -> None:
        self._lines = lines
        self.calls: list[tuple[int, ...]] = []

    @property
    def name(self) -> str:
        """The same whatever the lines are."""
        return "fake-reader"

    def read(self, picture: Pixels) -> Reading:
        """The lines, one below the other over the whole picture; `calls` gets its shape."""
        self.calls.append(picture.shape)
        texts = self._lines(picture) if callable(self._lines) else self._lines
        height = 1 / max(len(texts), 1)
        return Reading(
            tuple(
                Line(
                    text,
                    Box(left=0.0, top=row * height, right=1.0, bottom=(row + 1) * height).polygon,
                    confidence=0.99,
                )
                for row, text in enumerate(texts)
            )
        )


class FakeDetector:
    """Finds every colour that covers enough of a picture, as one box around all of it.

    With `fails` it raises that instead; with `missing` it says that this is missing. Unless it
    ignores phrases it finds only colours that it is asked for. `names` says what the thing of a
    colour is called. `calls` gets the phrases of each call.
    """

    def __init__(
        self,
        *,
        phrases: PhraseUse = "ignored",
        names: Mapping[str, str] | None = None,
        fails: SightlineError | None = None,
        missing: str = "",
    ) -> None:
        self._phrases = phrases
        self._names = dict.fromkeys(COLOURS) | dict(names or {})
        self.fails = fails
        self.missing = missing
        self.calls: list[tuple[str, ...]] = []

    @property
    def name(self) -> str:
        """The same whatever it is asked."""
        return "fake-detector"

    @property
    def phrases(self) -> PhraseUse:
        """As it was made."""
        return self._phrases

    async def detect(
        self, picture: Pixels, phrases: Sequence[str] = ()
    ) -> list[Region] | Incomplete:
        """A region for each colour, scored by its share of the picture."""
        self.calls.append(tuple(phrases))
        if self.fails is not None:
            raise self.fails
        nearest = _nearest_colours(picture)
        found = []
        for number, colour in enumerate(COLOURS):
            name = self._names[colour] or colour
            rows, columns = np.nonzero(nearest == number)
            asked = self._phrases == "ignored" or any(name in phrase for phrase in phrases)
            if asked and rows.size >= nearest.size * _REGION_SHARE:
                height, width = nearest.shape
                box = Box(
                    left=float(columns.min()) / width,
                    top=float(rows.min()) / height,
                    right=float(columns.max() + 1) / width,
                    bottom=float(rows.max() + 1) / height,
                )
                share = rows.size / nearest.size
                found.append(
                    Region(
                        label=name,
                        polygon=box.polygon,
                        score=share,
                        source=self.name,
                    )
                )
        found.sort(key=lambda region: -region.score)
        return Incomplete(tuple(found), self.missing) if self.missing else found


def _nearest_colours(pixels: Pixels) -> NDArray[np.intp]:
    """(height, width): the number of the nearest named colour."""
    palette = np.array(list(COLOURS.values()))
    apart = ((pixels.astype(np.int64)[:, :, None, :] - palette) ** 2).sum(axis=3)
    nearest: NDArray[np.intp] = apart.argmin(axis=2)
    return nearest


def _histogram(pixels: Pixels) -> Vector:
    levels = pixels.reshape(-1, 3).astype(np.int64) * _LEVELS // 256
    bins = levels @ np.array([_LEVELS**2, _LEVELS, 1])
    shares = np.sqrt(np.bincount(bins, minlength=_LEVELS**3)).astype(float32)
    vector: Vector = shares / np.linalg.norm(shares)
    return vector


def _colour_tags(pixels: Pixels) -> tuple[Tag, ...]:
    sample = pixels.reshape(-1, 3)[:: max(pixels.size // 3000, 1)].astype(np.int64)
    palette = np.array(list(COLOURS.values()))
    nearest = ((sample[:, None, :] - palette) ** 2).sum(axis=2).argmin(axis=1)
    shares = np.bincount(nearest, minlength=len(palette)) / len(sample)
    names = list(COLOURS)
    return tuple(
        Tag(names[number], float(shares[number]), ("colour",))
        for number in np.argsort(-shares, kind="stable")
        if shares[number] >= _TAG_SHARE
    )
