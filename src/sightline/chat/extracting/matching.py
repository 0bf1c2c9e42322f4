"""Which of the found pictures show the thing that the question's picture shows."""

from collections.abc import Sequence

from sightline.assets import Hit
from sightline.chat.extracting.passages import Page
from sightline.evidence import Attached, Retrieved

_CLEARLY = 1.5
"""By how much the hits of one name together must outweigh those of the most alike picture."""

_TIE = 0.05
"""Likenesses that differ by less tell nothing."""

_UNLIKE = 0.6
"""Likeness of pictures below which they show different things."""


def same_thing(pages: Sequence[Page]) -> list[list[Page]]:
    """The found pages that describe the thing asked about, grouped by its name.

    That is the name that the best hits agree on. When a second name is as well supported, the
    search cannot tell, and neither can the answer: then there are two groups.
    """
    pictured = any(isinstance(page.evidence.origin, Attached) for page in pages)
    groups: dict[str, list[Page]] = {}
    scores: dict[str, list[float]] = {}
    for page in pages:
        if isinstance(page.evidence.origin, Retrieved) and page.described:
            name = page.entity.casefold() or f"#{page.number}"
            score = (
                _likeness(page.evidence.origin.hit) if pictured else page.evidence.origin.hit.score
            )
            if not pictured or score >= _UNLIKE:
                groups.setdefault(name, []).append(page)
                scores.setdefault(name, []).append(score)
    if not groups:
        return []
    first = max(groups, key=lambda name: max(scores[name]))
    agreed = max(groups, key=lambda name: sum(scores[name]))
    best = agreed if sum(scores[agreed]) > _CLEARLY * sum(scores[first]) else first
    rivals = [
        name
        for name in groups
        if name != best
        and len(scores[name]) >= len(scores[best])
        and max(scores[name]) > max(scores[best]) - _TIE
    ]
    return [groups[name] for name in (best, *rivals[:1])]


def _likeness(hit: Hit) -> float:
    """How alike the two pictures are, by their look and by details that agree."""
    if "picture" not in hit.reasons:
        return hit.score
    return 1 - (1 - hit.reasons["picture"]) * (1 - hit.reasons.get("detail", 0.0))
