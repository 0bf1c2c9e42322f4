"""Do two pictures show the same thing, point by point?

A vector says that two pictures look alike; this says that details of one lie in the other in the
same arrangement: the print on a package, the windows of a facade. Corners are described by ORB
(Rublee et al. 2011) and paired when each is the other's best match and clearly better than the
second best (Lowe 2004); then the largest set of pairs that one affine map carries over is looked
for (RANSAC, Fischler and Bolles 1981). Unlike pictures agree in a handful of points by chance.

ORB and not SIFT: nearly as good here, and ten times as fast, so nothing needs to be stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sightline.assets import Pixels

SIDE = 256
"""Longest side in pixels at which pictures are compared; a thumbnail is larger."""

CORNERS = 300
"""Corners described in each picture."""

FEWEST = 8
"""Agreeing points that cannot be chance: of 5,250 pairs of unlike pictures none
had more than 6."""

_CLEARLY_BETTER = 0.8
_NEAR = 0.02 * SIDE
_SIZES = 6  # each 1.2 times smaller than the one before: things may be 2.5 times nearer
_THINNEST = 32  # corners nearer than 31 pixels to the rim are not described
_SMALLEST, _LARGEST, _MOST_SQUEEZED = 0.15, 6.5, 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """The corners of a picture: where they are, (n, 2) in pixels, and what they look like.

    `marks`: uint8 (n, 32), to be compared by the number of differing bits.
    """

    places: NDArray[np.float32]
    marks: NDArray[np.uint8]


def details(picture: Pixels) -> Details:
    """The details of an upright RGB picture (height × width × 3)."""
    return _details(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def details_of_jpeg(data: bytes) -> Details:
    """The details of a thumbnail we made ourselves; a damaged one has none."""
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return _NONE if grey is None else _details(grey)


def agreement(one: Details, other: Details) -> float:
    """How surely two pictures show the same thing: 0 when they do not seem to, up to 1.

    It is n / (n + 8) for n points that agree, 0 below 8.
    """
    points = agreeing_points(one, other)
    return points / (points + FEWEST) if points >= FEWEST else 0.0


def agreeing_points(one: Details, other: Details) -> int:
    """How many details of `one` lie in `other` in an arrangement that one affine map explains."""
    if min(len(one.marks), len(other.marks)) < FEWEST:
        return 0
    here, there = _pairs(one.marks, other.marks)
    if len(here) < FEWEST:
        return 0
    found, kept = cv2.estimateAffine2D(
        one.places[here],
        other.places[there],
        method=cv2.RANSAC,
        ransacReprojThreshold=_NEAR,
        maxIters=500,
        confidence=0.99,
    )
    if found is None or not _is_a_view(found):
        return 0
    return int(kept.sum())


def _pairs(
    one: NDArray[np.uint8], other: NDArray[np.uint8]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row numbers of marks that are each other's best match, clearly better than the next."""
    bits, nearest = cv2.batchDistance(one, other, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=2)
    _, back = cv2.batchDistance(other, one, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=1)
    best = nearest[:, 0]
    mutual = back[best, 0] == np.arange(len(one))
    clear = bits[:, 0] < _CLEARLY_BETTER * bits[:, 1]
    here = np.flatnonzero(mutual & clear)
    return here, best[here]


def _is_a_view(affine: NDArray[np.float64]) -> bool:
    """Whether a camera could have done it: neither collapsed nor blown up nor squeezed flat."""
    large, small = np.linalg.svd(affine[:, :2], compute_uv=False)
    return bool(small >= _SMALLEST and large <= _LARGEST and large <= _MOST_SQUEEZED * small)


def _details(grey: NDArray[np.uint8]) -> Details:
    scale = SIDE / max(grey.shape)
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in reversed(grey.shape))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    if min(grey.shape) < _THINNEST:
        return _NONE
    # A detector has state of its own while it works: one for each call, it costs microseconds.
    detector = cv2.ORB.create(nfeatures=CORNERS, fastThreshold=8, nlevels=_SIZES)
    corners, marks = detector.detectAndCompute(grey, None)
    if marks is None:
        return _NONE
    return Details(_places(corners), marks)


def _places(corners: Sequence[cv2.KeyPoint]) -> NDArray[np.float32]:
    return np.array([corner.pt for corner in corners], dtype=np.float32).reshape(-1, 2)


_NONE = Details(np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8))
