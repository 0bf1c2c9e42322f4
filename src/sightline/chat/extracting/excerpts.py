"""Parts of a picture's text that questions ask for by their role, not by their words."""

import re

from sightline.chat.extracting.passages import Page, Passage
from sightline.chat.extracting.tables import articles
from sightline.chat.extracting.typed_values import values

LEAN = 30
"""Words on a picture that can be quoted whole."""

MOST_LISTED = 12
"""Entries of a list that an answer quotes."""

_MOST_PROMINENT = 6
_HEAD_ROWS = 6
_PROMINENT = 0.6  # of the tallest letters

_WORD = re.compile(r"[^\W_]{2}|[\u3040-\u9fff\uac00-\ud7af]")
_LETTERS = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff\uac00-\ud7af]")
_PAPER = re.compile(r"(?i)\b(?:invoice|receipt|order|statement|bill|form|quotation)\b")
_CODE = re.compile(r"\d{2}")
_ENTRY = re.compile(r"\D*[^\W\d_]{3,}\D*")
_FIGURE = re.compile(r"[\d:.,°%\s-]*\d[\d:.,°%\s-]*[CFckgmh]{0,3}")


def everything(page: Page) -> tuple[Passage, ...]:
    """All that was read on a page with few words; nothing of a page with many or none."""
    layout = page.layout
    if sum(len(line.text.split()) for line in layout.lines) > LEAN:
        return ()
    stacked = {index: stack for stack in layout.stacks for index in stack}
    blocks = dict.fromkeys(stacked.get(index, (index,)) for index in range(len(layout.lines)))
    return tuple(page.passage(block) for block in blocks if _WORD.search(layout.text(block)))


def prominent(page: Page) -> tuple[Passage, ...]:
    """Everything on a page with few words, else the words in the largest letters."""
    layout = page.layout
    large = (
        index
        for index, place in enumerate(layout.places)
        if place.height >= _PROMINENT * layout.tallest and not place.sideways
    )
    worded = [index for index in large if _LETTERS.search(layout.lines[index].text)]
    return everything(page) or tuple(page.passage((i,)) for i in worded[:_MOST_PROMINENT])


def figures(page: Page) -> list[int]:
    """Lines of figures only, as displays and meters show them, largest first."""
    lines = [i for i, line in enumerate(page.layout.lines) if _FIGURE.fullmatch(line.text.strip())]
    return sorted(lines, key=lambda index: -page.layout.places[index].height)


def letterhead(page: Page) -> tuple[Passage, ...]:
    """Who issued a paper: the first words on it, and the first company near its top."""
    layout = page.layout
    top = [row for row in layout.rows[:_HEAD_ROWS] if _LETTERS.search(layout.text(row))]
    top = [row for row in top if not _PAPER.search(layout.text(row))]
    named = [row for row in top if not _CODE.search(layout.text(row))]
    company = [row for row in top if values("company", layout.text(row))]
    rows = sorted({*named[:1], *company[:1]})
    return tuple(page.passage(row) for row in rows)


def listing(page: Page, count: int | None) -> tuple[Passage, ...]:
    """The entries of a legend, an axis, a list: `count` of them if some list has that many."""
    lists = [
        group
        for group in page.layout.alike(count or 3)
        if 2 * sum(_is_entry(page, index) for index in group) > len(group)
    ]
    exact = [group for group in lists if len(group) == count]
    chosen = max(exact or lists, key=len, default=())
    return tuple(page.passage((index,)) for index in chosen[:MOST_LISTED])


def bought(page: Page) -> tuple[Passage, ...]:
    """The articles on a receipt or an order."""
    return tuple(map(page.passage, articles(page.layout)[:MOST_LISTED]))


def _is_entry(page: Page, index: int) -> bool:
    return _ENTRY.fullmatch(page.layout.lines[index].text) is not None
