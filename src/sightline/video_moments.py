"""Moments of videos: stretches with a start, an end and a best second."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoMoment:
    """A stretch of a video, in seconds; `best` is the time of the frame that has the score."""

    index: str
    document: str
    start: float
    end: float
    best: float
    score: float


def ranked(moments: Iterable[VideoMoment], *, distinct: bool = True) -> list[VideoMoment]:
    """The moments, best first; equal ones in a stable order.

    With `distinct` none is left whose best second lies in the stretch of a better one, and none
    reaches into the stretch of a better one.
    """
    kept: dict[tuple[str, str], list[VideoMoment]] = {}
    found = []
    for moment in sorted(moments, key=lambda m: (-m.score, m.index, m.document, m.best)):
        better = kept.setdefault((moment.index, moment.document), [])
        rest = _beside(moment, better) if distinct else moment
        if rest is not None:
            better.append(rest)
            found.append(rest)
    return found


def _beside(moment: VideoMoment, better: list[VideoMoment]) -> VideoMoment | None:
    """What is left of a moment beside better ones; None when its best second is taken."""
    start, end = moment.start, moment.end
    for other in better:
        if other.start <= moment.best < max(other.end, other.best + _SHORT):
            return None
        if other.end <= moment.best:
            start = max(start, other.end)
        else:
            end = min(end, other.start)
    return replace(moment, start=start, end=end)


_SHORT = 1e-3
"""Seconds that a frame at the end of a video lasts at least."""
