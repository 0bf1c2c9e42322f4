"""Printed figures and dates as values, where only one reading is possible; None where two are.

"12.50" is a number on any page. "1,234" is one thousand or one and a bit, unless another figure of
the page shows its decimal sign. "03/04/2018" is a day in April or in March, unless another date
shows the order.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

Order = Literal["day first", "month first"]

FIGURE = re.compile(
    r"(?<![\w.,/:−-])(?P<sign>[-−]\s?)?"
    r"(?P<figure>\d{1,3}(?:[ '’]\d{3})++(?!\d)(?:[.,]\d++)?|\d[\d.,]*+)"
    r"(?!\w|\s?%|[/:-]\d)"
)
"""A figure in a text; full stops and commas at its end are not part of it.

Parts of dates, times, codes and percentages are none.
"""

_CODE = re.compile(r"0\d+|\d{12,}")
"""Digits that count nothing: the number of a bill, of a tax payer, of goods."""

_CURRENCY = re.compile(
    r"[$€£¥₹₩]|(?i:(?<![a-z])(?:RM|USD|EUR|GBP|CHF|MYR|SEK|NOK|DKK|kr|Rs|INR|AUD|CAD|JPY)(?![a-z]))"
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_NUMBERED = re.compile(
    rf"(?<!\d)(?P<a>\d{{1,2}})\s?(?P<s>[/.-])\s?(?P<b>\d{{1,2}})\s?(?P=s)\s?{_YEAR}"
)
_NAMED = (
    re.compile(rf"(?i)(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s.,-]*{_MONTH}[\s.,-]*{_YEAR}"),
    re.compile(rf"(?i)(?<![a-z]){_MONTH}[\s.,-]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s,]+{_YEAR}"),
)
_ISO = re.compile(rf"(?<!\d){_YEAR}(?P<s>[/.-])(?P<month>\d{{1,2}})(?P=s)(?P<day>\d{{1,2}})")
_GROUP = 3
_LAST_MONTH = 12


def decimal_sign(texts: Sequence[str]) -> str:
    """The decimal sign of a page: "." or ",", "" where no figure shows it, or both are used."""
    signs = set()
    for text in texts:
        for match in FIGURE.finditer(without_currency(text)):
            figure = match["figure"].rstrip(".,")
            last = max(figure.rfind("."), figure.rfind(","))
            if last > 0 and len(figure) - last - 1 in {1, 2}:
                signs.add(figure[last])
    return signs.pop() if len(signs) == 1 else ""


def number(printed: str, decimal: str = "") -> int | float | None:
    """A printed figure as a number; `decimal` is the sign that the page uses."""
    match = FIGURE.fullmatch(printed.strip().rstrip(".,"))
    if match is None:
        return None
    if " " in match["figure"]:
        return None  # "2 100.00" is a quantity and a price, or one number
    figure = re.sub("['’]", "", match["figure"])
    if _CODE.fullmatch(figure):
        return None
    signs = re.findall("[.,]", figure)
    if not signs:
        plain = figure
    else:
        whole, _, rest = figure.rpartition(signs[-1])
        groups = re.split("[.,]", whole)
        grouped = all(len(group) == _GROUP for group in groups[1:]) and groups[0]
        one_kind = len(set(signs)) == 1
        if not grouped or (not one_kind and signs.count(signs[-1]) > 1):
            return None
        if len(rest) == _GROUP and one_kind:
            if len(signs) == 1 and not decimal and len(groups[0]) <= _GROUP:
                return None
            thousands = len(signs) > 1 or signs[-1] != decimal
            plain = f"{''.join(groups)}{rest}" if thousands else f"{whole}.{rest}"
        elif one_kind and len(signs) > 1:
            return None  # 1.2.3 is a version or a date
        else:
            plain = f"{''.join(groups)}.{rest}"
    value = float(plain) if "." in plain else int(plain)
    return -value if match["sign"] else value


def figures(text: str) -> list[str]:
    """The figures of a text, without their currency."""
    return [match.group().rstrip(".,") for match in FIGURE.finditer(without_currency(text))]


def without_currency(text: str) -> str:
    """The text with blanks in place of currencies."""
    return _CURRENCY.sub(" ", text)


def date_order(texts: Sequence[str]) -> Order | None:
    """In which order a page writes day and month, where one of its dates shows it."""
    orders: set[Order] = set()
    for text in texts:
        for match in _NUMBERED.finditer(text):
            a, b = int(match["a"]), int(match["b"])
            if a > _LAST_MONTH >= b:
                orders.add("day first")
            elif b > _LAST_MONTH >= a:
                orders.add("month first")
    return orders.pop() if len(orders) == 1 else None


def dates(text: str, order: Order | None = None) -> tuple[list[date], list[str]]:
    """The dates of a text, and those that can be read in two ways, as they stand there."""
    found: list[date] = []
    unclear: list[str] = []
    for match in _ISO.finditer(text):
        found += _day(int(match["year"]), int(match["month"]), int(match["day"]))
    for pattern in _NAMED:
        for match in pattern.finditer(text):
            month = _MONTHS.index(match["name"].lower()) + 1
            found += _day(int(match["year"]), month, int(match["day"]))
    for match in _NUMBERED.finditer(text):
        a, b, year = int(match["a"]), int(match["b"]), int(match["year"])
        if a <= _LAST_MONTH and b <= _LAST_MONTH and a != b and order is None:
            unclear.append(match.group())
        elif b > _LAST_MONTH or (order == "month first" and a <= _LAST_MONTH):
            found += _day(year, a, b)
        else:
            found += _day(year, b, a)
    return list(dict.fromkeys(found)), unclear


def _day(year: int, month: int, day: int) -> list[date]:
    try:
        return [date(year, month, day)]
    except ValueError:
        return []
