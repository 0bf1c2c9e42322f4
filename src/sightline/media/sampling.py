"""Which frames of a video are worth a look: a regular grid, each new shot, and no frame twice.

Frames are compared as miniatures, which cost next to nothing beside decoding. A cut is where two
neighbouring frames have nothing in common, neither shapes nor brightness; a fade has no cut and is
left to the grid. A frame shows something new when some part of it has changed.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sightline.assets import Pixels

SIDE: Final = 64
"""Longer side of a miniature in pixels."""

Grey = NDArray[np.float32]
"""The brightness of a frame as a miniature: height × width, 0..255."""

CUT_CORRELATION: Final = 0.35
CUT_DIFFERENCE: Final = 12.0
"""At a cut the brightness of two miniatures correlates less and differs by more (mean, of 255).
On real clips five cuts had at most 0.21 and at least 45, a whip of the camera 0.44 and 23."""

CHANGED: Final = 6.0
"""Mean difference, of 255, of one block of a miniature from which on a frame shows something new:
above the noise of a compressed still scene, below a person far away."""

MOST: Final = 1800
"""About the most frames that are taken of one video, however long it is."""

_BLOCK: Final = 8


def step_for(duration: float) -> float:
    """Seconds from one frame to the next for a video of that length in seconds."""
    for limit, step in ((30.0, 0.5), (300.0, 1.0), (1200.0, 2.0), (4.0 * MOST, 4.0)):
        if duration <= limit:
            return step
    return float(math.ceil(duration / MOST))


class Watch:
    """Looks at the frames of a video in the order of time."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._kept: Pixels | None = None

    def cuts(self, grey: Grey) -> bool:
        """Whether a shot begins with this frame; told of every frame that is decoded."""
        cut = self._last is None or _is_cut(grey, self._last)
        self._last = grey
        return cut

    def is_news(self, miniature: Pixels) -> bool:
        """Whether a frame shows what the one that was last news did not."""
        news = self._kept is None or _most_changed_block(miniature, self._kept) >= CHANGED
        if news:
            self._kept = miniature
        return news


def _is_cut(now: Grey, before: Grey) -> bool:
    if now.shape != before.shape:
        return True
    if np.abs(now - before).mean() < CUT_DIFFERENCE:
        return False
    spread = float(now.std() * before.std())
    shared = float(((now - now.mean()) * (before - before.mean())).mean())
    return shared < CUT_CORRELATION * spread or spread == 0.0


def _most_changed_block(one: Pixels, other: Pixels) -> float:
    if one.shape != other.shape:
        return math.inf
    change = np.abs(one.astype(np.int16) - other.astype(np.int16)).mean(axis=2)
    sums = np.add.reduceat(change, np.arange(0, change.shape[0], _BLOCK), axis=0)
    sums = np.add.reduceat(sums, np.arange(0, change.shape[1], _BLOCK), axis=1)
    return float(sums.max()) / _BLOCK**2
