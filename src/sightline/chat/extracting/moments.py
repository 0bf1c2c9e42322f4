"""What can be said of a video without a language model: when something is there, and what passes.

Times come from the frames that were chosen, names from their tags, words from what was read on
them, colours from what moves. Each statement has the mark of the frame it rests on.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby, islice

from sightline.assets import Film, clock
from sightline.evidence import Evidence, Retrieved, Watched, WatchedFrame
from sightline.media.colours import COLOUR_TERMS
from sightline.untrusted import one_line, plain

MOST_MOMENTS = 3
MOST_NAMED = 6
"""Changes of what is shown that are told."""

NO_COLOUR = frozenset({"black", "grey"})
"""Shadows and roads: in what moves they are named only where nothing else is."""

_LONGEST = 160


def told(watched: Watched, evidence: Mapping[int, Evidence]) -> list[str]:
    """The sentences on one video; `evidence` is by number."""
    if watched.about_all:
        return _whole(watched, evidence)
    if not watched.found:
        looked_at = f"{watched.film.coverage}, over {clock(round(watched.film.duration))}"
        title, asked = _title(watched), _asked(watched)
        return [f"I found no moment in “{title}” that fits “{asked}”: looked at {looked_at}."]
    return _moments(watched, evidence)


def _moments(watched: Watched, evidence: Mapping[int, Evidence]) -> list[str]:
    ranked = sorted(watched.frames, key=lambda frame: frame.rank)
    kept: list[WatchedFrame] = []
    for frame in ranked:
        apart = all(frame.start >= other.until or frame.until <= other.start for other in kept)
        if apart and frame.nearly:
            kept.append(frame)
    first, *others = kept[:MOST_MOMENTS]
    sentences = [
        f"“{_asked(watched)}” fits best at {_when(first, evidence)}{_read(evidence[first.number])}."
    ]
    if others:
        also = ", ".join(_when(other, evidence) for other in others)
        sentences.append(f"Less surely it fits at {also}.")
    return sentences


def _whole(watched: Watched, evidence: Mapping[int, Evidence]) -> list[str]:
    frames = [evidence[frame.number] for frame in watched.frames]
    sentences = [f"“{_title(watched)}” lasts {clock(round(watched.film.duration))}."]
    named = [(_names(one), one) for one in frames]
    for names, same in islice(
        groupby((pair for pair in named if pair[0]), key=lambda pair: pair[0]), MOST_NAMED
    ):
        at = next(same)[1]
        sentences.append(f"At {_clock(at)} it shows {names} [doc{at.number}].")
    read = [one for one in frames if one.reading and one.reading.text.strip()]
    sentences += [
        f"At {_clock(one)} it reads “{_text(one)}” [doc{one.number}]."
        for one in read[:MOST_MOMENTS]
    ]
    if colours := _colours(frames):
        marks = " ".join(f"{name} [doc{one.number}]," for name, one in colours).rstrip(",")
        sentences.append(f"Colours of what moves: {marks}.")
    if len(sentences) == 1:
        sentences.append("I know no name for what it shows.")
    return sentences


def _colours(frames: Sequence[Evidence]) -> list[tuple[str, Evidence]]:
    """Colours in motion, each with the frame that has most of it, the largest share first."""
    best: dict[str, tuple[float, Evidence]] = {}
    for one in frames:
        film = _film(one)
        for name, share in (film.colours if film else {}).items():
            if name in COLOUR_TERMS and share > best.get(name, (0.0, one))[0]:
                best[name] = (share, one)
    ranked = sorted(best.items(), key=lambda item: -item[1][0])
    vivid = [(name, one) for name, (_, one) in ranked if name not in NO_COLOUR]
    return (vivid or [(name, one) for name, (_, one) in ranked])[:MOST_MOMENTS]


def _when(frame: WatchedFrame, evidence: Mapping[int, Evidence]) -> str:
    at = evidence[frame.number]
    stretch = f" ({clock(frame.start)} to {clock(frame.until)})"
    longer = clock(frame.start) != clock(frame.until)
    return f"{_clock(at)}{stretch if longer else ''} [doc{frame.number}]"


def _read(evidence: Evidence) -> str:
    hit = evidence.origin.hit if isinstance(evidence.origin, Retrieved) else None
    written = hit is not None and hit.reasons.get("words", 0.0) > 0
    film = _film(evidence)
    if not written or film is None:
        return ""
    said = f"; somebody says “{one_line(plain(film.spoken), _LONGEST)}”" if film.spoken else ""
    return f"; it reads “{_text(evidence)}”{said}" if _text(evidence) else said


def _text(evidence: Evidence) -> str:
    return one_line(plain(evidence.reading.text), _LONGEST) if evidence.reading else ""


def _names(evidence: Evidence) -> str:
    return ", ".join(evidence.tags[:MOST_MOMENTS])


def _clock(evidence: Evidence) -> str:
    origin = evidence.origin
    return clock(origin.hit.asset.seconds if isinstance(origin, Retrieved) else 0.0)


def _film(evidence: Evidence) -> Film | None:
    return evidence.origin.hit.asset.film if isinstance(evidence.origin, Retrieved) else None


def _title(watched: Watched) -> str:
    return one_line(watched.video.name, _LONGEST)


def _asked(watched: Watched) -> str:
    return one_line(watched.looked_for, _LONGEST)
