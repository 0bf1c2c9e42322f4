"""Tables of articles: the rows of a receipt or an order between its head and its totals."""

import re

from sightline.chat.extracting.layout import Layout
from sightline.chat.extracting.typed_values import values

_OVER_PRICES = 2  # rows that may stand over the first price and name its article

_WORD = re.compile(r"[^\W\d_]{3}")
_LABELLED_FIGURE = re.compile(r":\s*\d")
_SETTLED = re.compile(
    r"(?i)total|\b(?:cash|change|tax|gst|vat|rounding|discount|card|visa|tender|balance|summary|"
    r"service|amount due|to pay)\b"
)
_HEAD = re.compile(
    r"(?i)\b(qty|quantity|descripti\w*|details?|items?|price|unit|amount|amt|article|product)\b"
)


def articles(layout: Layout) -> list[tuple[int, ...]]:
    """The lines of each article: name and figures, on one row or on two. Without a table, none."""
    rows = layout.rows
    texts = [layout.text(row) for row in rows]
    region = [i for i in _region(texts) if not _LABELLED_FIGURE.search(texts[i])]
    named = [_WORD.search(texts[i]) is not None for i in region]
    priced = [bool(values("amount", texts[i])) for i in region]
    if not any(n and p for n, p in zip(named, priced, strict=True)):
        return _paired([rows[i] for i in region], named, priced)
    return [rows[i] for i, name in zip(region, named, strict=True) if name]


def _region(texts: list[str]) -> range:
    head = next((i for i, text in enumerate(texts) if _is_head(text)), -1)
    priced = [i for i, text in enumerate(texts) if i > head and values("amount", text)]
    if not priced or (head < 0 and len(priced) == 1):
        return range(0)
    start = head + 1 if head >= 0 else priced[0]
    end = next((i for i in range(start, len(texts)) if _SETTLED.search(texts[i])), len(texts))
    if priced[0] >= end:
        return range(0)
    while head < 0 and start > max(priced[0] - _OVER_PRICES, 0):
        if ":" in texts[start - 1] or _SETTLED.search(texts[start - 1]):
            break
        start -= 1
    return range(start, end)


def _paired(
    rows: list[tuple[int, ...]], named: list[bool], priced: list[bool]
) -> list[tuple[int, ...]]:
    """Names and prices on rows of their own, joined; whichever comes first begins an article."""
    begins = (
        named if next((n for n, p in zip(named, priced, strict=True) if n or p), True) else priced
    )
    joined: list[tuple[int, ...]] = []
    for row, first in zip(rows, begins, strict=True):
        if first or not joined:
            joined.append(row)
        else:
            joined[-1] += row
    return joined


def _is_head(text: str) -> bool:
    if any(map(str.isdigit, text)) or re.search(r"(?i)summary", text):
        return False
    return len({word.lower() for word in _HEAD.findall(text)}) > 1
