"""Scores of retrieval: how often a search finds what somebody said is right."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sightline.answer import LOOKING_SIDE
from sightline.evaluation.ranking import Ranking, summary
from sightline.evaluation.scratch import Progress, Scratch
from sightline.evaluation.truth import ImageQuery, TextQuery, image_queries, text_queries
from sightline.media.stills import stills

DEPTH = 100
"""How many hits of a search are looked at; a right one further down counts as not found."""

ALL = "ALL"


def score_retrieval(dataset: Path, index: Scratch, progress: Progress) -> dict[str, Any]:
    """`image` for each set, `image_coarse` where the truth knows kinds, `text` for each need.

    `text` is measured with descriptions, `text_pictures_only` with the pictures alone.
    """
    by_picture, by_words = image_queries(dataset), text_queries(dataset)
    index.fill(progress, described=True)
    found = _ask_pictures(by_picture, index, progress)
    scores: dict[str, Any] = {
        "image": _grouped((query.set, found[query.id], query.relevant) for query in by_picture),
        "image_coarse": _grouped(
            (query.set, found[query.id], query.relevant_coarse)
            for query in by_picture
            if query.relevant_coarse
        ),
        "text": _text_scores(by_words, index, progress, "asking by words"),
    }
    index.fill(progress, described=False)
    scores["text_pictures_only"] = _text_scores(
        by_words, index, progress, "asking by words, no descriptions"
    )
    index.fill(progress, described=True)
    scores["not_indexed"] = sorted(failed.key for failed in index.failed)
    return scores


def _ask_pictures(
    queries: Sequence[ImageQuery], index: Scratch, progress: Progress
) -> dict[str, list[str]]:
    found = {}
    for number, query in enumerate(queries, start=1):
        picture = stills(query.picture.read_bytes(), max_side=LOOKING_SIDE).stills[0].pixels
        found[query.id] = index.ranked(DEPTH, picture=picture)
        progress("asking by picture", number, len(queries))
    return found


def _text_scores(
    queries: Sequence[TextQuery], index: Scratch, progress: Progress, step: str
) -> dict[str, Any]:
    judged = []
    for number, query in enumerate(queries, start=1):
        judged.append((query.needs, index.ranked(DEPTH, text=query.text), query.relevant))
        progress(step, number, len(queries))
    return _grouped(judged)


def _grouped(judged: Iterable[tuple[str, Sequence[str], frozenset[str]]]) -> dict[str, Any]:
    """The summary of all, and of each group by its name; empty when nothing was asked."""
    groups: dict[str, list[Ranking]] = defaultdict(list)
    for group, ranked, relevant in judged:
        ranking = Ranking(ranked=ranked, relevant=relevant)
        groups[ALL].append(ranking)
        groups[group].append(ranking)
    return {group: summary(groups[group]) for group in sorted(groups, key=lambda g: (g != ALL, g))}
