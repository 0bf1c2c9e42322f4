"""Words as the built-in answerer compares them: stems, tolerant of glued and misread print."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

from snowballstemmer import stemmer  # type: ignore[import-untyped]

from sightline.english_words import vocabulary

SAME, SYNONYM, MISREAD, GLUED = 1.0, 0.9, 0.8, 0.7
"""How surely two words are the same; from `GLUED` on they count as a hit."""

_MISREAD_RATIO = 0.83  # one wrong letter in six
_SHORTEST_GLUED, _SHORTEST_MISREAD = 4, 5

_TOKEN = re.compile(
    r"\d+(?:[.,:/-]\d+)*"  # 39.90, 20/04/2018, 1887-90
    r"|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"  # scripts without blanks: each sign a word
    r"|[^\W\d_]+(?:['’][^\W\d_]+)?"
)
_CASE_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


_FUNCTION_WORDS = vocabulary(
    """
    a about above after all also an and any are as at be been being below beneath beside between but
    by can could did do does doing each for from had has have having he her here his how i if in
    into is it its itself may me might my near next no nor not of off on one's onto or our out over
    please she should so some than that the their them then there these they this those to too under
    until up upon us was we were what when where which while who whom whose why will with within
    would you your tell show shows shown say said says give gives given name named mention mentioned
    print printed read reads see seen write written call called find found list listed image images
    picture pictures photo photos photograph display displayed contain contains many much exactly
    according kind sort type get got one ones thing things text whole
    """
)
NUMBER_WORDS = {
    "zero": "0",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
}
_SYNONYMS = (
    "tax taxes gst vat",
    "phone telephone tel mobile cell",
    "buy bought purchase purchased",
    "amount amt sum",
    "quantity qty",
    "number no nr num",
    "company firm business merchant vendor supplier shop store restaurant",
    "invoice receipt bill",
    "inclusive including included incl inc",
    "exclusive excluding excluded excl",
    "address addr",
    "people persons occupants guests users",
    "weigh weighs weight",
    "wide width",
    "high tall height",
    "long length",
    "deep depth",
    "cost costs price",
    "role title position",
    "mail email",
    "expire expires expiry exp",
    "depart departs departure",
    "arrive arrives arrival",
    "opening open opens hours",
    "warranty guarantee guaranteed",
    "document doc",
    "made crafted constructed built manufactured composed consists",
    "colour color coloured colored",
)


def words(text: str) -> list[str]:
    """The words and numbers of a text, in order, as they are compared before stemming."""
    plain = unicodedata.normalize("NFKC", text)
    return [word.casefold() for word in _TOKEN.findall(_CASE_CHANGE.sub(" ", plain))]


def terms(text: str) -> tuple[str, ...]:
    """The stems of the words that carry meaning, each once, in order; number words as digits."""
    found = (NUMBER_WORDS.get(word, word) for word in words(text) if word not in _FUNCTION_WORDS)
    return tuple(dict.fromkeys(stem(word) for word in found))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The English stem of a word (Porter 2); words of other languages pass nearly unchanged."""
    # A stemmer keeps the word it works on, so threads must not share one.
    return str(stemmer("english").stemWord(word))


def likeness(term: str, candidates: Iterable[str]) -> float:
    """How surely one of the candidates is the term: 1 the same, 0 none of them."""
    return max((_alike(term, candidate) for candidate in candidates), default=0.0)


@lru_cache(maxsize=100_000)
def _alike(asked: str, printed: str) -> float:
    if asked == printed:
        return SAME
    if _GROUP_OF.get(asked, asked) == _GROUP_OF.get(printed, printed):
        return SYNONYM
    shorter = min(len(asked), len(printed))
    if asked.isdigit() or shorter < _SHORTEST_GLUED:
        return 0.0
    if printed.startswith(asked):
        return GLUED
    if printed.endswith(asked):
        return GLUED / 2  # "subtotal" is hardly "total"
    if shorter >= _SHORTEST_MISREAD:
        matcher = SequenceMatcher(None, asked, printed)
        if min(matcher.real_quick_ratio(), matcher.ratio()) >= _MISREAD_RATIO:
            return MISREAD
    return 0.0


_GROUP_OF = {stem(word): group for group in _SYNONYMS for word in group.split()}
