"""Evidence as passages that can be quoted: sentences, rows and stacks of lines, classes seen."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sightline.assets import Reading
from sightline.chat.extracting.layout import Layout
from sightline.chat.extracting.tables import articles
from sightline.chat.extracting.terms import terms
from sightline.evidence import Evidence
from sightline.sentences import sentences

Kind = Literal["described", "read", "seen"]

_MOST_STACK = 4
"""Lines of a stack that are quoted together; of a longer one, each two."""

_LONGEST_DESCRIPTION = 20_000
_MOST_SENTENCE = 5
_MOST_TAGS = 3
_MOST_ENTITY = 6  # words of a thing's name
_MOST_HEADING = 4  # words of a heading
_HEADING_GAP, _HEADING_INDENT = 1.5, 2.0  # in heights and letters of the line below
_MOST_CONTINUED = 2  # lines that go on with a value
_PROSE_WORDS = 4

_ENTITY_END = re.compile(r"\s[(–-]|[,;:(]|\.(?:\s|$)")
_SENTENCE_END = re.compile(r"[.!?][\"”')]?(?:\s|$)")
_LABELLED = re.compile(r"[^\d:]{2,30}:\s*\S")
_HEADING = re.compile(r"[^\W\d_][^\d:]*:?")
_WORD = re.compile(r"[^\W\d_]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words of one piece of evidence that can stand in an answer as they are.

    `terms` are those of the text and its heading, or of the thing that a description is of.
    `heading` stands above the lines. `lines` are positions in the evidence's reading, empty for
    what was not read. `size` is the height of the letters, 1 for the tallest on the picture.
    `titular`: a description's first sentence, if it begins with the name of the thing.
    """

    number: int
    kind: Kind
    text: str
    terms: frozenset[str]
    heading: str = ""
    lines: tuple[int, ...] = ()
    size: float = 0.0
    titular: bool = False

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
                terms=frozenset(terms(f"{self.entity} {sentence}")),
                titular=order == 0 and bool(self.entity),
            )
            for order, sentence in enumerate(self._sentences)
        )

    @cached_property
    def read(self) -> tuple[Passage, ...]:
        """Rows and stacks of the reading; both are offered, since only the question decides."""
        layout = self.layout
        prose = {index for stack in layout.stacks if self._is_prose(stack) for index in stack}
        groups: dict[tuple[int, ...], None] = {}
        for row in layout.rows:
            if not prose.intersection(row):
                groups[row] = None
            if len(row) > 1:  # a bare figure says nothing without the rest of its row
                worded = (i for i in row if i not in prose and _WORD.search(layout.lines[i].text))
                groups.update(dict.fromkeys((index,) for index in worded))
        for stack in layout.stacks:
            groups.update(dict.fromkeys(self._pieces(stack)))
        groups.update(dict.fromkeys(articles(layout)))
        passages = map(self.passage, groups)
        return tuple(p for p in passages if any(map(str.isalnum, p.text)))

    @cached_property
    def seen(self) -> tuple[Passage, ...]:
        """The surest class names seen on the picture, as one passage."""
        names = ", ".join(self.evidence.tags[:_MOST_TAGS])
        if not names:
            return ()
        own = frozenset(terms(names))
        return (Passage(number=self.number, kind="seen", text=names, terms=own),)

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
        first = self._sentences[0] if self._sentences else ""
        name = _ENTITY_END.split(first, maxsplit=1)[0].strip()
        return name if len(name.split()) <= _MOST_ENTITY else ""

    def passage(self, indexes: tuple[int, ...]) -> Passage:
        """These lines as one passage."""
        layout = self.layout
        text = layout.text(indexes)
        heading = self._headings.get(indexes[0], "")
        return Passage(
            number=self.number,
            kind="read",
            text=text,
            terms=frozenset(terms(f"{heading} {text}")),
            heading=heading,
            lines=indexes,
            size=max(layout.places[index].height for index in indexes) / layout.tallest,
        )

    @cached_property
    def _sentences(self) -> list[str]:
        pieces = sentences(self.evidence.description[:_LONGEST_DESCRIPTION])
        return [" ".join(piece.split()) for piece in pieces]

    def _text(self, index: int) -> str:
        return self.layout.lines[index].text.strip()

    def _is_prose(self, stack: tuple[int, ...]) -> bool:
        texts = [self._text(index) for index in stack]
        count = sum(len(text.split()) for text in texts)
        labelled = sum(_LABELLED.match(text) is not None for text in texts)
        return count >= _PROSE_WORDS * len(texts) and 2 * labelled < len(texts)

    def _pieces(self, stack: tuple[int, ...]) -> list[tuple[int, ...]]:
        if self._is_prose(stack):
            return self._by_sentence(stack)
        if len(stack) <= _MOST_STACK:
            return [stack]
        return [
            (*stack[start : start + 2], *self._continued(stack[start + 1 :]))
            for start in range(len(stack) - 1)
        ]

    def _by_sentence(self, stack: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The lines that each sentence of a paragraph runs over."""
        pieces: list[tuple[int, ...]] = []
        current: list[int] = []
        for index in stack:
            current.append(index)
            if _SENTENCE_END.search(self._text(index)) or len(current) == _MOST_SENTENCE:
                pieces.append(tuple(current))
                current = [] if self._text(index)[-1:] in ".!?" else [index]
        return [*pieces, tuple(current)] if current else pieces

    def _continued(self, stack: tuple[int, ...]) -> tuple[int, ...]:
        """The lines after the first that go on with its value: a street, then the town."""
        if not _LABELLED.match(self._text(stack[0])):
            return ()
        going: list[int] = []
        for index in stack[1 : 1 + _MOST_CONTINUED]:
            if ":" in self._text(index) or _may_head(self._text(index)):
                break
            going.append(index)
        return tuple(going)

    @cached_property
    def _headings(self) -> dict[int, str]:
        """The heading above a line: few words on a line of their own, then "label: value" lines."""
        headings: dict[int, str] = {}
        for stack in self.layout.stacks:
            current = self._above(stack)
            for position, index in enumerate(stack):
                if self._heads(stack, position):
                    current = self._text(index).rstrip(": ")
                elif current:
                    headings[index] = current
        return headings

    def _above(self, stack: tuple[int, ...]) -> str:
        """A heading that stands a little higher than the stack it is for."""
        labels = [_LABELLED.match(self._text(index)) is not None for index in stack[:3]]
        near = self.layout.related(stack[:1], "above")[:1]
        if not labels[0] or sum(labels) == 1 or not near or not _may_head(self._text(near[0])):
            return ""
        first, heading = self.layout.places[stack[0]], self.layout.places[near[0]]
        close = first.top - heading.bottom < _HEADING_GAP * first.height
        flush = abs(first.left - heading.left) < _HEADING_INDENT * first.letter
        return self._text(near[0]).rstrip(": ") if close and flush else ""

    def _heads(self, stack: tuple[int, ...], position: int) -> bool:
        text = self._text(stack[position])
        section = [self._text(index) for index in stack[position + 1 : position + 4]]
        labels = [_LABELLED.match(line) is not None for line in section]
        before = self._text(stack[position - 1]) if position else "label: value"
        begins = text.endswith(":") or _LABELLED.match(before) is not None
        heads = text.endswith(":") or (sum(labels) > 1 and labels[0])
        return bool(section) and begins and heads and _may_head(text)


def _may_head(text: str) -> bool:
    return len(text.split()) <= _MOST_HEADING and _HEADING.fullmatch(text) is not None
