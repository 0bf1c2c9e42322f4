"""Which of the colours that people name a picture has, and how much of it.

The eleven basic colour terms of Berlin and Kay (Basic Color Terms, 1969), told apart by hue,
saturation and value. A frame of a video is looked at where it differs from what the video mostly
shows: what comes by says more about a moment than the road it comes along.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sightline.assets import Pixels

COLOUR_TERMS: Final = (
    *("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white"),
    "grey",
)

DIFFERS: Final = 30
"""Of 255: a pixel further than this from the background, in any channel, is not of it."""

_HUES: Final = (  # colour, from and up to which hue in degrees
    ("red", 0, 15),
    ("orange", 15, 40),
    ("yellow", 40, 68),
    ("green", 68, 165),
    ("blue", 165, 258),
    ("purple", 258, 300),
    ("pink", 300, 345),
    ("red", 345, 361),
)
_DARK, _BRIGHT, _PALE, _COLOURFUL = 50, 190, 40, 60
_BROWN: Final = (8, 40, 130, 180)  # hues from and to; below this value and saturation


def colour_numbers(pixels: Pixels) -> NDArray[np.int8]:
    """For each pixel of an RGB picture the number of its colour in `COLOUR_TERMS`."""
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(np.int16)
    hue, saturation, value = hsv[..., 0] * 2, hsv[..., 1], hsv[..., 2]
    named = np.full(hue.shape, COLOUR_TERMS.index("grey"), np.int8)
    named[value < _DARK] = COLOUR_TERMS.index("black")
    named[(saturation < _PALE) & (value >= _BRIGHT)] = COLOUR_TERMS.index("white")
    vivid = (saturation >= _COLOURFUL) & (value >= _DARK)
    for colour, low, high in _HUES:
        named[vivid & (hue >= low) & (hue < high)] = COLOUR_TERMS.index(colour)
    low, high, dim, dull = _BROWN
    brown = vivid & (hue > low) & (hue < high) & (value < dim) & (saturation < dull)
    named[brown] = COLOUR_TERMS.index("brown")
    return named


def background(pictures: Sequence[Pixels]) -> NDArray[np.int16]:
    """What pictures of one size mostly show: the median of each pixel."""
    middle: NDArray[np.int16] = np.median(np.stack(pictures), axis=0).astype(np.int16)
    return middle


def passing(pixels: Pixels, usual: NDArray[np.int16]) -> tuple[float, dict[str, float]]:
    """The share of a picture that differs from the usual, and its colours as shares of the picture.

    Colours of less than a thousandth are left out.
    """
    differs = (np.abs(pixels - usual) > DIFFERS).any(axis=2)
    counted = np.bincount(colour_numbers(pixels)[differs], minlength=len(COLOUR_TERMS))
    shares = counted / differs.size
    colours = zip(COLOUR_TERMS, shares.tolist(), strict=True)
    return float(differs.mean()), {name: round(s, 4) for name, s in colours if s >= _LEAST}


_LEAST: Final = 0.001
