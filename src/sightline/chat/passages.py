"""Evidence as passages that can be quoted: sentences, rows and stacks of read lines, classes seen."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sightline.assets import Reading
from sightline.chat.layout import Layout
from sightline.chat.terms import terms
from sightline.evidence import Evidence

Kind = Literal["described", "read", "seen"]

_MOST_STACK = 4
_PROSE_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words of one piece of evidence that can stand in an answer as they are.

    `lines` are positions in the evidence's reading, empty for descriptions. `heading` stands
    above the lines. `size` is the height of the letters, 1 for the tallest of the picture.
    `order` is the place in the evidence, from the top. `terms` are those of heading and text.
    """

    number: int
    kind: Kind
    text: str
    terms: frozenset[str]
    order: int
    heading: str = ""
    lines: tuple[int, ...] = ()
    size: float = 0.0

    @property
    def said(self) -> str:
        """Heading and words, as one text to compare a question with."""
        return f"{self.heading} {self.text}".strip()


class Page:
    """One piece of evidence, taken apart."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.number = evidence.number
        self.layout = Layout(evidence.reading or Reading())

    @cached_property
    def described(self) -> tuple[Passage, ...]:
        """The sentences of the description."""
        return tuple(
            Passage(
                number=self.number,
                kind="described",
                text=sentence,
                terms=frozenset(terms(sentence)),
                order=order,
            )
            for order, sentence in enumerate(sentences(self.evidence.description))
        )

    @cached_property
    def read(self) -> tuple[Passage, ...]:
        """Rows and stacks of the reading; both are offered, since only the question decides."""
        layout = self.layout
        groups: dict[tuple[int, ...], None] = dict.fromkeys(layout.rows)
        for row in layout.rows:
            if len(row) > 1:
                groups.update(dict.fromkeys((index,) for index in row))
        for stack in layout.stacks:
            groups.update(dict.fromkeys(self._pieces(stack)))
        return tuple(
            passage
            for passage in map(self.passage, groups)
            if any(character.isalnum() for character in passage.text)
        )

    @cached_property
    def seen(self) -> tuple[Passage, ...]:
        """The class names seen on the picture, as one passage."""
        names = ", ".join(self.evidence.tags)
        if not names:
            return ()
        return (
            Passage(
                number=self.number,
                kind="seen",
                text=names,
                terms=frozenset(terms(names)),
                order=0,
            ),
        )

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """All of them."""
        return self.described + self.read + self.seen

    @cached_property
    def terms(self) -> frozenset[str]:
        """All stems of the evidence."""
        return frozenset().union(*(passage.terms for passage in self.passages))

    @cached_property
    def entity(self) -> str:
        """What the description is of: its first words, up to a bracket, comma or full stop."""
        first = self.described[0].text if self.described else ""
        name = re.split(r"\s[(–-]|[,;:(]|\.(?:\s|$)", first, maxsplit=1)[0].strip()
        return name if len(name.split()) <= 6 else ""

    def passage(self, indexes: tuple[int, ...]) -> Passage:
        """These lines as one passage."""
        layout = self.layout
        text = re.sub(r"\s+", " ", layout.text(indexes))
        heading = self._heading(indexes)
        return Passage(
            number=self.number,
            kind="read",
            text=text,
            terms=frozenset(terms(f"{heading} {text}")),
            order=indexes[0],
            heading=heading,
            lines=indexes,
            size=max(layout.places[index].height for index in indexes) / layout.tallest,
        )

    def _pieces(self, stack: tuple[int, ...]) -> list[tuple[int, ...]]:
        if len(stack) <= _MOST_STACK and not self._is_prose(stack):
            return [stack]
        if self._is_prose(stack):
            return self._sentence_lines(stack)
        return [stack[start : start + 2] for start in range(len(stack) - 1)]

    def _is_prose(self, stack: tuple[int, ...]) -> bool:
        counts = [len(self.layout.lines[index].text.split()) for index in stack]
        return sum(counts) >= _PROSE_WORDS * len(counts)

    def _sentence_lines(self, stack: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The lines that each sentence of a paragraph runs over."""
        pieces: list[tuple[int, ...]] = []
        current: list[int] = []
        for index in stack:
            current.append(index)
            text = self.layout.lines[index].text.rstrip()
            if re.search(r"[.!?][\"”')]?(?:\s|$)", text) or len(current) == _MOST_STACK + 1:
                pieces.append(tuple(current))
                current = [] if text[-1:] in ".!?" else [index]
        if current:
            pieces.append(tuple(current))
        return pieces

    def _heading(self, indexes: tuple[int, ...]) -> str:
        """The heading whose section these lines are in, empty when there is none."""
        return next((text for index in indexes if (text := self._headings.get(index))), "")

    @cached_property
    def _headings(self) -> dict[int, str]:
        """Lines under a heading: short words alone in their row, then "label: value" lines."""
        lines = self.layout.lines
        headings: dict[int, str] = {}
        for stack in self.layout.stacks:
            current = ""
            for position, index in enumerate(stack):
                text = lines[index].text.strip()
                follower = lines[stack[position + 1]].text if position + 1 < len(stack) else ""
                if _may_head(text) and (_labelled(follower) or text.endswith(":")):
                    current = text.rstrip(": ")
                elif current:
                    headings[index] = current
        return headings


def sentences(text: str) -> list[str]:
    """The sentences of a text. Brackets stay whole, abbreviations and decimals end nothing."""
    found: list[str] = []
    for paragraph in filter(None, map(str.strip, text.splitlines())):
        start = 0
        for match in re.finditer(r"[.!?…]+[\"”'’)\]]*\s+(?=[\"“'‘(\[]?[^\Wa-z_])", paragraph):
            piece = paragraph[start : match.end()]
            if piece.count("(") > piece.count(")") or _ABBREVIATION.search(piece.rstrip()):
                continue
            found.append(piece.strip())
            start = match.end()
        found.append(paragraph[start:].strip())
    return [sentence for sentence in found if sentence]


_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|e\.g|i\.e|etc|approx|ca|vs|no|nr|mr|mrs|ms|dr|prof|st|co|inc|ltd|fig|vol))\.$",
    re.IGNORECASE,
)


def _may_head(text: str) -> bool:
    return len(text.split()) <= 4 and bool(re.fullmatch(r"[^\W\d_][^\d:]*:?", text))


def _labelled(text: str) -> bool:
    return bool(re.match(r"[^\d:]{2,30}:\s*\S", text))
