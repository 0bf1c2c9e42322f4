"""Several rankings as one, by reciprocal ranks (Cormack, Clarke and Büttcher, 2009)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sightline.index.base import Scored
from sightline.index.exact import ranked

RANK_CONSTANT: Final = 60
"""Damps the first places; what the service uses."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What one part of a search found, best first, and how much it counts."""

    found: Sequence[Scored]
    weight: float = 1.0


def fused(rankings: Sequence[Ranking]) -> list[Scored]:
    """Best first. One ranking keeps its scores; of several, each place adds weight / (60 + place).

    Places count from 0, as the service's scores show: first in two rankings gives 2 / 60.
    """
    if len(rankings) == 1:
        return list(rankings[0].found)
    scores: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for place, one in enumerate(ranking.found):
            scores[one.id] += ranking.weight / (RANK_CONSTANT + place)
    return ranked(Scored(key, score) for key, score in scores.items())
