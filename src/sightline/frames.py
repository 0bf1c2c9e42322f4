"""Which frames of a video a question needs: pure functions over what is known of each frame.

A question about the whole is given frames spread over it; one about a thing or a moment is given
the frame that fits it best and others drawn by how well they fit (inverse transform sampling, as in
BOLT, Liu et al., CVPR 2025; `benchmarks/choosing_frames.py` compares other ways). What a frame
scores comes from three channels: what it shows (the cosine of its concept with the words), what is
written or said, and the colours of what moves.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

import numpy as np

from sightline.assets import Film, Reason
from sightline.media.colours import COLOUR_TERMS

Route = Literal["whole", "moment"]
"""A question about all of a video, or about a thing or a moment in it."""

MOST_FRAMES: Final = 20
"""Frames that a model is given, as in the retired service."""

PRESENT: Final = 0.25
RIVALS: Final = 12
"""A thing is said to be there when a frame's concept has such a cosine with the words, and no more
everyday things than that fit the frame better.

For the embedded encoders, on the development clips: 96 % of what is there is said to be, and 81 %
of what is not there is said not to be. The cosine alone, at the same 96 %, tells 70 %.
"""

READ: Final = 0.4
"""Share of the words, by BM25, that must be written on a frame to show that the thing is there."""

WRITTEN: Final = 0.6
COLOURED: Final = 0.3
STILL: Final = 0.5
"""What words on a frame, colours in motion, and nothing moving add at most to its cosine."""

SHARPNESS: Final = 2.0
"""How much more a better score is worth: at 1 frames are spread more, at 4 as the best alone."""

_FLOOR: Final = 1e-6

STRETCH: Final = 0.35
"""A moment goes on while the score stays above its peak less this share of the peak's height."""

NEARLY: Final = 0.2
"""A frame is nearly as good as the best while it lacks this share of the peak's height."""

