"""Which passages answer each part of a question: one way for each form that a question takes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sightline.chat.extracting.completing import completed
from sightline.chat.extracting.excerpts import (
    MOST_LISTED,
    bought,
    everything,
    figures,
    letterhead,
    listing,
    prominent,
)
from sightline.chat.extracting.matching import same_thing
from sightline.chat.extracting.names import Encode
from sightline.chat.extracting.passages import Page, Passage
from sightline.chat.extracting.phrasing import Form
from sightline.chat.extracting.questions import Part
from sightline.chat.extracting.ranking import FLOORS, Ranking, Scored, wanted
from sightline.chat.extracting.terms import GLUED, likeness, terms
from sightline.chat.extracting.typed_values import STRICT, ValueKind, values
from sightline.evidence import Attached

_CLOSE = 0.10
"""How much less than the best a second quote may score."""

_MOST_QUOTES = 3
_MOST_DESCRIBED = 2
_LONGEST_PAIR = 4  # lines that a label and its value may take
_FEW_TERMS = 2

_THIS = re.compile(r"(?i)\b(?:this|that|these|those) (?!is\b|are\b|was\b|does\b)([\w-]+)")
_NAME = re.compile(r"(?<=\w )[A-Z]\w+")
_DISPLAY = re.compile(
    r"(?i)\b(?:display(?:ed)?|screen|clock|meter|thermometer|thermostat|scale|counter|timer)\b"
)
_SUBJECT = re.compile(r"(?i)which ([\w-]+) (?:is|are|has|have|can|suits?|fits?)\b")
_BOUGHT = re.compile(r"(?i)\b(?:bought|ordered|purchased|sold)\b")
_FORMED: frozenset[ValueKind] = frozenset({"date", "time", "phone", "email", "website", "address"})
"""Kinds that a paper seldom has many of, so that they need no label."""

_ISSUER = re.compile(r"(?i)\bissue[sd]?\b|\bissuer\b|\b(?:is|was) (?:this|the) [\w ]+ from$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The passages for one part, best first; none is an answer, too.

    `matched`: the part asks what the picture is, and a picture like it says so.
    """

    part: Part
    passages: tuple[Passage, ...] = ()
    matched: bool = False


