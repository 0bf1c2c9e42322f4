"""What the words of a search are looked up in: one text per row, and how it is split."""

import re
from collections.abc import Iterator

from sightline.assets import Asset

_PIECES = re.compile(r"[^\W\d_]+|\d+")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def searchable(asset: Asset) -> str:
    """Description, text on the picture, tags with their broader names, and the file's name."""
    return "\n".join(part for part in _parts(asset) if part)


def tag_names(asset: Asset) -> list[str]:
    """Every tag and every broader name once, case folded, for `Where.tag`."""
    names = (name for tag in asset.tags for name in (tag.name, *tag.broader))
    return list(dict.fromkeys(name.casefold() for name in names))


def pieces(name: str) -> list[str]:
    """A file's name without its ending, split where people see words.

    `'TrailMaster-x4_tent.png'` gives `['Trail', 'Master', 'x', '4', 'tent']`.
    """
    stem = name.rsplit(".", 1)[0] if "." in name[1:] else name
    return [part for run in _PIECES.findall(stem) for part in _HUMPS.split(run)]


def _parts(asset: Asset) -> Iterator[str]:
    yield asset.description
    if asset.reading is not None:
        yield asset.reading.text
    yield " ".join(tag_names(asset))
    yield " ".join(pieces(asset.name))
