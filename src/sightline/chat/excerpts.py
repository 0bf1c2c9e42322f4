"""Parts of a picture's text that questions ask for by their role, not by their words."""

import re

from sightline.chat.passages import Page, Passage
from sightline.chat.typed_values import values

LEAN = 30
"""Words on a picture that can be quoted whole."""

MOST_LISTED = 12
"""Entries of a list that an answer quotes."""

_MOST_PROMINENT = 6
_PROMINENT = 0.6  # of the tallest letters
_OVER_PRICES = 2  # rows that may stand over the first price and name its article

_WORD = re.compile(r"[^\W_]{2}|[\u3040-\u9fff\uac00-\ud7af]")
_LETTERS = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff\uac00-\ud7af]")
_ENTRY = re.compile(r"\D*[^\W\d_]{3,}\D*")
_FIGURE = re.compile(r"[\d:.,°%\s-]*\d[\d:.,°%\s-]*[CFckgmh]{0,3}")
_SETTLED = re.compile(
    r"(?i)total|\b(?:cash|change|tax|gst|vat|rounding|discount|card|visa|tender|balance|summary|"
    r"service|amount due|to pay)\b"
)
_TABLE_HEAD = re.compile(
    r"(?i)\b(qty|quantity|descripti\w*|details?|items?|price|unit|amount|amt|article|product)\b"
)


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
    """The rows of a receipt or an order between the head of its table and its totals."""
    layout = page.layout
    texts = [layout.text(row) for row in layout.rows]
    head = next((i for i, text in enumerate(texts) if _is_table_head(text)), -1)
    priced = [i for i, text in enumerate(texts) if i > head and values("amount", text)]
    if not priced or (head < 0 and len(priced) == 1):
        return ()
    start = head + 1 if head >= 0 else priced[0]
    end = next((i for i in range(start, len(texts)) if _SETTLED.search(texts[i])), len(texts))
    if priced[0] >= end:
        return ()
    while head < 0 and start > max(priced[0] - _OVER_PRICES, 0):
        if ":" in texts[start - 1] or _SETTLED.search(texts[start - 1]):
            break
        start -= 1
    rows = [i for i in range(start, end) if not re.search(r":\s*\d", texts[i])]
    named = [i for i in rows if _LETTERS.search(texts[i])]
    return tuple(page.passage(layout.rows[i]) for i in (named or rows)[:MOST_LISTED])


def _is_entry(page: Page, index: int) -> bool:
    return _ENTRY.fullmatch(page.layout.lines[index].text) is not None


def _is_table_head(text: str) -> bool:
    if any(map(str.isdigit, text)) or re.search(r"(?i)summary", text):
        return False
    return len({word.lower() for word in _TABLE_HEAD.findall(text)}) > 1