class Finder:
    """Finds passages in the pages of one prompt."""

    def __init__(self, pages: Sequence[Page], encode: Encode, strictness: int) -> None:
        self._pages = list(pages)
        self._ranking = Ranking(pages, encode)
        self._floor = FLOORS[min(max(strictness, min(FLOORS)), max(FLOORS))]
        self._attached = [page for page in pages if isinstance(page.evidence.origin, Attached)]
        self._alike = same_thing(pages)

    def find(self, part: Part, before: Found | None = None) -> Found:
        """The passages for this part; `before` is what the part before it found."""
        ways: dict[Form, Callable[[Part, list[Page]], tuple[Passage, ...]]] = {
            "lookup": self._lookup,
            "whole": self._whole,
            "list": self._list,
            "items": self._items,
            "identify": self._identify,
            "describe": self._describe,
        }
        at_hand = self._at_hand(part, before)
        passages = ways[part.form](self._rounded(part, before), at_hand)
        matched = part.form == "identify" and bool(passages) and passages[0].titular
        return Found(part=part, passages=passages, matched=matched and bool(self._attached))

    def _at_hand(self, part: Part, before: Found | None) -> list[Page]:
        """The pages that "this" and "it" mean: the question's pictures and what looks like them.

        Without a picture of the question it is what the last part was answered from.
        """
        if not self._attached and part.deictic and before is not None and before.passages:
            return [page for page in self._pages if page.number == before.passages[0].number]
        if not self._attached and part.context:
            meant = self._ranking.about(part.context)
            return [page for page in self._pages if page.number in meant]
        return [*self._attached, *(page for group in self._alike for page in group)]

    def _rounded(self, part: Part, before: Found | None) -> Part:
        """The part without the noun in "this tent", or with words it leaves to the last part."""
        if part.deictic and self._alike:
            noun = terms(" ".join(_THIS.findall(part.text)))
            return replace(part, terms=tuple(term for term in part.terms if term not in noun))
        bare = part.form == "lookup" and not part.kinds and len(part.terms) < _FEW_TERMS
        if before is not None and bare:
            return replace(
                part,
                text=f"{before.part.text} {part.text}",
                terms=tuple(dict.fromkeys((*part.terms, *before.part.terms))),
            )
        return part

    def _lookup(self, part: Part, at_hand: list[Page]) -> tuple[Passage, ...]:
        subject = _SUBJECT.match(part.text)
        if subject and not self._attached and not part.kinds:
            # "Which backpack is waterproof?" is not answered by a waterproof tent.
            said = frozenset(term for page in self._pages for term in page.terms)
            if any(likeness(term, said) < GLUED for term in terms(subject[1])):
                return ()
        if part.relation is not None and (related := self._related(part, at_hand)):
            return related
        if part.kinds[:1] == ("company",) and _ISSUER.search(part.text):
            heads = [passage for page in at_hand for passage in letterhead(page)]
            if heads:
                return tuple(heads)
        numbers = frozenset(page.number for page in at_hand)
        ranked = self._ranking.rank(part, at_hand=numbers)
        found = self._of_this(ranked, at_hand) if part.deictic or part.context else ()
        found = found or self._best(ranked) or _unasked(part, at_hand)
        if not found and _BOUGHT.search(part.text):
            found = next(filter(None, map(bought, at_hand)), ())
        kind = next(iter(part.kinds), None)
        pages = {page.number: page for page in self._pages}
        return tuple(dict.fromkeys(completed(pages[p.number], p, kind) for p in found))

    def _of_this(self, ranked: Sequence[Scored], at_hand: list[Page]) -> tuple[Passage, ...]:
        """The best for each thing that "this" may be."""
        numbers = {page.number for page in at_hand}
        things = [{page.number for page in thing} for thing in self._alike] or [set()]
        found: dict[Passage, None] = {}
        for thing in things:
            others = set().union(*things) - thing
            near = [s for s in ranked if s.passage.number in numbers - others]
            found.update(dict.fromkeys(self._best(near)))
        return tuple(found)

    def _best(self, ranked: Sequence[Scored]) -> tuple[Passage, ...]:
        """The best passage, and those close to it that speak of the same."""
        chosen: list[Passage] = []
        for scored in ranked:
            far = scored.score < max(self._floor, ranked[0].score - _CLOSE)
            if far or len(chosen) == _MOST_QUOTES:
                break
            fits = scored.overlap >= ranked[0].overlap / 2
            if fits and not any(_repeats(scored.passage, other) for other in chosen):
                chosen.append(scored.passage)
        return tuple(chosen)

    def _related(self, part: Part, at_hand: list[Page]) -> tuple[Passage, ...]:
        """What stands above, below or beside the text that the anchor names."""
        for page in at_hand or self._pages:
            anchor = _anchor(page, part.anchor)
            around = _joined(page, anchor) if part.relation == "beside" else ()
            around = around or _around(page, part, anchor)
            if around:
                return around
        return ()

    def _whole(self, part: Part, at_hand: list[Page]) -> tuple[Passage, ...]:
        written = [page for page in at_hand or self._pages if page.layout.lines]
        if _DISPLAY.search(part.text):
            shown = next(((p, largest) for p in written for largest in figures(p)[:1]), None)
            if shown is not None:
                page, largest = shown
                return (page.passage((largest,)),)
        if labelled := self._under_label(part, written):
            return labelled
        if not any(map(everything, written)):
            told = self._lookup(part, at_hand)
            if _names(part, told):
                return told
        return prominent(written[0]) if written else self._describe(part, at_hand)

    def _under_label(self, part: Part, pages: list[Page]) -> tuple[Passage, ...]:
        """The line "Notes:" with what follows it, for "What do the notes say?"."""
        for page in pages:
            for index, line in enumerate(page.layout.lines):
                labels = terms(line.text)
                hit = any(likeness(term, labels) >= GLUED for term in part.terms)
                if hit and line.text.rstrip().endswith(":"):
                    below = page.layout.related((index,), "below")[:1]
                    stack = next((s for s in page.layout.stacks if {*below} & {*s}), below)
                    return (page.passage((index, *(i for i in stack if i != index))),)
        return ()

    def _list(self, part: Part, at_hand: list[Page]) -> tuple[Passage, ...]:
        written = [page for page in at_hand or self._pages if page.layout.lines][:1]
        if part.relation is None and STRICT.issuperset(part.kinds[:1]) and part.kinds:
            lines = [p.passage((i,)) for p in written for i in range(len(p.layout.lines))]
            listed = [line for line in lines if wanted(part, line) == part.kinds[0]]
            if listed:
                return tuple(listed[:MOST_LISTED])
        found = self._lookup(part, at_hand)
        if part.relation is None and (part.count or not _names(part, found)):
            listed = [passage for page in written for passage in listing(page, part.count)]
            found = tuple(listed) or found
        return found or tuple(passage for page in written for passage in everything(page))

    def _items(self, part: Part, at_hand: list[Page]) -> tuple[Passage, ...]:
        rows = next(filter(None, map(bought, at_hand or self._pages)), ())
        return rows or self._list(part, at_hand)

    def _identify(self, part: Part, at_hand: list[Page]) -> tuple[Passage, ...]:
        if self._alike:
            fullest = (max(g, key=lambda p: len(p.evidence.description)) for g in self._alike)
            return tuple(page.described[0] for page in fullest)
        return self._lookup(part, at_hand) or self._describe(part, at_hand)

    def _describe(self, part: Part, at_hand: list[Page]) -> tuple[Passage, ...]:
        del part  # whatever it is, it wants all there is
        return tuple(
            passage
            for page in (at_hand or self._pages)[:_MOST_DESCRIBED]
            for passage in (
                *page.described[:_MOST_QUOTES],
                *page.seen,
                *_gist(page),
            )
        )


