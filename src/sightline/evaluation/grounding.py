"""Scores of grounding: whether things are found where they are, when they are asked for by name."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sightline.chat.base import ChatModel
from sightline.errors import Unavailable
from sightline.evaluation.reading import READING_SIDE
from sightline.evaluation.scratch import Progress, Scratch
from sightline.evaluation.truth import PictureBoxes, TrueBox, picture_boxes
from sightline.geometry import bounds, overlap
from sightline.grounding import named_by
from sightline.looking import Sight, look
from sightline.media.stills import stills
from sightline.naming import Similarity
from sightline.regions import Region
from sightline.tying import Eyes

HIT = 0.5
"""Intersection over union from which a region is where the thing is."""

SMALLEST = 0.01
"""Share of the picture; smaller true boxes are neither looked for nor counted against a region."""


@dataclass(slots=True)
class Count:
    """Regions in order of finding, and the true boxes there were to find."""

    things: int = 0
    found: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of the things that were found."""
        return sum(right for _, right in self.found) / self.things if self.things else 0.0

    @property
    def precision(self) -> float | None:
        """The share of the regions that are right; None when there were none."""
        if not self.found:
            return None
        return sum(right for _, right in self.found) / len(self.found)

    @property
    def average_precision(self) -> float:
        """The area under precision over recall, each precision the best at that recall or more."""
        ranked = sorted(self.found, key=lambda pair: -pair[0])
        hits, points = 0, []
        for rank, (_, right) in enumerate(ranked, start=1):
            hits += right
            points.append((hits / self.things, hits / rank))
        area, before = 0.0, 0.0
        for position, (recall, _) in enumerate(points):
            best = max(precision for _, precision in points[position:])
            area, before = area + (recall - before) * best, recall
        return area


def score_grounding(
    dataset: Path, model: ChatModel, index: Scratch, progress: Progress
) -> dict[str, Any]:
    """Recall, precision and AP50 of each set of pictures and of its labels.

    Every label of a picture is asked for. `precision_any`: every label of the whole set is asked
    for, so that a thing that is not there counts against it. Both need complete labels.
    """
    pictures, eyes = picture_boxes(dataset), index.eyesight.eyes(model)
    similarity = eyes.similarity()
    sets: dict[str, list[PictureBoxes]] = defaultdict(list)
    for picture in pictures:
        sets[picture.set].append(picture)
    seen = index.wait_for(_look(pictures, eyes, progress))
    return {
        name: _scores(members, [seen[id(one)] for one in members], similarity)
        for name, members in sorted(sets.items())
    }


async def _look(
    pictures: Sequence[PictureBoxes], eyes: Eyes, progress: Progress
) -> dict[int, Sight]:
    """What is found on each picture. Raises Unavailable when a detector fails."""
    seen = {}
    for number, truth in enumerate(pictures, start=1):
        page = stills(truth.picture.read_bytes(), max_side=READING_SIDE).stills[0]
        labels = list(dict.fromkeys(box.label for box in truth.boxes))
        sight = await look(eyes.detectors, page.pixels, labels, eyes.pool)
        for failure in sight.failed:
            raise Unavailable(failure)
        seen[id(truth)] = sight
        progress("looking at pictures", number, len(pictures))
    return seen


def _scores(
    pictures: Sequence[PictureBoxes],
    seen: Sequence[Sight],
    similarity: Similarity,
) -> dict[str, Any]:
    labels = sorted({box.label for truth in pictures for box in truth.boxes})
    asked: dict[str, Count] = {label: Count() for label in labels}
    anywhere = Count()
    for truth, sight in zip(pictures, seen, strict=True):
        boxes: dict[str, list[TrueBox]] = defaultdict(list)
        for box in truth.boxes:
            boxes[box.label].append(box)
        for label, named in named_by(list(boxes), sight.regions, similarity).items():
            asked[label].found += _matched(boxes[label], named)
            asked[label].things += sum(box.box.area >= SMALLEST for box in boxes[label])
        for label, named in named_by(labels, sight.regions, similarity).items():
            anywhere.found += _matched(boxes[label], named)
    complete = all(truth.complete for truth in pictures)
    whole = Count(
        things=sum(count.things for count in asked.values()),
        found=[pair for count in asked.values() for pair in count.found],
    )
    scores: dict[str, Any] = {"n": whole.things, "recall": round(whole.recall, 4)}
    if complete:
        sought = [count for count in asked.values() if count.things]
        scores["precision"] = _rounded(whole.precision)
        scores["precision_any"] = _rounded(anywhere.precision)
        scores["ap50"] = round(
            sum(count.average_precision for count in sought) / max(len(sought), 1), 4
        )
    if incomplete := sum(bool(sight.incomplete) for sight in seen):
        scores["incomplete"] = incomplete
    scores["labels"] = {
        label: {
            "n": count.things,
            "recall": round(count.recall, 4),
            **({"precision": _rounded(count.precision)} if complete else {}),
        }
        for label, count in asked.items()
        if count.things
    }
    return scores


def _matched(boxes: Sequence[TrueBox], regions: Sequence[Region]) -> list[tuple[float, bool]]:
    """Score and verdict of each region, surest first; each true box is found once."""
    free = list(boxes)
    verdicts = []
    for region in sorted(regions, key=lambda region: -region.score):
        place = bounds(region.polygon)
        best = max(free, key=lambda truth: overlap(truth.box, place), default=None)
        hit = best is not None and overlap(best.box, place) >= HIT
        if hit and best is not None:
            free.remove(best)
            if best.box.area < SMALLEST:
                continue
        verdicts.append((region.score, hit))
    return verdicts


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
