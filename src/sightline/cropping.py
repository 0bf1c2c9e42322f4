"""The crop of a picture that keeps what stands out. Values only: nothing is cut here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sightline.geometry import Box

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
    seen = [mark for mark in marks if mark.box.area > 0 and mark.weight > 0]
    spans = np.array([_span(mark.box, along_x=along_x) for mark in seen]).reshape(-1, 2)
    weights = np.array([mark.weight for mark in seen])
    middle = float(np.average(spans.mean(axis=1), weights=weights)) if seen else 0.5
    wished = min(max(middle - size / 2, 0.0), 1.0 - size)
    # What is held changes linearly between places where an edge of the crop meets one of a mark.
    places = np.clip([wished, *spans.ravel(), *(spans - size).ravel()], 0.0, 1.0 - size)
    # The crop is as long as the picture the other way, so lengths along one side tell the share.
    ends = np.minimum(places[:, None] + size, spans[:, 1])
    inside = np.maximum(ends - np.maximum(places[:, None], spans[:, 0]), 0.0)
    held = inside / (spans[:, 1] - spans[:, 0]) @ weights
    best = places[held >= held.max() - _SAME]
    place = float(best[np.abs(best - wished).argmin()])
    return Crop(aspect_ratio=aspect_ratio, box=_box(place, size, along_x=along_x))


def _span(box: Box, *, along_x: bool) -> tuple[float, float]:
    return (box.left, box.right) if along_x else (box.top, box.bottom)


def _box(place: float, size: float, *, along_x: bool) -> Box:
    end = min(place + size, 1.0)
    if along_x:
        return Box(left=place, top=0.0, right=end, bottom=1.0)
    return Box(left=0.0, top=place, right=1.0, bottom=end)
