"""Passages that break off, made whole: a label gets its value, an address all its lines."""

import re

from sightline.chat.extracting.passages import Page, Passage
from sightline.chat.extracting.tables import articles
from sightline.chat.extracting.typed_values import ValueKind, values

_PRICED: frozenset[ValueKind] = frozenset({"amount", "number"})
_WORD = re.compile(r"[^\W\d_]{4}")
_OTHER_FIELD = re.compile(r"(?i)\W*(?:tel|fax|phone|gst|vat|e-?mail|www|date|no\.)")


def completed(page: Page, passage: Passage, kind: ValueKind | None) -> Passage:
    """The passage with what belongs to it on its page; `kind` is what was asked for."""
    if not passage.lines:
        return passage
    if kind == "address":
        return page.passage(_address(page, passage.lines))
    lines = _article(page, passage.lines) if kind in _PRICED else passage.lines
    lines = _with_value(page, lines)
    return passage if lines == passage.lines else page.passage(lines)


def _with_value(page: Page, lines: tuple[int, ...]) -> tuple[int, ...]:
    """A label with the figure on its right."""
    if any(map(str.isdigit, page.layout.text(lines))):
        return lines
    row = next((row for row in page.layout.rows if {*row} > {*lines}), lines)
    after = row[row.index(lines[-1]) + 1 :][:1]
    value = page.layout.text(after)
    figure = any(map(str.isdigit, value)) and not _WORD.search(value)
    return (*lines, *after) if figure else lines


def _article(page: Page, lines: tuple[int, ...]) -> tuple[int, ...]:
    """A name with its figures, where these stand above or below it."""
    return next((group for group in articles(page.layout) if {*lines} <= {*group}), lines)


def _address(page: Page, lines: tuple[int, ...]) -> tuple[int, ...]:
    """The lines of the stack that go on with an address."""
    stack = next((stack for stack in page.layout.stacks if {*stack} >= {*lines}), lines)
    texts = [page.layout.lines[index].text for index in stack]
    start, end = stack.index(lines[0]), stack.index(lines[-1]) + 1
    while end < len(stack) and _goes_on(texts[end - 1], texts[end]):
        end += 1
    while start and _goes_on(texts[start - 1], texts[start]):
        start -= 1
    return stack[start:end]


def _goes_on(upper: str, lower: str) -> bool:
    both = all(values("address", text) for text in (upper, lower))
    return not _OTHER_FIELD.match(lower) and (both or upper.rstrip().endswith(","))
