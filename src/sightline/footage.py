"""A video becomes glances at its frames: those that show something new, each with its stretch.

What the whole video tells of a frame (how long it stands, what moves in it) is known at the end;
until then little is held of each, so that memory stays small at any length.
"""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2

from sightline.assets import Film, Pixels, Still
from sightline.glancing import ENCODING_SIDE, Glance, glance, in_order
from sightline.media.colours import background, passing
from sightline.media.images import shrink
from sightline.media.sampling import step_for
from sightline.media.videos import Video
from sightline.vision.base import Reader

READING_SIDE: Final = 1024
"""Longer side in pixels of a frame that is read: subtitles and signs near by are legible."""

BACKGROUND_FRAMES: Final = 200
"""Frames, spread over the video, that say what it mostly shows."""

_MINIATURE: Final = 96


@dataclass(frozen=True, slots=True)
class _Mark:
    seconds: float
    shot: int
    miniature: Pixels


class Footage:
    """The frames of one open video: `glances` to the end first, then `films`.

    A frame stands for `longest` seconds at most, though nothing changes: what is said needs times.
    """

    def __init__(self, video: Video, reader: Reader | None, *, longest: float = math.inf) -> None:
        self._video = video
        self._reader = reader
        self._marks: list[_Mark] = []
        self._longest = longest
        self._looked_at = 0
        self._size: tuple[int, int] | None = None
        self.step = step_for(video.about.duration)

    def glances(self, pool: ThreadPoolExecutor, *, ahead: int) -> Iterator[tuple[float, Glance]]:
        """Each new frame and its seconds, in order of time; read in the pool, `ahead` at most.

        Raises UnreadableVideo.
        """
        side = READING_SIDE if self._reader else ENCODING_SIDE
        for mark, seen in in_order(pool, self._glance, self._new(side), ahead=ahead):
            self._marks.append(mark)
            yield mark.seconds, seen

    def films(self) -> list[Film]:
        """What is known of each of these frames beside the picture."""
        duration = round(self._video.about.duration, 3)
        marks = self._marks
        usual = background([one.miniature for one in marks[:: -(-len(marks) // BACKGROUND_FRAMES)]])
        ends = [*(after.seconds for _, after in pairwise(marks)), duration]
        films = []
        for mark, until in zip(marks, ends, strict=True):
            motion, colours = passing(mark.miniature, usual)
            films.append(
                Film(
                    until=max(until, mark.seconds),
                    shot=mark.shot,
                    duration=duration,
                    step=self.step,
                    frames=self._looked_at,
                    bad=self._video.bad,
                    motion=round(motion, 4),
                    colours=colours,
                    cut_short=self._video.cut_short,
                )
            )
        return films

    def _new(self, side: int) -> Iterator[tuple[_Mark, Still]]:
        shot, last = 0, 0.0
        for sampled in self._video.stills(self.step, max_side=side):
            self._looked_at += 1
            shot += sampled.cut
            if sampled.news or sampled.seconds - last >= self._longest:
                last = sampled.seconds
                still = sampled.still
                yield _Mark(sampled.seconds, shot, self._miniature(still)), still

    def _glance(self, new: tuple[_Mark, Still]) -> tuple[_Mark, Glance]:
        mark, still = new
        return mark, glance(still, self._reader)

    def _miniature(self, still: Still) -> Pixels:
        """Of the size of the first, for a video may change its size on the way."""
        small = shrink(still.pixels, _MINIATURE)
        if self._size is None:
            self._size = small.shape[1], small.shape[0]
        if (small.shape[1], small.shape[0]) == self._size:
            return small
        same: Pixels = cv2.resize(small, self._size, interpolation=cv2.INTER_AREA)
        return same
