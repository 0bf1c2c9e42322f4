"""The crop of a picture that keeps what stands out. Values only: nothing is cut here."""

from collections.abc import Sequence
from dataclasses import dataclass

from sightline.geometry import Box, shared

NARROWEST, WIDEST = 0.75, 1.8
"""Aspect ratios (width over height) that can be asked for."""

_SAME = 1e-9  # of the share that a crop holds


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that stands out: where, and how much it counts."""

    box: Box
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """A part of a picture. `aspect_ratio` is the one that was asked for, width over height."""

    aspect_ratio: float
    box: Box


def usual_ratio(width: int, height: int) -> float:
    """The ratio of a crop when nobody says which: the picture's own, kept within the bounds."""
    return min(max(width / height, NARROWEST), WIDEST)


def crop(aspect_ratio: float, width: int, height: int, marks: Sequence[Mark]) -> Crop:
    """The largest crop of that ratio, where it holds the most of the marks.

    It can move along one side only. What it holds of a mark is the weight times the share of the
    mark's area inside. Of places that hold the same the one nearest to the middle of the marks is
    taken; without marks that is the middle of the picture.
    """
    own = width / height
    along_x = own > aspect_ratio
    size = aspect_ratio / own if along_x else own / aspect_ratio
    spans = [_span(mark.box, along_x=along_x) for mark in marks]
    total = sum(mark.weight for mark in marks)
    if total > 0:
        weighted = zip(spans, marks, strict=True)
        middle = sum((a + b) / 2 * mark.weight for (a, b), mark in weighted) / total
    else:
        middle = 0.5
    # What is held changes linearly between places where an edge of the crop meets one of a mark.
    edges = [edge for a, b in spans for edge in (a, b, a - size, b - size)]
    wished = _within(middle - size / 2, size)
    places = {wished, *(_within(edge, size) for edge in edges)}
    held = {place: _held(_box(place, size, along_x=along_x), marks) for place in places}
    most = max(held.values())
    best = min(
        (place for place in places if held[place] >= most - _SAME),
        key=lambda place: (abs(place - wished), place),
    )
    return Crop(aspect_ratio=aspect_ratio, box=_box(best, size, along_x=along_x))


def _span(box: Box, *, along_x: bool) -> tuple[float, float]:
    return (box.left, box.right) if along_x else (box.top, box.bottom)


def _within(place: float, size: float) -> float:
    return min(max(place, 0.0), 1.0 - size)


def _box(place: float, size: float, *, along_x: bool) -> Box:
    end = min(place + size, 1.0)
    if along_x:
        return Box(left=place, top=0.0, right=end, bottom=1.0)
    return Box(left=0.0, top=place, right=1.0, bottom=end)


def _held(part: Box, marks: Sequence[Mark]) -> float:
    return sum(
        mark.weight * shared(part, mark.box) / mark.box.area for mark in marks if mark.box.area > 0
    )
