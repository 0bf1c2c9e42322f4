"""The 1,000 classes of the ImageNet challenge and their kinds, with words of WordNet 3.0."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageClass:
    """A class: `name` is shown and unique; `words` are all names of its synset.

    `broader` are names of what it is a kind of, from near to far; `meaning` is its definition.
    """

    name: str
    words: tuple[str, ...]
    broader: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A broader name with the numbers of the classes below it and the names above it."""

    name: str
    members: tuple[int, ...]
    broader: tuple[str, ...]


@cache
def image_classes() -> tuple[ImageClass, ...]:
    """All classes in the order of a network's outputs (by WordNet id)."""
    table = files("sightline.vision") / "data" / "imagenet_classes.tsv"
    _, *rows = table.read_text(encoding="utf-8").splitlines()
    classes = []
    for row in rows:
        _, name, words, broader, meaning = row.split("\t")
        classes.append(
            ImageClass(
                name=name,
                words=tuple(words.split("; ")),
                broader=tuple(broader.split("; ")) if broader else (),
                meaning=meaning,
            )
        )
    return tuple(classes)


@cache
def kinds() -> tuple[Kind, ...]:
    """The broader names of all classes, each once."""
    classes = image_classes()
    members: dict[str, list[int]] = defaultdict(list)
    for number, shown in enumerate(classes):
        for name in shown.broader:
            members[name].append(number)
    return tuple(
        Kind(name=name, members=tuple(below), broader=_above(name, members))
        for name, below in members.items()
    )


def _above(name: str, members: dict[str, list[int]]) -> tuple[str, ...]:
    # What all members share is above; of names with the very same members, what comes later is.
    first, *others = (image_classes()[number].broader for number in members[name])
    place = first.index(name)
    return tuple(
        other
        for number, other in enumerate(first)
        if all(other in broader for broader in others)
        and (len(members[other]), number) > (len(members[name]), place)
    )
