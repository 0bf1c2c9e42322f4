"""Search: by a picture, by words, or by both at once, over one index or several.

Each channel names its best candidates; what a candidate lacks of the other channels is looked up,
so that every candidate is judged by everything. The scores of the channels keep their own scale
and are added by weight (`picture_score`, `words_score`): ranks would throw away how sure a
channel is, and a weak one would then push the right picture from the first place. Because the
scale is absolute, hits of several indexes compare.

The best candidates for a picture are then looked at closely: where details of the two pictures
agree point by point (`sightline.vision.detail`), they show the same thing.

The weights were chosen by `benchmarks/tune_retrieval.py`; `docs/evaluation.md` has the figures.
"""

import math
import os
import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from sightline.assets import Hit, Pixels, Reason, Vector, Where
from sightline.index.base import Channel, Index, Searchable
from sightline.vision.base import Identity, PictureEncoder, TextEncoder
from sightline.vision.detail import Details, agreement, details, details_of_jpeg

CANDIDATES = 100
"""Rows that each channel may name."""

LOOKED_AT = 30
"""Candidates whose details are compared with those of a picture that was asked with."""

CONCEPT_BESIDE_DESCRIPTION = 0.3
"""What a picture shows, where somebody has also described it: it settles near ties."""

CONCEPT_ALONE, UNDESCRIBED = 1.1, 0.2
"""Without a description the concept stands in for it: on this line, described and undescribed
pictures of one index compete fairly."""

WORDS = 0.6
"""A full match of the words against a full match of the meaning."""

EVERYDAY_WORD = 1 / 3
"""Where the words of a question bring this share of the BM25 that a word brings which only one row
holds, half of the question counts as found."""

PICTURE_OVER_WORDS = 2.0
"""With both asked, the picture decides what, and the words choose among pictures like it."""

SPEAKS: dict[Reason, float] = {"picture": 0.0, "concept": 0.25, "description": 0.25}
"""Cosine above which a channel is a reason for a hit; less is what unlike things have."""

_FULL = 1.0 + CONCEPT_BESIDE_DESCRIPTION + WORDS
_LOOKERS = 4
_WORD = re.compile(r"\w+")

Found = Mapping[Reason, float]
"""What the channels say of one row, each on its own scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search, made ready once for all indexes."""

    picture: Vector | None = None
    details: Details | None = None
    meaning: Vector | None = None
    words: str = ""
    where: Where | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """An index to search, with the encoders that its vectors are of."""

    index: Searchable
    encoder: PictureEncoder
    text_encoder: TextEncoder


def search(
    indexes: Sequence[Searched],
    *,
    picture: Pixels | None = None,
    text: str | None = None,
    top: int = 5,
    where: Where | None = None,
) -> list[Hit]:
    """The best `top` hits over all indexes, best first; equal ones in a stable order.

    Without a picture and without words nothing is found.
    """
    words = (text or "").strip()
    if picture is None and not words:
        return []
    looked = None if picture is None else details(picture)
    asked: dict[tuple[Identity, Identity], Asked] = {}
    hits: list[Hit] = []
    for one in indexes:
        made_by = one.encoder.identity, one.text_encoder.identity
        if made_by not in asked:
            asked[made_by] = Asked(
                picture=None if picture is None else one.encoder.encode([picture])[0].vector,
                details=looked,
                meaning=one.text_encoder.encode([words])[0] if words else None,
                words=words,
                where=where,
            )
        hits += _in_one(one.index, asked[made_by], top)
    hits.sort(key=lambda hit: (-hit.score, hit.index, hit.asset.key, hit.asset.id))
    return hits[:top]


def neighbours(index: Index, asset_id: str, top: int = 5) -> list[Hit]:
    """The `top` assets that look most like a stored one, best first, without that one.

    Nothing is encoded: its vector and its thumbnail stand for the picture. Raises UnknownAsset.
    """
    looked = _details_of(index.thumbnail(asset_id))
    asked = Asked(picture=index.vectors("picture", [asset_id])[asset_id], details=looked)
    hits = _in_one(index, asked, top + 1)
    return [hit for hit in hits if hit.asset.id != asset_id][:top]


def score(found: Found, asked: Asked) -> float:
    """How well a row fits what was asked, 0..1, from what its channels say."""
    parts: list[tuple[float, float]] = []
    if asked.picture is not None:
        parts.append((picture_score(found), PICTURE_OVER_WORDS))
    if asked.meaning is not None:
        parts.append((words_score(found), 1.0))
    return sum(part * weight for part, weight in parts) / sum(weight for _, weight in parts)


