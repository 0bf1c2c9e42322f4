"""JSON somewhere in a text: between prose, in code fences, broken off, or a little wrong.

Brackets are matched first, in one pass, and whole values are decoded from the outside in. So what
is complete in a text that breaks off is found, and half an entry never passes for a whole one.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sightline.untrusted import shortened

DEEPEST = 20
"""Brackets within brackets; no list of boxes needs a fifth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The values of a text in order, numbers as floats.

    `broken` are entries that are no JSON; `cut` says that a bracket was never closed.
    """

    values: tuple[object, ...]
    broken: tuple[str, ...] = ()
    cut: bool = False


@dataclass(slots=True)
class _Span:
    """From an opening bracket to its end, and the spans within; `end` 0 is never closed."""

    start: int
    opening: str
    end: int = 0
    inner: list["_Span"] = field(default_factory=list)


def json_values(text: str) -> Found:
    """Every outermost value in brackets that can be decoded, and what could not be."""
    broken: list[str] = []
    spans = _spans(text)
    values = [value for span in spans for value in _decoded(text, span, broken)]
    return Found(values=tuple(values), broken=tuple(broken), cut=_has_open(spans))


# A bracket that begins JSON; "[see below]" in a sentence does not.
_MARKS = re.compile(r'\\.|"|\{(?=\s*(?:["}]|$))|\[(?=\s*(?:[\[\]{"\d.\-ntf]|$))|[\]}]', re.DOTALL)
_OPENING = {"}": "{", "]": "["}


def _spans(text: str) -> list[_Span]:
    outermost = _Span(0, "")
    opened = [outermost]
    quoted = False
    for match in _MARKS.finditer(text):
        mark = match.group()
        if mark == '"':
            quoted = not quoted and len(opened) > 1
        elif quoted or mark.startswith("\\"):
            continue
        elif mark not in _OPENING:
            if len(opened) <= DEEPEST:
                opened.append(_Span(match.start(), mark))
                opened[-2].inner.append(opened[-1])
        elif any(span.opening == _OPENING[mark] for span in opened):
            while opened[-1].opening != _OPENING[mark]:
                opened.pop()
            opened.pop().end = match.end()
    return outermost.inner


def _has_open(spans: list[_Span]) -> bool:
    return any(not span.end or _has_open(span.inner) for span in spans)


_DECODER = json.JSONDecoder(strict=False, parse_int=float)


def _decoded(text: str, span: _Span, broken: list[str]) -> Iterator[object]:
    if span.end:
        try:
            yield _DECODER.decode(text[span.start : span.end])
        except ValueError:
            pass
        else:
            return
    inside = [value for inner in span.inner for value in _decoded(text, inner, broken)]
    if span.opening == "{":
        # Numbers out of half an object would be a box without its name.
        inside = [value for value in inside if _holds_objects(value)]
    yield from inside
    if span.end and not inside:
        words = shortened(" ".join(text[span.start : span.end].split()), 80)
        broken.append(f"expected JSON, got {words}")


def _holds_objects(value: object) -> bool:
    if isinstance(value, list):
        return any(_holds_objects(item) for item in value)
    return isinstance(value, dict)
