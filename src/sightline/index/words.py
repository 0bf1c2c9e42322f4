"""What the words of a search are looked up in: one text for each row, and how it is split."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from sightline.assets import Asset

COMMON: Final = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is"),
        *("it", "no", "not", "of", "on", "or", "such", "that", "the", "their", "then", "there"),
        *("these", "they", "this", "to", "was", "will", "with"),
    )
)
"""Words that the engine leaves out of what it looks up."""

_ASKED: Final = 64
_RUN: Final = re.compile(r"[^\W\d_]+|\d+")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNSPACED: Final = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff"  # Korean: words carry their particles
    "\u3040-\u30ff\u31f0-\u31ff"  # Japanese syllables
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
    "]+"
)


def searchable(asset: Asset) -> str:
    """Description, text on the picture, tags with their broader names, and the file's name.

    Of a frame of a video also what is said while it is shown.
    """
    return "\n".join(spaced(part) for part in _parts(asset) if part)


def asked(words: str) -> str:
    """The words of a search, to look up in what `searchable` gave: each once, the first 64.

    Each further word costs time (5 ms in 100,000 rows) and adds little to a long question.
    """
    return " ".join(list(dict.fromkeys(spaced(plain(words), single=False).split()))[:_ASKED])


def tag_names(asset: Asset) -> list[str]:
    """Every tag and every broader name once, case folded, for `Where.tag`."""
    names = (name for tag in asset.tags for name in (tag.name, *tag.broader))
    return list(dict.fromkeys(name.casefold() for name in names))


def pieces(name: str) -> list[str]:
    """A file's name without its ending, split where people see words.

    `'TrailMaster-x4_tent.png'` gives `['Trail', 'Master', 'x', '4', 'tent']`.
    """
    stem = name.rpartition(".")[0] or name
    return [part for run in _RUN.findall(stem) for part in _HUMP.split(run)]


def plain(text: str) -> str:
    """The same text; half a surrogate pair, which is no character, becomes a question mark."""
    return text.encode(errors="replace").decode()


def spaced(text: str, *, single: bool = True) -> str:
    """A text with spaces between its words, also in scripts that write none.

    There every pair of neighbouring characters becomes a word, and with `single` every character
    too, so that a part of a longer run is found. Compatible forms (full width, ligatures) become
    plain ones.
    """

    def cut(run: re.Match[str]) -> str:
        letters = [char for char in run[0] if not unicodedata.category(char).startswith("M")]
        pairs = [a + b for a, b in pairwise(letters)]
        return f" {' '.join([*letters, *pairs] if single or not pairs else pairs)} "

    return _UNSPACED.sub(cut, unicodedata.normalize("NFKC", text))


def _parts(asset: Asset) -> Iterator[str]:
    yield asset.description
    if asset.reading is not None:
        yield asset.reading.text
    if asset.film is not None:
        yield asset.film.spoken
    yield " ".join(tag_names(asset))
    yield " ".join(pieces(asset.name))
