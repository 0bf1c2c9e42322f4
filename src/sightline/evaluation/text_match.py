"""How text is compared when answers and readings are scored. Pure functions."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

_OTHER = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+")


def normalised(text: str) -> str:
    """Compatible characters made one (NFKC), lower case, letters and digits only.

    Everything else separates words, which stand one blank apart: `'Tel.: 03-87 m²'` gives
    `'tel 03 87 m2'`.
    """
    return _OTHER.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()


def words_found(truth: str, read: str) -> tuple[int, int]:
    """How many words of the truth stand in what was read, and how many there are.

    Both are bags of words: order does not count, and a word that occurs twice must be read twice.
    """
    wanted, got = (Counter(normalised(text).split()) for text in (truth, read))
    return (wanted & got).total(), wanted.total()


def field_is_read(value: str, read: str) -> bool:
    """Whether the normalised value is a part of the normalised text that was read."""
    return normalised(value) in normalised(read)


def edits(truth: str, read: str) -> tuple[int, int]:
    """Edit distance of the normalised texts, and the length of the truth, in characters."""
    one, other = normalised(truth), normalised(read)
    return _distance(one, other), len(one)


def groups_found(answer: str, groups: Sequence[Sequence[str]]) -> list[bool]:
    """For each group, whether one of its strings stands in the answer.

    Case and accents do not count. A number must not be part of a longer one, and one that stands
    alone not part of a word: `'4'` is in "4 people" and not in "X4" or "14", `'20 mg'` not in
    "120 mg".
    """
    folded = _folded(answer)
    return [any(_stands_in(_folded(text), folded) for text in group) for group in groups]


def _stands_in(text: str, answer: str) -> bool:
    if _NUMBER.fullmatch(text):
        return re.search(rf"(?<![^\W_]){text}(?![^\W_])", answer) is not None
    before = r"(?<!\d)" if text[:1].isdigit() else ""
    after = r"(?!\d)" if text[-1:].isdigit() else ""
    return re.search(f"{before}{re.escape(text)}{after}", answer) is not None


def _folded(text: str) -> str:
    """Lower case without accents; blanks of any kind are one."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).lower().split())


def _distance(one: str, other: str) -> int:
    """Insertions, deletions and exchanges that make one of the other (Levenshtein 1966)."""
    letters = np.array([ord(letter) for letter in other], dtype=np.int64)
    places = np.arange(len(other) + 1)
    row = places.copy()
    for count, letter in enumerate(one, start=1):
        above = np.minimum(row[1:] + 1, row[:-1] + (letters != ord(letter)))
        row = np.concatenate([[count], above])
        # An insertion costs one for each step to the right: the cheapest start, carried along.
        row = np.minimum.accumulate(row - places) + places
    return int(row[-1])
