"""What the families of models share that look for phrases: their inputs, and what comes out.

A family says how a picture and phrases become arrays; everything that comes after the model is the
same for all of them and stands here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels
from sightline.errors import BrokenModel, InvalidInput
from sightline.geometry import Box
from sightline.regions import Region

Feeds = Mapping[str, NDArray[Any]]
"""Inputs of the model by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A picture as the model gets it.

    `fill_x` and `fill_y`: which part of the model's 0..1 the picture takes from the top left; the
    rest is padding.
    """

    feeds: Feeds
    fill_x: float = 1.0
    fill_y: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Phrases that are asked in one run. `columns`: for each phrase, its columns in the logits."""

    feeds: Feeds
    phrases: tuple[str, ...]
    columns: tuple[tuple[int, ...], ...]


class Family(Protocol):
    """How one family of models takes pictures and phrases. Calls from several threads are safe."""

    @property
    def name(self) -> str:
        """What it is called in names and messages."""
        ...

    @property
    def version(self) -> str:
        """Counts changes of what is done before and after the model that change what is found."""
        ...

    @property
    def threshold(self) -> float:
        """The least score of a region unless somebody decides otherwise."""
        ...

    def view(self, picture: Pixels) -> View:
        """An upright RGB picture (height × width × 3) as the model wants it."""
        ...

    def questions(self, phrases: Sequence[str]) -> list[Question]:
        """The phrases in as few runs as the model allows; InvalidInput for one that is too long."""
        ...


def regions(
    logits: NDArray[Any],
    boxes: NDArray[Any],
    question: Question,
    view: View,
    *,
    threshold: float,
    source: str,
) -> list[Region]:
    """What the outputs of one run say, in no order and with doubles.

    `logits`: (1, places, columns); `boxes`: (1, places, 4), middle and size in 0..1 of the model's
    picture. A phrase scores what its best column scores, after the sigmoid. A box that reaches
    into the padding is cut off there; one that lies wholly in it shows nothing and is left out.

    Raises:
        BrokenModel: when the outputs have other shapes, or are not numbers.
    """
    widest = 1 + max(column for columns in question.columns for column in columns)
    _check(logits, boxes, widest)
    scores = np.stack([logits[0][:, columns].max(axis=1) for columns in question.columns], axis=1)
    places, numbers = np.nonzero(_sigmoid(scores) > threshold)
    found = []
    for place, number in zip(places, numbers, strict=True):
        box = _box(boxes[0, place], view)
        if box is not None:
            found.append(
                Region(
                    label=question.phrases[number],
                    polygon=box.polygon,
                    score=float(_sigmoid(scores[place, number])),
                    source=source,
                )
            )
    return found


def asked(phrases: Sequence[str]) -> list[str]:
    """The phrases without those that differ only in case or blanks from an earlier one.

    Raises InvalidInput for a phrase of nothing but blanks.
    """
    once: dict[str, str] = {}
    for phrase in phrases:
        key = " ".join(phrase.casefold().split())
        if not key:
            raise InvalidInput(f"Expected phrases to look for, got {phrase!r} among them.")
        once.setdefault(key, phrase)
    return list(once.values())


def too_long(phrase: str, tokens: int, most: int, family: str) -> InvalidInput:
    """The error for a phrase that the model would see only a part of."""
    return InvalidInput(
        f"Expected phrases of at most {most} tokens for {family}, got {tokens}: {phrase!r}.",
        hint="Ask for the thing in fewer words, such as 'red bicycle'.",
    )


def _check(logits: NDArray[Any], boxes: NDArray[Any], columns: int) -> None:
    if (
        logits.ndim != 3  # noqa: PLR2004
        or boxes.shape != (1, logits.shape[1], 4)
        or len(logits) != 1
        or logits.shape[2] < columns
    ):
        raise BrokenModel(
            f"Expected logits (1, places, {columns} or more) and boxes (1, places, 4) from the "
            f"model, got {logits.shape} and {boxes.shape}."
        )
    # What is padded in a text scores minus infinity, which is fine; what is no number is not.
    if np.isnan(logits).any() or not np.isfinite(boxes).all():
        raise BrokenModel("Expected numbers from the model, got values that are none (NaN).")


def _box(middle_and_size: NDArray[Any], view: View) -> Box | None:
    x, y, width, height = (float(value) for value in middle_and_size)
    left, right = (_share(edge, view.fill_x) for edge in (x - width / 2, x + width / 2))
    top, bottom = (_share(edge, view.fill_y) for edge in (y - height / 2, y + height / 2))
    if left >= right or top >= bottom:
        return None
    return Box(left=left, top=top, right=right, bottom=bottom)


def _share(edge: float, fill: float) -> float:
    return min(max(edge / fill, 0.0), 1.0)


def _sigmoid(values: NDArray[Any]) -> NDArray[float32]:
    # The hyperbolic tangent never overflows, not even at minus infinity.
    half = np.tanh(values.astype(float32) / 2)
    return np.asarray(0.5 * (1 + half), float32)
