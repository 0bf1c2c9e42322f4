"""From frames that a search found to moments of videos: stretches with a start, an end, a best."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

NEAR: Final = 0.95
STRETCH: Final = 0.35
"""A moment goes on while the score stays above this share of its peak, or does not fall by more
than this share of what the peak is above the median of the video's frames."""

STEPS: Final = 2
"""Frames this many steps apart, or nearer, are neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A frame that was found. It stands for `seconds` to `until`, and is one of every `step` s."""

    index: str
    document: str
    seconds: float
    until: float
    step: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoMoment:
    """A stretch of a video, in seconds; `best` is the time of the frame that has the score."""

    index: str
    document: str
    start: float
    end: float
    best: float
    score: float


def moments(frames: Iterable[Frame], *, merge: bool = True) -> list[VideoMoment]:
    """The moments of these frames, best first.

    With `merge` the best frame takes its neighbours along as long as they are nearly as good, then
    the best of the rest does, and so on; without, each frame is a moment of its own.
    """
    videos: dict[tuple[str, str], list[Frame]] = {}
    for frame in frames:
        videos.setdefault((frame.index, frame.document), []).append(frame)
    found = [
        moment
        for video in videos.values()
        for moment in _of_one(sorted(video, key=lambda frame: frame.seconds), merge=merge)
    ]
    return sorted(found, key=lambda one: (-one.score, one.index, one.document, one.start))


def _of_one(frames: Sequence[Frame], *, merge: bool) -> Iterable[VideoMoment]:
    """Of one video, whose frames come in the order of time."""
    free = [True] * len(frames)
    usual = median(frame.score for frame in frames)
    for best in sorted(range(len(frames)), key=lambda at: (-frames[at].score, at)):
        if not free[best]:
            continue
        peak = frames[best]
        least = min(NEAR * peak.score, peak.score - STRETCH * (peak.score - usual))
        first = _end(frames, free, best, -1, least) if merge else best
        last = _end(frames, free, best, 1, least) if merge else best
        free[first : last + 1] = [False] * (last + 1 - first)
        yield VideoMoment(
            index=peak.index,
            document=peak.document,
            start=frames[first].seconds,
            end=max(frames[last].until, frames[last].seconds),
            best=peak.seconds,
            score=peak.score,
        )


def _end(frames: Sequence[Frame], free: Sequence[bool], at: int, way: int, least: float) -> int:
    """How far the stretch around a frame reaches, backwards (-1) or forwards (1)."""
    while 0 <= at + way < len(frames):
        here, there = frames[at], frames[at + way]
        gap = abs(there.seconds - here.seconds)
        covered = max(STEPS * here.step, here.until - here.seconds, there.until - there.seconds)
        if not free[at + way] or gap > covered or there.score < least:
            break
        at += way
    return at
