"""How well passages fit one part of a question: meaning, rare words, kind of value, document."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sightline.chat.extracting.names import Encode, personal
from sightline.chat.extracting.passages import Page, Passage
from sightline.chat.extracting.questions import Part
from sightline.chat.extracting.terms import GLUED, likeness, terms, words
from sightline.chat.extracting.typed_values import STRICT, ValueKind, values

FLOORS = {1: 0.28, 2: 0.34, 3: 0.40, 4: 0.46, 5: 0.52}
"""The least score a passage needs in an answer, by strictness."""

# A passage's score is the sum of what follows. The first five are weights of figures 0..1.
MEANING = 0.55
RARE_WORDS = 0.30
COVER = 0.20  # the share of the question's words anywhere in its document
PRECISION = 0.06  # the share of the passage's words in the question
SIZE = 0.04  # of its letters
WANTED_KIND, OTHER_KIND = 0.22, 0.12  # holds a value of the kind asked for
NO_KIND, NO_NAME = -0.25, -0.12
MORE_OF_IT = 0.05
LETTERHEAD = 0.25  # who issued a paper stands at its top
SIGNATURE = 0.10  # who signed it, at its foot
ECHO = -0.25  # says nothing that the question does not say
DIRECTION = 0.10  # "to" asked and "to" read; less for "from"
UNRELATED = -0.10  # few words, none of the question's: their meaning is a guess
AT_HAND = 0.05

POINTED_AT = 0.7
"""The cover of a document that the question calls "this": it need not be named."""

_UNSEEN = 0.8
"""What a word of the question that stands nowhere weighs against the rarest that does."""

_MOST_ENCODED = 64
"""Encoding is what costs; the passages that fit best by words and kinds go first."""

_HEAD_ROWS, _FOOT = 3, 0.5
_FEW_WORDS, _HALF = 5, 0.5
_FIGURES: frozenset[ValueKind] = frozenset({"number", "percent", "measure"})
_NO_LETTERHEAD = re.compile(r"(?i)\d|\b(?:invoice|receipt|order|statement|bill|form|quotation)\b")

_PART_OF_TOTAL = re.compile(r"(?i)\bsub|\bexcl|\bbefore\b|\bwithout\b|\btax\b|\bgst\b|\bvat\b")
_WHOLE = r"\b(?:grand|incl?\w*|net|payable|due)\b"
_TOTALS = (
    (re.compile(rf"(?i){_WHOLE}.*\btota|\btota.*{_WHOLE}"), 0.15),
    (re.compile(r"(?i)\bexcl|\bqty\b|\bquantity\b|\btotal gst\b"), -0.10),
    (re.compile(r"\d[.,]\d\d\D+\d+[.,]\d\d\b"), -0.10),  # a summary row: amount and tax
)
"""Which of several totals is the one that "the total" means, by the words of its line."""

_ASKS_TO_SHOW = re.compile(
    r"(?i)^(?:please )?(?:show|find|list)\b|^(?:do|have) (?:you|we)\b|^(?:is|are) there\b"
    r"|\bare there$|^which (?:picture|image|photo)s?\b"
)

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A passage with its score; `overlap` 0..1 is the share of the question's words in it."""

    passage: Passage
    score: float
    overlap: float


