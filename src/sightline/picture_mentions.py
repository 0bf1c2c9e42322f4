"""Which picture a sentence speaks of: "the second picture", "image 2", "pictures 1 and 3"."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sightline.answer_words import AnswerWord

_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    "tenth",
)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_CHINESE = "一二三四五六七八九十"
_PICTURE = r"(?:pictures?|images?|photos?|photographs?|pics?)"
_ONE = rf"(?:\d{{1,2}}|{'|'.join(_NUMBERS)})"
_MENTION = re.compile(
    rf"\b(?P<ordinals>(?:{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))"
    rf"(?:\s+(?:and|or)\s+(?:the\s+)?(?:{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)))?)"
    rf"\s+{_PICTURE}\b"
    rf"|\b{_PICTURE}\s+(?:no\.?\s*|number\s+|\#\s*)?"
    rf"(?P<numbers>{_ONE}(?:(?:\s*,\s*|\s+and\s+|\s*&\s*){_ONE})*)\b(?![.,:]?\d)"
    rf"|第\s*(?P<chinese>[{_CHINESE}]|\d{{1,2}})\s*[张張幅个個]",
    re.IGNORECASE,
)
_LITTLE_BESIDE = 3  # words of a line that is a mention and hardly more: a heading


@dataclass(frozen=True, slots=True)
class PicturesMeant:
    """Which pictures may be meant where: from each of `places` on those beside it, None any."""

    places: tuple[int, ...]
    pictures: tuple[frozenset[int] | None, ...]

    def allow(self, offset: int, image_index: int) -> bool:
        """Whether the words at `offset` may speak of this picture."""
        place = bisect_right(self.places, offset) - 1
        meant = self.pictures[place] if place >= 0 else None
        return meant is None or image_index in meant


def pictures_meant(text: str, words: Sequence[AnswerWord], starts: Sequence[int]) -> PicturesMeant:
    """Reads the mentions of pictures, sentence by sentence.

    A mention holds for its sentence: for what follows it, and for what precedes the first one. A
    heading ("Image 2:") holds until the next one.
    """
    mentions = list(_MENTION.finditer(text))
    if not mentions:
        return PicturesMeant((), ())
    scopes: dict[int, frozenset[int] | None] = {}
    word_starts = [word.start for word in words]
    mention_starts = [mention.start() for mention in mentions]
    heading: frozenset[int] | None = None
    ends = [*starts[1:], len(text)]
    for start, end in zip(starts, ends, strict=True):
        here = mentions[bisect_left(mention_starts, start) : bisect_left(mention_starts, end)]
        count = bisect_right(word_starts, end - 1) - bisect_right(word_starts, start - 1)
        inside = sum(
            bisect_right(word_starts, m.end() - 1) - bisect_right(word_starts, m.start() - 1)
            for m in here
        )
        if not here:
            if text.startswith("#", start):
                heading = None
            scopes[start] = heading
        elif count - inside < _LITTLE_BESIDE - 1 and _is_heading(text, start, end):
            heading = _pictures(here[0])
            scopes[start] = heading
        else:
            scopes |= _within(start, here, word_starts)
    return PicturesMeant(tuple(scopes), tuple(scopes.values()))


def _is_heading(text: str, start: int, end: int) -> bool:
    line = text[start:end].strip()
    return line.startswith("#") or line.rstrip("*_ ").endswith((":", "："))


def _within(
    start: int, here: Sequence[re.Match[str]], word_starts: Sequence[int]
) -> dict[int, frozenset[int] | None]:
    """The scopes of one sentence with mentions."""
    first = here[0]
    said_before = bisect_right(word_starts, first.start() - 1) - bisect_right(
        word_starts, start - 1
    )
    if said_before < _LITTLE_BESIDE:  # "In the first picture …"
        return {start: _pictures(first), **{m.start(): _pictures(m) for m in here}}
    # "A dog in the first picture, a cat in the second picture": a mention follows its things.
    scopes: dict[int, frozenset[int] | None] = {}
    place = start
    for mention in here:
        scopes[place] = _pictures(mention)
        place = mention.end()
    scopes[place] = _pictures(here[-1])
    return scopes


def _pictures(mention: re.Match[str]) -> frozenset[int]:
    if said := mention["chinese"]:
        number = int(said) if said.isdigit() else _CHINESE.index(said) + 1
        return frozenset({number - 1})
    found = re.findall(r"[a-z]+|\d+", (mention["ordinals"] or mention["numbers"]).casefold())
    numbers = set()
    for word in found:
        if word.isdigit():
            numbers.add(int(word))
        for names in (_ORDINALS, _NUMBERS):
            if word in names:
                numbers.add(names.index(word) + 1)
    return frozenset(number - 1 for number in numbers)
