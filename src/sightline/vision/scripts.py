"""Which characters a language is written with, for readers whose alphabet holds several scripts."""

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SCRIPTS = {
    "latin": ("LATIN",),
    "chinese": ("LATIN", "CJK"),
    "japanese": ("LATIN", "CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC"),
}
"""By language, the beginnings of the Unicode names of its letters."""


def foreign(alphabet: Sequence[str], language: str) -> NDArray[np.bool_]:
    """For each character whether the language is written without it.

    Figures, blanks and signs belong to every language, wide ones only to Chinese and Japanese.
    """
    names = SCRIPTS[language]
    wide = "CJK" in names
    return np.array([_is_foreign(character, names, wide=wide) for character in alphabet])


def _is_foreign(character: str, names: tuple[str, ...], *, wide: bool) -> bool:
    first = character[:1]
    if not first:
        return False
    if unicodedata.category(first).startswith("L"):
        return not unicodedata.name(first, "").startswith(names)
    return not wide and unicodedata.east_asian_width(first) in "WF"
