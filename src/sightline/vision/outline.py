"""Where a thing ends: from maps of how much each place speaks for it to one box.

A map of class activations knows where a thing is but not its edges; GrabCut (Rother et al. 2004)
knows edges but must be told where to look. Several of each, at several thresholds, are asked, and
each side of the box is the median of theirs, so that a cut gone wrong does not move it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy import float32, uint8
from numpy.typing import NDArray

from sightline.assets import Pixels
from sightline.geometry import Box, overlap

Map = NDArray[float32]
"""(GRID, GRID) over the whole picture, 0..1: how much a place speaks for a thing."""

GRID = 128

_CUT_SIDE = 256
_CUT_ROUNDS = 3
_CERTAIN, _NOT = 0.7, 0.15  # of a map: surely the thing, surely not
_CUTS_OF_SCALES = (0.3, 0.5)
_THRESHOLD = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlined:
    """A box, and how well those who were asked for it agree (mean intersection over union)."""

    box: Box
    agreement: float


def as_map(values: NDArray[float32]) -> Map:
    """(rows, columns) of any numbers as a map; what speaks against counts as nothing."""
    fine = cv2.resize(np.maximum(values, 0), (GRID, GRID), interpolation=cv2.INTER_CUBIC)
    fine = np.maximum(fine, 0)
    found: Map = (fine / max(float(fine.max()), 1e-9)).astype(float32)
    return found


def outline(picture: Pixels, scales: Map, windows: Map) -> Outlined | None:
    """The box of the thing that two maps speak of; None when they speak of nothing.

    `scales`: the map of the whole picture, the mean over several scales. `windows`: the map put
    together from parts of the picture. The `picture` must be small: it is cut at 256 pixels.
    """
    both: Map = (scales + windows) / np.float32(2)
    small = _shrunk(picture)
    cuts = [_cut(small, scales, threshold) for threshold in _CUTS_OF_SCALES]
    cuts += [_cut(small, each, _THRESHOLD) for each in (windows, both)]
    boxes = [_largest(each >= _THRESHOLD * each.max()) for each in (scales, windows, both)]
    found = [box for box in (*cuts, *boxes) if box is not None]
    if len(found) < 2 or not both.any():  # noqa: PLR2004 (two to agree)
        return None
    median = Box(
        left=_middle([box.left for box in found]),
        top=_middle([box.top for box in found]),
        right=_middle([box.right for box in found]),
        bottom=_middle([box.bottom for box in found]),
    )
    if median.left >= median.right or median.top >= median.bottom:
        return None
    pairs = [overlap(one, other) for one, other in combinations(found, 2)]
    return Outlined(box=median, agreement=float(np.mean(pairs)))


def _cut(small: Pixels, spoken: Map, threshold: float) -> Box | None:
    """The box of the thing that GrabCut cuts out, beginning from a map."""
    height, width = small.shape[:2]
    fine = cv2.resize(spoken, (width, height))
    labels = np.full((height, width), cv2.GC_BGD, dtype=uint8)
    labels[fine > _NOT] = cv2.GC_PR_BGD
    labels[fine > threshold] = cv2.GC_PR_FGD
    labels[fine > _CERTAIN] = cv2.GC_FGD
    if not (labels == cv2.GC_BGD).any() or not (labels == cv2.GC_FGD).any():
        return None
    cv2.setRNGSeed(1)  # the same picture gives the same box
    models = np.zeros((2, 1, 65))
    cv2.grabCut(small, labels, None, models[0], models[1], _CUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    thing = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(uint8)
    return _largest(cv2.morphologyEx(thing, cv2.MORPH_OPEN, np.ones((3, 3), uint8)) > 0)


def _largest(mask: NDArray[np.bool_]) -> Box | None:
    """The box around the largest connected part of a mask."""
    contours, _ = cv2.findContours(mask.astype(uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    x, y, width, height = cv2.boundingRect(max(contours, key=cv2.contourArea))
    rows, columns = mask.shape
    return Box(
        left=x / columns, top=y / rows, right=(x + width) / columns, bottom=(y + height) / rows
    )


def _shrunk(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    share = min(_CUT_SIDE / max(height, width), 1.0)
    size = (max(round(width * share), 8), max(round(height * share), 8))
    small: Pixels = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return small


def _middle(numbers: Sequence[float]) -> float:
    return float(np.median(numbers))
