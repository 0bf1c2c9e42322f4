"""Labels on a page and what stands beside them: "Total: 12.00", "Invoice No" left of "4711".

A label is found by the words of a field: its name, its title, and short phrases of its description.
What stands beside it counts only when nothing else comes between: "Total qty 5" is no total.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sightline.assets import Reading
from sightline.chat.extracting.layout import Layout
from sightline.chat.extracting.terms import SYNONYM, likeness, stem
from sightline.printed_values import FIGURE, without_currency

Label = tuple[str, ...]
"""Stems of the words of a label, in order."""

_MOST_WORDS = 3
"""Words of a description's phrase that can be a label; a longer one is an instruction."""

_WORD = re.compile(r"[^\W\d_]+")
_CASE_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_QUOTED = re.compile(r"[\"“'‘]([^\"”'’]+)[\"”'’]")
_NUMBERING = frozenset({"no", "number", "nr", "num", "id"})
_BEFORE = frozenset({"the", "your", "our", "grand"})

# What may stand between a label and its value.
_TAX = r"(?:gst|vat|tax|sst|moms)"
_BETWEEN = re.compile(
    r"(?i)(?:\W|_|\b(?:amount|amt|due|payable|pay|to|is|was|of|sales|rounded)\b"
    rf"|\bincl\w*\W+(?:of\W+)?(?:{_TAX}\b)?(?:\W*\d+\s?%)?(?:\W*{_TAX}\b)?"
    r"|\bin(?=\W*$))*"
)
_WORDED = re.compile(r"(?i)\b(?:amount|amt|due|payable|pay|to|is|was|of|sales|rounded|incl\w*)\b")
_COLON = re.compile(r"(?i)[\s.]*(?:\b(?:no|number|nr|id|code)\b[\s.]*)?[:#=]+\s*(?P<value>\S.*)")
_NOTHING = re.compile(r"(?i)[\s.]*(?:\b(?:no|number|nr|id|code)\b)?[\s.:#=]*")
_NEXT_LABEL = re.compile(r"[\s|]+(?=[A-Z][\w.]*(?:[ /][A-Za-z][\w.]*){0,2}\s?:(?!\d))")
_ENDS_AS_LABEL = re.compile(r"[^\W\d][^:]*:(?:\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands right of a label. `extras` counts words that are not the label's own.

    `figures` is the row's text up to the next words, `words` the value as a whole, "" if there is
    no clear one.
    """

    extras: int
    figures: str
    words: str


def labels_of(name: str, schema: Mapping[str, Any]) -> tuple[Label, ...]:
    """The labels that a field may have on a page, surest first."""
    texts = [name.replace("_", " "), str(schema.get("title", ""))]
    told = str(schema.get("description", ""))
    texts += _QUOTED.findall(told)
    phrases = re.split(r"[,;:.()\n/]|\bor\b", _QUOTED.sub(" ", told))
    texts += [phrase for phrase in phrases if len(_WORD.findall(phrase)) <= _MOST_WORDS]
    found = (tuple(stem(word.casefold()) for word, _, _ in _words(text)) for text in texts)
    return tuple(dict.fromkeys(label for label in found if label))


class Labelled:
    """A page on which labels are looked for."""

    def __init__(self, reading: Reading) -> None:
        self.layout = Layout(reading)

    @cached_property
    def rows(self) -> list[list[str]]:
        """The lines of each row, left to right."""
        return [[self.layout.lines[i].text for i in row] for row in self.layout.rows]

    def beside(self, label: Label) -> list[Beside]:
        """What stands beside the label, wherever it stands."""
        return [
            found
            for row in self.rows
            for place, line in enumerate(row)
            for found in _in_line(line, row[place + 1 :], label)
        ]


def _in_line(line: str, right: list[str], label: Label) -> Iterator[Beside]:
    words = list(_words(line))
    for first, _ in enumerate(words):
        length = _matched(words[first:], label, line)
        if not length:
            continue
        before = line[: words[first][1]]
        led = [word for word, start, _ in words[:first] if start >= _since(before)]
        if any(word.casefold() not in _BEFORE for word in led):
            continue
        after = line[words[first + length - 1][2] :]
        figures = _figures(after, right)
        begins = not any(map(str.isalnum, before))
        yield Beside(
            extras=len(led) + len(_WORDED.findall(figures[0])),
            figures=figures[1],
            words=_value(after, right if begins else []),
        )


def _matched(words: list[tuple[str, int, int]], label: Label, line: str) -> int:
    """How many words the label takes here; 0 when it does not stand here."""
    said = [stem(word.casefold()) for word, _, _ in words[: len(label)]]
    if len(said) == len(label) and all(
        likeness(term, [word]) >= SYNONYM for term, word in zip(label, said, strict=True)
    ):
        return len(label)
    if len(label) > 1 and label[-1] in _NUMBERING:  # "Invoice #: 4711"
        short = label[:-1]
        same = all(likeness(t, [w]) >= SYNONYM for t, w in zip(short, said, strict=False))
        if len(said) >= len(short) and same:
            follows = line[words[len(short) - 1][2] :].lstrip(" .")
            return len(short) if follows.startswith("#") else 0
    return 0


def _since(before: str) -> int:
    """Where the value of another label ends, so that this label begins anew."""
    ends = [match.end() for match in re.finditer(r"\d[.,]\d\d\b|[|;]|:\s*\S+\s", before)]
    return max(ends, default=0)


def _figures(after: str, right: list[str]) -> tuple[str, str]:
    """What stands between label and figures, and the figures up to the next words."""
    text = without_currency("  ".join((after, *right)))
    start = FIGURE.search(text)
    any_digit = re.search(r"\d", text)
    between = _BETWEEN.match(text)
    end = between.end() if between else 0
    if start is None or any_digit is None:
        return "", ""
    if end < any_digit.start():
        return "", ""  # other words stand before the value
    rest = text[end:]
    other = re.search(r"[^\W\d_]{3}", rest)
    return text[:end], rest[: other.start()] if other else rest


def _value(after: str, right: list[str]) -> str:
    """The words that are the value of a label, "" where that is not clear."""
    if match := _COLON.fullmatch(after):
        return _NEXT_LABEL.split(match["value"])[0].strip()
    if right and _NOTHING.fullmatch(after) and not _ENDS_AS_LABEL.match(right[0]):
        return right[0].strip(" :")
    return ""


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text with their places; "InvoiceNo" is two."""
    for match in _WORD.finditer(text):
        cuts = [0, *(cut.start() for cut in _CASE_CHANGE.finditer(match.group()))]
        for start, end in zip(cuts, [*cuts[1:], len(match.group())], strict=True):
            yield match.group()[start:end], match.start() + start, match.start() + end
