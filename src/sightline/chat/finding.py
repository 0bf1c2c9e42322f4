"""Which passages answer each part of a question: one way for each form that a question takes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sightline.assets import Hit
from sightline.chat.excerpts import (
    MOST_LISTED,
    bought,
    everything,
    figures,
    letterhead,
    listing,
    prominent,
)
from sightline.chat.names import Encode
from sightline.chat.passages import Page, Passage
from sightline.chat.phrasing import Form
from sightline.chat.questions import Part
from sightline.chat.ranking import FLOORS, Ranking, Scored, wanted
from sightline.chat.tables import articles
from sightline.chat.terms import GLUED, likeness, terms
from sightline.chat.typed_values import STRICT, ValueKind, values
from sightline.evidence import Attached, Retrieved

_CLOSE = 0.10
"""How much less than the best a second quote may score."""

_MOST_QUOTES = 3
_MOST_DESCRIBED = 2
_LONGEST_PAIR = 4  # lines that a label and its value may take
_CLEARLY = 1.5  # by how much two middling hits of one name must outweigh the first hit
_TIE = 0.05  # of likeness
_FEW_TERMS = 2

_THIS = re.compile(r"(?i)\b(?:this|that|these|those) (?!is\b|are\b|was\b|does\b)([\w-]+)")
_NAME = re.compile(r"(?<=\w )[A-Z]\w+")
_WORD = re.compile(r"[^\W\d_]{4}")
_DISPLAY = re.compile(
    r"(?i)\b(?:display(?:ed)?|screen|clock|meter|thermometer|thermostat|scale|counter|timer)\b"
)
_BOUGHT = re.compile(r"(?i)\b(?:bought|ordered|purchased|sold)\b")
_PRICED: frozenset[ValueKind] = frozenset({"amount", "number"})
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
        self._alike = _same_thing(pages)

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
        passages = ways[part.form](self._completed(part, before), at_hand)
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

    def _completed(self, part: Part, before: Found | None) -> Part:
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
        if part.kinds[:1] == ("address",):
            return tuple(map(self._whole_address, found))
        if _PRICED.intersection(part.kinds[:1]):
            found = tuple(dict.fromkeys(map(self._whole_article, found)))
        return tuple(dict.fromkeys(map(self._with_value, found)))

    def _with_value(self, passage: Passage) -> Passage:
        """A label with the figure that stands on its right."""
        page = next(page for page in self._pages if page.number == passage.number)
        row = next((row for row in page.layout.rows if {*row} > {*passage.lines} > {*()}), ())
        after = row[row.index(passage.lines[-1]) + 1 :][:1] if row else ()
        if any(map(str.isdigit, passage.text)) or not after:
            return passage
        value = page.layout.lines[after[0]].text
        figure = any(map(str.isdigit, value)) and not _WORD.search(value)
        return page.passage((*passage.lines, *after)) if figure else passage

    def _whole_article(self, passage: Passage) -> Passage:
        """A name with the figures of its row, where they stand above or below it."""
        page = next(page for page in self._pages if page.number == passage.number)
        lines = set(passage.lines)
        whole = (group for group in articles(page.layout) if lines and lines <= {*group})
        return next(map(page.passage, whole), passage)

    def _whole_address(self, passage: Passage) -> Passage:
        """The passage with the lines of its stack that go on with the address."""
        page = next(page for page in self._pages if page.number == passage.number)
        lines = page.layout.lines
        stack = next((s for s in page.layout.stacks if {*s} >= {*passage.lines}), passage.lines)
        inside = [stack.index(index) for index in passage.lines]
        if not inside:
            return passage
        start, end = min(inside), max(inside) + 1
        while end < len(stack) and _goes_on(lines[stack[end - 1]].text, lines[stack[end]].text):
            end += 1
        while start and _goes_on(lines[stack[start - 1]].text, lines[stack[start]].text):
            start -= 1
        return page.passage(stack[start:end])

    def _of_this(self, ranked: Sequence[Scored], at_hand: list[Page]) -> tuple[Passage, ...]:
        """The best for each thing that "this" may be."""
        numbers = {page.number for page in at_hand}
        groups = [{page.number for page in group} & numbers for group in self._alike]
        found: dict[Passage, None] = {}
        for others in groups[::-1] if len(groups) > 1 else [set[int]()]:
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
        if not any(map(everything, written)) and (told := self._lookup(part, at_hand)):
            if any(likeness(term, passage.terms) >= GLUED for term in part.terms for passage in told):
                return told
        return prominent(written[0]) if written else self._describe(part, at_hand)

    def _under_label(self, part: Part, pages: list[Page]) -> tuple[Passage, ...]:
        """ "What do the notes say?": the line "Notes:" with what follows it."""  # noqa: D210
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
        told = any(likeness(term, p.terms) >= GLUED for term in part.terms for p in found)
        if part.relation is None and (part.count or not told):
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
                *prominent(page)[:_MOST_QUOTES],
            )
        )


def _same_thing(pages: Sequence[Page]) -> list[list[Page]]:
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
            groups.setdefault(name, []).append(page)
            scores.setdefault(name, []).append(_strength(page.evidence.origin.hit, pictured))
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


def _strength(hit: Hit, pictured: bool) -> float:
    """How alike the pictures are, where there is one to compare with; else how well it fits."""
    if not pictured or "picture" not in hit.reasons:
        return hit.score
    return 1 - (1 - hit.reasons["picture"]) * (1 - hit.reasons.get("detail", 0.0))


def _unasked(part: Part, at_hand: list[Page]) -> tuple[Passage, ...]:
    """ "When was the visit?": the dates on the one page, unless the question names a name."""  # noqa: D210
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


def _goes_on(upper: str, lower: str) -> bool:
    """Whether an address goes on from one line to the next."""
    label = re.match(r"\W*(?:tel|fax|phone|gst|vat|e-?mail|www|date|no\.)", lower, re.IGNORECASE)
    address = [bool(values("address", text)) for text in (upper, lower)]
    return label is None and (upper.rstrip().endswith(",") or all(address))


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
