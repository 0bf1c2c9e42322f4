"""Things found on a still: where, what, how surely, and by whom. Values only."""

from collections.abc import Iterable
from dataclasses import dataclass

from sightline.geometry import Polygon, bounds, overlap

SAME_THING = 0.5
"""Regions of one label that overlap by more (intersection over union) show the same thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A thing on a still. `score` is 0..1 and compares only within one `source`.

    `label` is what is shown; `words` are other names of the same thing, `broader` the names of what
    it is a kind of, from near to far. `source` is the engine that found it. `text` is what is
    written on it, where the engine reads it: a plate's number, a code's content. `perhaps` are
    things that the engine has no name for and takes for this.
    """

    label: str
    polygon: Polygon
    score: float
    source: str
    words: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    text: str = ""
    perhaps: tuple[str, ...] = ()


def merged(regions: Iterable[Region]) -> list[Region]:
    """The regions without doubles, surest first: non-maximum suppression within each label."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda region: -region.score):
        label, box = region.label.casefold(), bounds(region.polygon)
        if not any(
            label == other.label.casefold() and overlap(box, bounds(other.polygon)) > SAME_THING
            for other in kept
        ):
            kept.append(region)
    return kept