def _gist(page: Page) -> tuple[Passage, ...]:
    """What a page is: all of few words, else who issued it before its largest letters."""
    whole = everything(page) or (*letterhead(page), *prominent(page))
    return tuple(dict.fromkeys(whole))[:_MOST_QUOTES]


def _unasked(part: Part, at_hand: list[Page]) -> tuple[Passage, ...]:
    """The dates on the one page, for "When was the visit?"; not when the question names a name."""
    written = [page for page in at_hand if page.layout.lines]
    if len(written) != 1 or not part.kinds or _NAME.search(part.text):
        return ()
    page, kind = written[0], part.kinds[0]
    if kind == "company":
        return letterhead(page)
    if kind not in _FORMED:
        return ()
    by_value: dict[tuple[str, ...], Passage] = {}
    for passage in page.read:
        found = tuple(values(kind, passage.text)) if wanted(part, passage) == kind else ()
        if found:
            by_value.setdefault(found, passage)
    shortest: list[Passage] = []
    for passage in sorted(by_value.values(), key=lambda passage: len(passage.text)):
        if not any(_repeats(passage, other) for other in shortest):
            shortest.append(passage)
    return tuple(sorted(shortest[:_MOST_QUOTES], key=lambda passage: passage.lines))


def _names(part: Part, passages: Sequence[Passage]) -> bool:
    """Whether any of the passages holds a word of the question."""
    return any(likeness(term, p.terms) >= GLUED for term in part.terms for p in passages)


def _repeats(passage: Passage, other: Passage) -> bool:
    shared = passage.number == other.number and set(passage.lines) & set(other.lines)
    return bool(shared) or passage.text.casefold() == other.text.casefold()


def _anchor(page: Page, words: str) -> tuple[int, ...]:
    """The lines that the words name, as well as any line does; a display shows figures."""
    named = terms(words)
    printed = [terms(line.text) for line in page.layout.lines]
    hits = [sum(likeness(term, line) for term in named) for line in printed]
    best = max(hits, default=0.0)
    if best >= GLUED:
        return tuple(index for index, hit in enumerate(hits) if hit == best)
    return tuple(figures(page)[:1]) if _DISPLAY.search(words) else ()


def _joined(page: Page, anchor: tuple[int, ...]) -> tuple[Passage, ...]:
    """Short rows and stacks with a line of the anchor in them: a label and its value."""
    pairs = (passage for passage in page.read if 1 < len(passage.lines) <= _LONGEST_PAIR)
    return tuple(
        passage
        for passage in pairs
        if set(passage.lines) & set(anchor) and not set(passage.lines) <= set(anchor)
    )[:MOST_LISTED]


def _around(page: Page, part: Part, anchor: tuple[int, ...]) -> tuple[Passage, ...]:
    if not anchor or part.relation is None:
        return ()
    stacked = {index: stack for stack in page.layout.stacks for index in stack}
    near = page.layout.related(anchor, part.relation)
    blocks = dict.fromkeys(stacked.get(index, (index,)) for index in near)
    return tuple(page.passage(block) for block in blocks)[: part.count or MOST_LISTED]
