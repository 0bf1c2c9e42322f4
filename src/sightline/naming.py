"""Which of the things that were found a noun phrase names.

The longest name at the phrase's end decides: "a red sports car" is a "sports car" before it is a
"car". Words before a name do not unmake it, but they can say another kind of the same thing: a
"pickup truck" is no "fire engine", though both are trucks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sightline.english_words import COLOURS, FUNCTION_WORDS, NOT_THINGS, is_plain_adjective
from sightline.regions import Region
from sightline.synonyms import AMBIGUOUS, OPAQUE, TOO_GENERAL, key, kinds_of, same_as, singular

Similarity = Callable[[Sequence[str], Sequence[str]], NDArray[np.float32]]
"""Cosines of meanings: `similarity(a, b)` is (len(a), len(b)), −1..1."""

SAME_MEANING = 0.78
"""Cosine from which a phrase and a name mean the same thing.

Measured with MiniLM on names of one thing and names of near things (`tests/same_things.py`): no
pair of two things reaches it, the nearest is frog and toad at 0.755.
"""

_OPAQUE = {key(name) for name in OPAQUE}
_TOO_GENERAL = {key(name) for name in TOO_GENERAL}
_SHORTEST_MEANING = 3
_LONGEST_NAME = 8  # words

Name = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Label, words, broader names, and what it may be taken for."""


class Names:
    """The names of the things found on a picture, looked up by the ends of phrases."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._regions: dict[Name, list[Region]] = defaultdict(list)
        for region in sorted(regions, key=lambda region: -region.score):
            name = region.label, region.words, region.broader, region.perhaps
            self._regions[name].append(region)
        self._exact: dict[str, dict[Name, None]] = defaultdict(dict)
        self._wide: dict[str, dict[Name, None]] = defaultdict(dict)
        self._perhaps: dict[str, dict[Name, None]] = defaultdict(dict)
        for name in self._regions:
            exact = _exact_keys(name)
            for found in exact:
                self._exact[found][name] = None
            for found in _wide_keys(name, exact):
                self._wide[found][name] = None
            for thing in name[3]:
                for found in {key(thing), *same_as(key(thing))}:
                    self._perhaps[found][name] = None

    @property
    def known(self) -> set[tuple[str, ...]]:
        """All names of several words, in the singular, for finding them in a text."""
        names = {text for label, words, *_ in self._regions for text in (label, *words)}
        names |= {text for _, _, broader, _ in self._regions for text in broader}
        return {words for text in names if len(words := name_words(text)) > 1}

    @property
    def sayable(self) -> dict[str, list[Name]]:
        """The names a phrase can be compared with by meaning."""
        found: dict[str, list[Name]] = defaultdict(list)
        for name in self._regions:
            label, words, *_ = name
            for text in dict.fromkeys((label, *words)):
                if text == label or key(text) not in AMBIGUOUS:
                    found[text.casefold()].append(name)
        return found

    def named(self, words: Sequence[str]) -> list[Region]:
        """The regions that a phrase of these words names literally, surest first."""
        words = words[-_LONGEST_NAME:]
        joined = tuple(map(singular, words))
        first_opaque = next(
            (i for i in range(len(joined) - 1) if "".join(joined[i:]) in _OPAQUE), len(joined)
        )
        for start in range(min(first_opaque + 1, len(joined))):
            end = "".join(joined[start:])
            names = dict(self._exact.get(end, {}))
            if len(joined) - start == 1:
                names |= self._exact.get(words[-1], {})  # "glasses"
            before = joined[:start]
            for name in self._wide.get(end, ()):
                label = name_words(name[0])
                if all(is_plain_adjective(word) or word in label for word in before):
                    names[name] = None
            if names:
                return self.regions(names)
        return []

    def taken_for(self, words: Sequence[str]) -> list[Region]:
        """The regions whose engine has no name for what these words end in, and shows this."""
        joined = tuple(map(singular, words[-_LONGEST_NAME:]))
        for start in range(len(joined)):
            if names := self._perhaps.get("".join(joined[start:])):
                return self.regions(names)
        return []

    def regions(self, names: Iterable[Name]) -> list[Region]:
        """The regions of these names, surest first."""
        found = [region for name in names for region in self._regions[name]]
        return sorted(found, key=lambda region: -region.score)


def meant(
    phrases: Sequence[Sequence[str]], names: Names, similarity: Similarity
) -> list[list[Region]]:
    """For each phrase the regions whose names mean the same, though no word agrees."""
    said = [comparable(words) for words in phrases]
    asked = list(dict.fromkeys(text for text in said if text))
    sayable = names.sayable
    if not asked or not sayable:
        return [[] for _ in phrases]
    labels = list(sayable)
    cosines = np.asarray(similarity(asked, labels))
    found: dict[str, list[Region]] = {}
    for text, row in zip(asked, cosines, strict=True):
        close = [
            name
            for column in np.flatnonzero(row >= SAME_MEANING)
            if not _decided(text, labels[column])
            for name in sayable[labels[column]]
        ]
        found[text] = names.regions(dict.fromkeys(close))
    return [found.get(text, []) for text in said]


def comparable(words: Sequence[str]) -> str:
    """A phrase as its meaning is compared: without what only describes; empty for no thing."""
    start = 0
    while start < len(words) - 1 and is_plain_adjective(words[start]):
        start += 1
    head = words[-1]
    if head in NOT_THINGS or head in COLOURS or len(head) < _SHORTEST_MEANING:
        return ""
    return " ".join(words[start:])


@lru_cache(maxsize=20_000)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name in the singular."""
    plain = name.casefold().replace("-", " ")
    return tuple(singular(word) for word in plain.split())


def _exact_keys(name: Name) -> set[str]:
    label, words, *_ = name
    own = key(label)
    exact = {own, label.casefold(), *same_as(own)}
    for word in words:
        other = key(word)
        if other == own or other not in AMBIGUOUS:
            exact.add(other)
    return exact - {""}


def _wide_keys(name: Name, exact: set[str]) -> set[str]:
    label, _, broader, _ = name
    wide = {found for kind in broader if (found := key(kind)) not in AMBIGUOUS}
    wide |= {other for kind in broader for other in same_as(key(kind)) if key(kind) != "person"}
    wide |= {kind for own in exact for kind in kinds_of(own)}
    words = name_words(label)
    if not FUNCTION_WORDS.intersection(words):
        for start in range(1, len(words)):
            if "".join(words[start - 1 :]) in _OPAQUE:
                break
            wide.add("".join(words[start:]))
            wide |= kinds_of("".join(words[start:]))
    return wide - _TOO_GENERAL - exact - {""}


def _decided(phrase: str, label: str) -> bool:
    """Whether the words themselves have said that the two differ.

    "Car wheel" and "car", "rocking chair" and "folding chair", "sail" and "sailboat" are as close
    in meaning as synonyms are; where they share a word, only the words decide.
    """
    one, other = name_words(phrase), name_words(label)
    if set(one) & set(other):
        return True
    joined = ("".join(one), "".join(other))
    return joined[0].startswith(joined[1]) or joined[1].startswith(joined[0])
