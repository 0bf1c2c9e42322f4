"""Scores of reading: how much of the text on pictures is read."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sightline.evaluation.scratch import Progress
from sightline.evaluation.text_match import edits, field_is_read, words_found
from sightline.evaluation.truth import PictureText, picture_texts
from sightline.media.stills import stills
from sightline.vision.base import Reader

READING_SIDE = 2048
"""Longer side in pixels of what the reader gets, as in an ingest."""

UNORDERED = "columns"
"""In the kind of pages whose lines have no clear order: they have no character error rate."""


@dataclass(frozen=True, slots=True)
class Read:
    """What should have been read, and what was."""

    truth: PictureText
    text: str


def score_reading(dataset: Path, reader: Reader, progress: Progress) -> dict[str, Any]:
    """Word recall, field hits and character error rate of all pictures, and of each kind.

    Words, fields and characters of the pictures are counted together: a long receipt weighs more
    than a word.
    """
    pictures = picture_texts(dataset)
    read = []
    for number, truth in enumerate(pictures, start=1):
        pages = stills(truth.picture.read_bytes(), max_side=READING_SIDE).stills
        text = "\n".join(reader.read(page.pixels).text for page in pages)
        read.append(Read(truth, text))
        progress("reading pictures", number, len(pictures))
    kinds: dict[str, list[Read]] = defaultdict(list)
    for one in read:
        kinds[one.truth.kind].append(one)
    return {**_scores(read), "kinds": {kind: _scores(kinds[kind]) for kind in sorted(kinds)}}


def _scores(read: Sequence[Read]) -> dict[str, float]:
    """Each score where the truth allows it."""
    lines = [("\n".join(one.truth.lines), one) for one in read if one.truth.lines]
    counted = {
        "word_recall": [words_found(text, one.text) for text, one in lines],
        "field_hit": [
            (int(field_is_read(value, one.text)), 1)
            for one in read
            for value in one.truth.fields.values()
        ],
        "cer": [edits(text, one.text) for text, one in lines if UNORDERED not in one.truth.kind],
    }
    scores: dict[str, float] = {"n": len(read)}
    for name, pairs in counted.items():
        whole = sum(of for _, of in pairs)
        if whole:
            scores[name] = round(sum(part for part, _ in pairs) / whole, 4)
    return scores