_LEAST_COLOUR: Final = 0.004
"""Share of the picture that a colour must gain on its usual share to say anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is known of a frame for one question.

    `concept` is the cosine of what it shows with what is looked for, `unwanted` with what the
    question says is not there; `rivals` is how many everyday things fit it better, `likely` are
    the everyday things that fit it well; `written` is how well its text fits the words, 0..1;
    `picture` the cosine with a picture that was asked with.
    """

    id: str
    seconds: float
    film: Film
    concept: float = 0.0
    unwanted: float = 0.0
    rivals: int = 0
    likely: tuple[str, ...] = ()
    written: float = 0.0
    picture: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a question is after.

    `thing` is what is looked for, `unwanted` what must not be there (empty: nothing), `still` that
    nothing is to move, `colours` those that it names.
    """

    route: Route
    thing: str
    unwanted: str = ""
    still: bool = False
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A frame that was chosen: `start` to `until` is the stretch in which the score stays high.

    `rank` counts from 1, best first. `share` is the score between the lowest (0) and the highest
    (1) of the video, `nearly` whether it is nearly as high as the highest.
    """

    frame: Frame
    score: float
    share: float
    nearly: bool
    rank: int
    reasons: dict[Reason, float]
    start: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The frames for a question in order of time, and whether the thing is there at all.

    `found` is None where nobody can say: the question is about the whole.
    """

    aim: Aim
    frames: tuple[Chosen, ...]
    found: bool | None

    @property
    def best(self) -> tuple[Chosen, ...]:
        """The same, best first."""
        return tuple(sorted(self.frames, key=lambda one: one.rank))


def aim_of(question: str) -> Aim:
    """What a question is after, by closed classes of words."""
    text = " ".join(question.split())
    if not text:
        return Aim(route="whole", thing="")
    if _WHOLE.search(text) and not _MOMENT.search(text):
        return Aim(route="whole", thing=_bare(text), colours=_colours(text))
    denied = _DENIED.search(text)
    return Aim(
        route="moment",
        thing=_bare(text),
        unwanted=denied[1].strip() if denied else "",
        still=bool(_EMPTY.search(text)),
        colours=_colours(text),
    )


def choose(frames: Sequence[Frame], aim: Aim, count: int) -> Choice:
    """At most `count` frames for a question, of those of one video in order of time."""
    scores = scores_of(frames, aim)
    if aim.route == "whole":
        taken = _spread(frames, count)
        found = None
    else:
        taken = sampled(scores, count)
        found = is_there(frames, aim)
    ranked = sorted(taken, key=lambda at: -scores[at])
    coloured = _coloured(frames, aim)
    chosen = [
        _chosen(
            frames,
            scores,
            at,
            rank,
            {"spread": 1.0} if aim.route == "whole" else _reasons(frames[at], coloured[at]),
        )
        for rank, at in enumerate(ranked, start=1)
    ]
    by_time = sorted(chosen, key=lambda one: one.frame.seconds)
    return Choice(aim=aim, frames=tuple(by_time), found=found)


def is_there(frames: Sequence[Frame], aim: Aim) -> bool:
    """Whether any frame shows what is looked for, or has its words written on it."""
    if aim.unwanted or aim.still:
        return True
    likeliest = max(frames, key=lambda frame: frame.concept)
    shown = likeliest.concept >= PRESENT and likeliest.rivals <= RIVALS
    return shown or any(frame.written >= READ for frame in frames)


def uniform(duration: float, count: int) -> list[float]:
    """The seconds of `count` frames spread evenly: the middle of each of `count` equal parts."""
    return [(number + 0.5) * duration / count for number in range(count)]


def scores_of(frames: Sequence[Frame], aim: Aim) -> list[float]:
    """How well each frame fits, by all channels; higher is better, and only the order counts."""
    return list(_scores(frames, aim))


def _scores(frames: Sequence[Frame], aim: Aim) -> Iterator[float]:
    busiest = max((frame.film.motion for frame in frames), default=0.0)
    for frame, coloured in zip(frames, _coloured(frames, aim), strict=True):
        score = max(frame.concept, frame.picture) + WRITTEN * frame.written
        if aim.unwanted:
            score = WRITTEN * frame.written + COLOURED * frame.concept - frame.unwanted
        if aim.still and busiest > 0:
            score -= STILL * frame.film.motion / busiest
        yield score + COLOURED * coloured


def _coloured(frames: Sequence[Frame], aim: Aim) -> list[float]:
    """How much of the colours that are asked for each frame gains, 1 for the most of each."""
    gains = [_gains(frames, colour) for colour in aim.colours]
    return [sum(of_colour[at] for of_colour in gains) for at in range(len(frames))]


def _gains(frames: Sequence[Frame], colour: str) -> list[float]:
    """How much more of a colour each frame has in motion than is usual, 1 for the most."""
    shares = [frame.film.colours.get(colour, 0.0) for frame in frames]
    usual = median(shares) if shares else 0.0
    most = max(shares, default=0.0) - usual
    if most < _LEAST_COLOUR:
        return [0.0] * len(frames)
    return [max(share - usual, 0.0) / most for share in shares]


def _spread(frames: Sequence[Frame], count: int) -> list[int]:
    """What is shown in the middle of each of `count` equal parts of the video; each frame once."""
    shown = (
        max((at for at, frame in enumerate(frames) if frame.seconds <= seconds), default=0)
        for seconds in uniform(frames[0].film.duration, count)
    )
    return list(dict.fromkeys(shown))


def sampled(scores: Sequence[float], count: int) -> list[int]:
    """The numbers of `count` frames, the best first of all, the others drawn by their scores.

    Inverse transform sampling: the frames at evenly spaced heights of the cumulated scores, which
    are raised to `SHARPNESS` first. Where much fits the frames are spread, where little does they
    gather there. Nothing is drawn by chance.
    """
    values = np.array(scores)
    order = np.argsort(-values, kind="stable").tolist()
    spread = float(values.max() - values.min()) or 1.0
    weights = ((values - values.min()) / spread) ** SHARPNESS + _FLOOR
    heights = np.cumsum(weights) / weights.sum()
    marks = (np.arange(count) + 0.5) / count
    taken = list(dict.fromkeys(np.searchsorted(heights, marks).tolist()))
    best = order[0]
    if best not in taken:
        nearest = min(range(len(taken)), key=lambda at: abs(taken[at] - best))
        taken[nearest] = best
    rest = [at for at in order if at not in taken]
    return taken + rest[: count - len(taken)]


def _chosen(
    frames: Sequence[Frame],
    scores: Sequence[float],
    at: int,
    rank: int,
    reasons: dict[Reason, float],
) -> Chosen:
    frame = frames[at]
    first = last = at
    if "spread" not in reasons:
        floor = scores[at] - STRETCH * max(scores[at] - median(scores), 0.0)
        while first > 0 and scores[first - 1] >= floor:
            first -= 1
        while last + 1 < len(frames) and scores[last + 1] >= floor:
            last += 1
    lowest, highest, usual = min(scores), max(scores), median(scores)
    return Chosen(
        frame=frame,
        score=scores[at],
        share=(scores[at] - lowest) / (highest - lowest) if highest > lowest else 1.0,
        nearly=scores[at] >= highest - NEARLY * (highest - usual),
        rank=rank,
        reasons=reasons,
        start=frames[first].seconds,
        until=frames[last].film.until,
    )


def _reasons(frame: Frame, coloured: float) -> dict[Reason, float]:
    channels: dict[Reason, float] = {
        "concept": frame.concept,
        "words": frame.written,
        "picture": frame.picture,
        "colour": coloured,
    }
    spoke = {name: value for name, value in channels.items() if value > 0}
    return dict(sorted(spoke.items(), key=lambda one: -one[1]))


def _bare(text: str) -> str:
    """What a question looks for, without what makes it a question."""
    if not _ASKS.search(text):
        return text.rstrip(" .!")
    bare = _AROUND.sub(" ", text)
    words = [word for word in _WORD.findall(bare) if word.casefold() not in _SCAFFOLD]
    return " ".join(words) or text.rstrip(" ?.!")


def _colours(text: str) -> tuple[str, ...]:
    named = (_ALSO.get(word, word) for word in _WORD.findall(text.casefold()))
    return tuple(dict.fromkeys(word for word in named if word in COLOUR_TERMS))


_WORD: Final = re.compile(r"[\w'-]+")
_ASKS: Final = re.compile(
    r"(?i)\?\s*$|^(?:when|where|at what|at which|what|which|who|how|is|are|does|do|did|can|could|"
    r"show|find|tell|look|search|describe|list)\b"
)
_WHOLE: Final = re.compile(
    r"(?i)\b(?:summar\w+|describe|what happens|what is (?:happening|going on|shown|this)|"
    r"what (?:does|do) (?:the|this|it) (?:video|clip|film)|overview|in general|overall|whole|"
    r"entire|story|what (?:colou?rs?|kinds?|things?|objects?)|how many|who is|"
    r"what (?:is|are|does|do) (?:\w+ ){1,3}doing|list|everything)\b"
)
_MOMENT: Final = re.compile(
    r"(?i)\b(?:when|what time|what second|which (?:second|moment|frame)|at which|the moment|"
    r"how long|first time|last time)\b"
)
_DENIED: Final = re.compile(r"(?i)\b(?:no|without(?: an?| any)?)\s+([a-z-]+)")
_EMPTY: Final = re.compile(r"(?i)\bempty\b|\bnothing\b|\bnobody\b")
_AROUND: Final = re.compile(
    r"(?i)\b(?:in|of|from|on|during|throughout) (?:this|the|that|my) (?:video|clip|film|recording|"
    r"footage)\b|\b(?:at|in) (?:what|which) (?:time|moment|second|point|frame)\b"
)
_SCAFFOLD: Final = frozenset(
    (
        *("when", "where", "what", "which", "who", "how", "is", "are", "was", "were", "does", "do"),
        *("did", "can", "could", "show", "find", "tell", "me", "us", "you", "i", "we", "look"),
        *("shown", "shows", "display", "displayed", "occur", "occurs"),
        *("search", "for", "there", "any", "the", "a", "an", "to", "see", "seen", "be", "visible"),
        *("appear", "appears", "appeared", "pass", "passes", "passing", "come", "comes", "happen"),
        *("happens", "please", "time", "times", "moment", "moments", "second", "seconds", "video"),
        *("clip", "this", "that", "long", "first", "last", "it", "into", "view", "up", "by"),
    )
)
_ALSO: Final = {
    "gray": "grey",
    "silver": "grey",
    "steel": "grey",
    "dark": "black",
    "gold": "yellow",
    "golden": "yellow",
    "violet": "purple",
}