class Ranking:
    """Ranks the passages of some pages for the parts of one question."""

    def __init__(self, pages: Sequence[Page], encode: Encode) -> None:
        self._encode = encode
        self._pages = {page.number: page for page in pages}
        self._passages = [passage for page in pages for passage in page.passages]
        counts = Counter(term for passage in self._passages for term in passage.terms)
        whole = len(self._passages)
        self._rarest = math.log(1 + whole)
        self._rarity = {term: math.log(1 + whole / count) for term, count in counts.items()}

    def rank(self, part: Part, at_hand: frozenset[int] = frozenset()) -> list[Scored]:
        """All passages, best first; `at_hand` are the documents that "this" may mean."""
        weights = self._weights(part.terms)
        covers = self._covers(part, at_hand)
        ranked = []
        for passage in self._passages:
            overlap = _overlap(weights, passage.terms)
            score = RARE_WORDS * overlap + COVER * covers[passage.number] + SIZE * passage.size
            score += self._by_kind(part, passage, overlap) + _by_form(part, passage, weights)
            score += AT_HAND if passage.number in at_hand else 0.0
            ranked.append(Scored(passage=passage, score=score, overlap=overlap))
        ranked.sort(key=_descending)
        near, far = ranked[:_MOST_ENCODED], ranked[_MOST_ENCODED:]
        near = self._by_meaning(part, near, MEANING if weights else MEANING + RARE_WORDS)
        if part.kinds[:1] == ("person",):
            near = self._by_name(near, signed="sign" in part.terms)
        return sorted(near + far, key=_descending)

    def about(self, asked: Iterable[str]) -> frozenset[int]:
        """The documents with most of these words; none when no document has half of them."""
        weights = self._weights(asked)
        covers = {number: _overlap(weights, page.terms) for number, page in self._pages.items()}
        best = max(covers.values(), default=0.0)
        return frozenset(n for n, cover in covers.items() if cover == best >= _HALF)

    def _weights(self, asked: Iterable[str]) -> Weights:
        """How much each word of the question tells."""
        weights = {}
        for term in asked:
            rarity = self._rarity.get(term)
            if rarity is None:
                close = [r for seen, r in self._rarity.items() if likeness(term, (seen,)) >= GLUED]
                rarity = min(close, default=_UNSEEN * self._rarest)
            weights[term] = rarity
        return weights

    def _covers(self, part: Part, at_hand: frozenset[int]) -> dict[int, float]:
        weights = self._weights((*part.terms, *part.context))
        covers = {number: _overlap(weights, page.terms) for number, page in self._pages.items()}
        if part.deictic:
            covers |= {number: max(covers[number], POINTED_AT) for number in at_hand}
        return covers

    def _by_kind(self, part: Part, passage: Passage, overlap: float) -> float:
        if not part.kinds:
            return 0.0
        kind = wanted(part, passage)
        score = 0.0
        if not overlap and kind in _FIGURES and (kind == "number" or kind != part.kinds[0]):
            return 0.0  # some figure is nearly everywhere
        if kind is not None and kind != "person":
            score += WANTED_KIND if kind == part.kinds[0] else OTHER_KIND
            if kind == "address":  # a street, a postcode, a town
                score += MORE_OF_IT * (len(values(kind, passage.text)) - 1)
        elif STRICT.issuperset(part.kinds):
            score += NO_KIND
        if part.kinds[0] == "company":
            top = self._letterhead(passage)
            score += LETTERHEAD * top if top or kind else NO_NAME
        return score

    def _letterhead(self, passage: Passage) -> float:
        """How near the top of the page the words stand, if they can be a name: 1 the first row."""
        if not passage.lines or _NO_LETTERHEAD.search(passage.text):
            return 0.0
        head = self._pages[passage.number].layout.rows[:_HEAD_ROWS]
        above = next((i for i, row in enumerate(head) if passage.lines[0] in row), _HEAD_ROWS)
        return 1 - above / _HEAD_ROWS

    def _by_meaning(self, part: Part, ranked: Sequence[Scored], weight: float) -> list[Scored]:
        if not ranked:
            return []
        vectors = self._encode([part.text, *(scored.passage.said for scored in ranked)])
        meanings = np.maximum(vectors[1:] @ vectors[0], 0.0)
        return [
            replace(scored, score=scored.score + weight * float(meaning))
            for scored, meaning in zip(ranked, meanings, strict=True)
        ]

    def _by_name(self, ranked: Sequence[Scored], *, signed: bool) -> list[Scored]:
        names = [
            (i, name) for i, s in enumerate(ranked) for name in values("person", s.passage.text)
        ]
        sure = [0.0] * len(ranked)
        for (i, _), value in zip(names, personal([n for _, n in names], self._encode), strict=True):
            sure[i] = max(sure[i], value)
        return [
            replace(
                scored, score=scored.score + NO_NAME + name * (self._gain(scored.passage, signed))
            )
            for scored, name in zip(ranked, sure, strict=True)
        ]

    def _gain(self, passage: Passage, signed: bool) -> float:
        """What a name is worth; signatures stand low on the page and without a label."""
        places = self._pages[passage.number].layout.places
        low = all(places[index].middle > _FOOT for index in passage.lines)
        signature = SIGNATURE if signed and low and ":" not in passage.said else 0.0
        return WANTED_KIND - NO_NAME + signature


def wanted(part: Part, passage: Passage) -> ValueKind | None:
    """The first kind asked for of which the passage holds a value that the question does not."""
    known = set(words(part.text))
    for kind in part.kinds:
        if any(not known.issuperset(words(value)) for value in values(kind, passage.text)):
            return kind
    return None


def _by_form(part: Part, passage: Passage, weights: Weights) -> float:
    """Short labels that hit are worth more, echoes and the wrong direction less."""
    own = terms(passage.text)
    hits = [likeness(term, weights) for term in own]
    worded = [hit for term, hit in zip(own, hits, strict=True) if not any(map(str.isdigit, term))]
    score = PRECISION * sum(worded) / len(worded) if worded else 0.0
    if passage.kind == "read" and len(own) < _FEW_WORDS and not any(hits) and not part.kinds:
        score += UNRELATED
    echoes = passage.titular and not _ASKS_TO_SHOW.search(part.text)
    if (echoes or min(hits, default=1.0) >= GLUED) and wanted(part, passage) is None:
        score += ECHO
    asked, said = set(words(part.text)), set(words(passage.said))
    if part.kinds[:1] == ("amount",) and "total" in asked and not _PART_OF_TOTAL.search(part.text):
        score += sum(value for label, value in _TOTALS if label.search(passage.said))
    for direction, other in (("to", "from"), ("from", "to")):
        if direction in asked and other not in asked and {direction, other} & said:
            score += DIRECTION if direction in said else -DIRECTION
    return score


def _overlap(weights: Weights, said: frozenset[str]) -> float:
    whole = sum(weights.values())
    if not whole:
        return 0.0
    return sum(weight * likeness(term, said) for term, weight in weights.items()) / whole


def _descending(scored: Scored) -> float:
    return -scored.score
