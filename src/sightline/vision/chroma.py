"""The colours of a picture as a small vector: what the network, trained to name things, forgets.

Two packages of one shape in two colours are one thing to a classifier and two to a shopper. The
vector counts chroma only (a* and b* of CIELAB): lightness changes with the light, colour hardly.
"""

import cv2
import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels

LEVELS = 8
"""Levels of a* and of b*; each pixel is shared between the nearest ones."""

DIMENSION = LEVELS * LEVELS

SPREAD = 0.5
"""Standard deviation of the central weight, in halves of a side: people point their camera at what
they mean (Babenko and Lempitsky 2015 weigh a network's activations so)."""

_SIDE = 64
_STRONGEST = 48.0


def chroma(square: Pixels) -> NDArray[float32]:
    """Square roots of the shares of the colours, (64,), L2-normalised; what is central counts most.

    `square`: RGB (side, side, 3).
    """
    small = cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(float32) / float32(255), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    red, yellow = _shares(lab[:, 1]), _shares(lab[:, 2])
    counts = (red * central(_SIDE)[:, None]).T @ yellow
    # The root of shares that sum to one has length one already.
    colours: NDArray[float32] = np.sqrt(counts.ravel() / counts.sum())
    return colours


def central(cells: int) -> NDArray[float32]:
    """A Gaussian weight for each cell of a square grid, row by row, (cells²,), summing to one."""
    place = (np.arange(cells) + 0.5) / cells * 2 - 1
    along = np.exp(-(place**2) / (2 * SPREAD**2))
    weights = np.outer(along, along).ravel()
    shares: NDArray[float32] = (weights / weights.sum()).astype(float32)
    return shares


def _shares(values: NDArray[float32]) -> NDArray[float32]:
    """How each value is shared between the levels, (values, LEVELS), rows summing to one."""
    place = (np.clip(values / _STRONGEST, -1, 1) + 1) / 2 * (LEVELS - 1)
    distance = np.abs(place[:, None] - np.arange(LEVELS))
    shares: NDArray[float32] = np.maximum(0, 1 - distance).astype(float32)
    return shares
