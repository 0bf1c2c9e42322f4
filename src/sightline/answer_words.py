"""The words of an answer with their places in it: what may be tied to a picture, and what may not.

Offsets are those of the text as it was given, in code points, whatever is done to compare words.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from sightline.sentences import first_end

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff66-\uff9f\U00020000-\U0003ffff"
_MARK = "\ue000"  # stands for any combining mark while words are looked for
_SELECTORS = range(0xFE00, 0xFE10)  # of emoji: no part of a word
_WORD = re.compile(
    rf"\d+(?:[.,:/-]\d+)*|[{_CJK}]{_MARK}*"
    rf"|(?:(?![{_CJK}])[^\W\d_])(?:(?![{_CJK}])(?:[^\W\d_]|{_MARK}))*"
)
_FENCE = re.compile(
    r"^[ \t>]*(`{3,}|~{3,}).*?(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_NOT_WORDS = re.compile(
    r"[\[【［]\s*docs?\s*\d[^\]】］\n]{0,100}[\]】］]"  # [doc1]
    r"|(?<=\])\([^()\s]*(?:\s+\"[^\"\n]*\")?\)"  # where a link leads
    r"|\b[a-z][a-z0-9+.-]{1,20}://[^\s<>)\]]+|\bwww\.[^\s<>)\]]+"
    r"|</?[a-z][^<>\n]{0,300}>",
    re.IGNORECASE,
)
_BLANK = re.compile(r"[^\S\n]*(?:\n[^\S\n]*)?|['’]")
_HYPHENS = {"-", "‐", "‑"}
_EMPHASIS = re.compile(r"[^\S\n]*[*_`~\[\]][*_`~\[\] \t]*")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_THOUSANDS = 3


class Gap(IntEnum):
    """What lies between a word and the one before it."""

    BLANK = 0  # nothing, a blank or an apostrophe
    HYPHEN = 1
    EMPHASIS = 2  # marks like ** that a reader does not see
    CUT = 3  # punctuation, another line of a list, a citation: another phrase begins


@dataclass(frozen=True, slots=True)
class AnswerWord:
    """A word or number at `start`..`end`; `text` is how it is compared, `gap` what precedes it.

    A number has its digits only, with a point before its decimals. `is_name`: it is written with
    a capital letter.
    """

    text: str
    start: int
    end: int
    gap: Gap
    is_number: bool
    is_name: bool = False


def answer_words(text: str) -> list[AnswerWord]:
    """The words of an answer in Markdown. Code blocks, addresses and citation marks have none."""
    shadow = _shadow(text)
    for blank in (_FENCE, _NOT_WORDS):
        shadow = blank.sub(lambda match: "\0" * len(match.group()), shadow)
    return _words(text, shadow)


def printed_words(text: str) -> list[AnswerWord]:
    """The words of a line as it was read: nothing in it is markup."""
    return _words(text, _shadow(text))


def sentence_starts(text: str) -> Iterator[int]:
    """Where each sentence of the text begins, in order; a line's end always ends one."""
    start = 0
    for line in text.splitlines(keepends=True):
        yield start
        place = 0
        while end := first_end(line[place:]):
            place += end
            if place >= len(line):
                break
            yield start + place
        start += len(line)


def _shadow(text: str) -> str:
    """The text with one letter for every combining mark; as long as the text."""
    marks = {
        ord(character): _MARK
        for character in set(text)
        if not character.isascii()
        and unicodedata.category(character) in {"Mn", "Mc"}
        and ord(character) not in _SELECTORS
    }
    return text.replace(_MARK, "\0").translate(marks)


def _words(text: str, shadow: str) -> list[AnswerWord]:
    words: list[AnswerWord] = []
    end = 0
    for match in _WORD.finditer(shadow):
        written = text[match.start() : match.end()]
        is_number = written[0].isdigit()
        words.append(
            AnswerWord(
                text=_figure(written) if is_number else _plain(written),
                start=match.start(),
                end=match.end(),
                gap=_gap(shadow[end : match.start()], first=not words),
                is_number=is_number,
                is_name=written[0].isupper(),
            )
        )
        end = match.end()
    return words


def _gap(between: str, *, first: bool) -> Gap:
    if first:
        return Gap.CUT
    if between in _HYPHENS:
        return Gap.HYPHEN
    if _BLANK.fullmatch(between):
        return Gap.BLANK
    return Gap.EMPHASIS if _EMPHASIS.fullmatch(between) else Gap.CUT


def _plain(word: str) -> str:
    """Without case, widths of print and, in Latin script, accents: readers lose them."""
    if word.isascii():
        return word.casefold()
    plain = unicodedata.normalize("NFKC", word).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    return bare if bare.isascii() else plain


def _figure(number: str) -> str:
    """The digits: 1,234.50 and 1234,50 give 1234.50; 24-05-2018 gives 24052018."""
    *whole, last = re.split(r"[.,:/-]", unicodedata.normalize("NFKC", number))
    decimals = whole and len(last) < _THOUSANDS
    return "".join(whole) + ("." if decimals else "") + last
