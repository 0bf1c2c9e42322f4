"""The 1,000 classes of the ImageNet challenge, with words and broader names of WordNet 3.0."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class ImageClass:
    """A class: `name` is shown and unique; `words` are all names of its synset.

    `broader` are names of what it is a kind of, from near to far.
    """

    name: str
    words: tuple[str, ...]
    broader: tuple[str, ...]


@cache
def image_classes() -> tuple[ImageClass, ...]:
    """All classes in the order of a network's outputs (by WordNet id)."""
    table = files("sightline.vision") / "data" / "imagenet_classes.tsv"
    _, *rows = table.read_text(encoding="utf-8").splitlines()
    classes = []
    for row in rows:
        _, name, words, broader = row.split("\t")
        above = tuple(broader.split("; ")) if broader else ()
        classes.append(ImageClass(name, tuple(words.split("; ")), above))
    return tuple(classes)