def picture_score(found: Found) -> float:
    """Likeness, and how surely details agree: two witnesses, either of which may convince."""
    alike = min(max(found.get("picture", 0.0), 0.0), 1.0)
    return 1.0 - (1.0 - alike) * (1.0 - found.get("detail", 0.0))


def words_score(found: Found) -> float:
    """Meaning of the description, what is seen, and the words themselves, by weight; 0..1."""
    if "description" in found:
        meaning = found["description"] + CONCEPT_BESIDE_DESCRIPTION * found.get("concept", 0.0)
    elif "concept" in found:
        meaning = UNDESCRIBED + CONCEPT_ALONE * found["concept"]
    else:
        meaning = 0.0
    return min(max((meaning + WORDS * found.get("words", 0.0)) / _FULL, 0.0), 1.0)


def share_of_words(bm25: float, words: str, rows: int) -> float:
    """A BM25 score in an index of so many rows as the share of the question that was found, 0..1.

    BM25 adds up over words, and a rare word brings more the more rows there are: without this a
    long question would score higher than a short one, and a large index higher than a small one.
    """
    rarest = math.log1p((rows - 0.5) / 1.5)
    everyday = EVERYDAY_WORD * rarest * max(len(_WORD.findall(words)), 1)
    return bm25 / (bm25 + everyday)


class _Said:
    """What each channel of one index said: for each reason, rows by id."""

    def __init__(self) -> None:
        self.by: dict[Reason, dict[str, float]] = {}

    def of(self, row: str) -> Found:
        return {reason: rows[row] for reason, rows in self.by.items() if row in rows}

    def rows(self) -> list[str]:
        return list(dict.fromkeys(row for rows in self.by.values() for row in rows))

    def best(self, asked: Asked, count: int) -> list[str]:
        scores = {row: score(self.of(row), asked) for row in self.rows()}
        return sorted(scores, key=lambda row: (-scores[row], row))[:count]


def _in_one(index: Searchable, asked: Asked, top: int) -> list[Hit]:
    said = _gather(index, asked, max(CANDIDATES, top))
    if asked.details is not None:
        close = said.best(asked, LOOKED_AT)
        said.by["detail"] = _look_closely(index, asked.details, close)
    best = said.best(asked, top)
    assets = index.assets(best)
    return [
        Hit(
            asset=assets[row],
            index=index.info.name,
            score=score(said.of(row), asked),
            reasons=_reasons(said.of(row)),
        )
        for row in best
        if row in assets  # it may have been removed meanwhile
    ]


def _gather(index: Searchable, asked: Asked, count: int) -> _Said:
    """The candidates of every channel, each with everything that the other channels say of it."""
    said = _Said()
    if asked.meaning is not None:
        matching = index.matching(asked.words, count, asked.where)
        rows = index.count() if matching else 0
        said.by["words"] = {
            one.id: share_of_words(one.score, asked.words, rows) for one in matching
        }
    vectors: dict[Channel, Vector | None] = {
        "picture": asked.picture,
        "concept": asked.meaning,
        "description": asked.meaning,
    }
    cut_off: dict[Channel, Vector] = {}
    for channel, vector in vectors.items():
        if vector is not None:
            near = index.near(channel, vector, count, asked.where)
            said.by[channel] = {one.id: one.score for one in near}
            if len(near) >= count:  # fewer: the channel has named every row it has
                cut_off[channel] = vector
    candidates = said.rows()
    for channel, vector in cut_off.items():
        missing = [row for row in candidates if row not in said.by[channel]]
        said.by[channel] |= index.cosines(channel, vector, missing)
    return said


def _look_closely(index: Searchable, wanted: Details, rows: Collection[str]) -> dict[str, float]:
    """How surely details of these rows agree with those asked for; rows where none do left out."""
    thumbnails = index.thumbnails(rows)

    def look(row: str) -> float:
        return agreement(wanted, _details_of(thumbnails[row]))

    # OpenCV works outside the interpreter's lock.
    with ThreadPoolExecutor(min(_LOOKERS, os.cpu_count() or 1)) as pool:
        looks = list(pool.map(look, thumbnails))
    return {row: sure for row, sure in zip(thumbnails, looks, strict=True) if sure > 0}


@lru_cache(maxsize=1000)
def _details_of(thumbnail: bytes) -> Details:
    """Kept for what is found often: 30 MB at most, and never stale, as the content is the key."""
    return details_of_jpeg(thumbnail)


def _reasons(found: Found) -> dict[Reason, float]:
    """The channels that spoke for a hit, strongest first; at least one."""
    strongest = sorted(found.items(), key=lambda one: -one[1])
    spoke = [(reason, value) for reason, value in strongest if value >= SPEAKS.get(reason, 0.0)]
    return dict(spoke or strongest[:1])
