"""The words of a read line as Image Analysis counts them: each CJK character is one of its own."""

import re
from collections.abc import Iterator
from dataclasses import replace

from sightline.assets import Line, Word
from sightline.geometry import Point, Polygon, four_corners

_CJK = (
    "\u3000-\u30ff\u3100-\u318f\u31f0-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\uff00-\uffef\U00020000-\U0003ffff"
)
_WORDS = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")


def single_words(line: Line) -> list[Word]:
    """The line's words, taken apart where characters of Chinese, Japanese or Korean stand.

    Places inside a word, and in a line whose reader told none, are shares of its length by
    characters; the confidence is that of the whole.
    """
    whole = Word(line.text, line.polygon, line.confidence)
    return [part for word in line.words or (whole,) for part in _parts(word)]


def _parts(word: Word) -> Iterator[Word]:
    length = len(word.text)
    for run in _WORDS.finditer(word.text):
        if run.end() - run.start() == length:
            yield word
        else:
            place = _stretch(word.polygon, run.start() / length, run.end() / length)
            yield replace(word, text=run.group(), polygon=place)


def _stretch(polygon: Polygon, start: float, end: float) -> Polygon:
    """The part of a line's polygon between two shares of its length."""
    top_left, top_right, bottom_right, bottom_left = four_corners(polygon)
    return (
        _between(top_left, top_right, start),
        _between(top_left, top_right, end),
        _between(bottom_left, bottom_right, end),
        _between(bottom_left, bottom_right, start),
    )


def _between(one: Point, other: Point, share: float) -> Point:
    return Point(one.x + (other.x - one.x) * share, one.y + (other.y - one.y) * share)
