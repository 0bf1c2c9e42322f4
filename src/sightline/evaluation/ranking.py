"""How a ranking is scored against the right answers. Pure functions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

CUTS = (1, 5, 10)
"""The k of recall@k."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What a search gave, best first, and what counts as right (at least one)."""

    ranked: Sequence[str]
    relevant: Collection[str]

    def hit(self, k: int) -> bool:
        """Whether something right is among the first `k`."""
        return any(key in self.relevant for key in self.ranked[:k])

    def average_precision(self) -> float:
        """Mean of the precision at each right answer; one that was not found counts as 0."""
        precisions: list[float] = []
        for place, key in enumerate(self.ranked, start=1):
            if key in self.relevant:
                precisions.append((len(precisions) + 1) / place)
        return sum(precisions) / len(self.relevant)

    def reciprocal_rank(self) -> float:
        """1 / the place of the first right answer, 0 without any."""
        places = (place for place, key in enumerate(self.ranked, 1) if key in self.relevant)
        return 1 / next(places, float("inf"))


def summary(rankings: Sequence[Ranking]) -> dict[str, float]:
    """Recall@k and mean average precision of several rankings (at least one), and their number.

    Where each has one right answer the mean reciprocal rank comes with it.
    """
    scores: dict[str, float] = {"n": len(rankings)}
    for k in CUTS:
        scores[f"recall@{k}"] = mean([ranking.hit(k) for ranking in rankings])
    scores["map"] = mean([ranking.average_precision() for ranking in rankings])
    if all(len(ranking.relevant) == 1 for ranking in rankings):
        scores["mrr"] = mean([ranking.reciprocal_rank() for ranking in rankings])
    return scores


def mean(values: Sequence[float]) -> float:
    """The mean, to four places."""
    return round(sum(values) / len(values), 4)
