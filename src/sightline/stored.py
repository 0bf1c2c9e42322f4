"""Readings, regions and what is known of a frame as short JSON for a column of a table, and back.

Coordinates, confidences and scores are whole numbers of 1/100,000.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from sightline.assets import Film, Line, Reading, Word
from sightline.geometry import Point, Polygon
from sightline.regions import Region

_GRID: Final = 100_000
_HALVES: Final = re.compile("[\ud800-\udfff]")  # of a sign; alone they are no UTF-8


def reading_text(reading: Reading) -> str:
    """A reading as nested lists."""
    return _written(
        [[*_read(line), [_read(word) for word in line.words]] for line in reading.lines]
    )


def reading_of(text: str) -> Reading:
    """The reading that `reading_text` wrote."""
    return Reading(
        tuple(
            Line(
                text,
                _polygon(corners),
                confidence / _GRID,
                tuple(Word(word, _polygon(points), sure / _GRID) for word, sure, points in words),
            )
            for text, confidence, corners, words in json.loads(text)
        )
    )


def film_text(film: Film) -> str:
    """What is known of a frame of a video."""
    return _written(asdict(film))


def film_of(text: str) -> Film:
    """What `film_text` wrote; what a later version wrote besides is passed over."""
    known = {field.name for field in fields(Film)}
    return Film(**{name: value for name, value in json.loads(text).items() if name in known})


def regions_text(regions: Iterable[Region]) -> str:
    """Regions as nested lists."""
    return _written(
        [
            [
                region.label, _corners(region.polygon), round(region.score * _GRID),
                region.source, region.words, region.broader, region.text, region.perhaps,
            ]
            for region in regions
        ]
    )  # fmt: skip


def regions_of(text: str) -> list[Region]:
    """The regions that `regions_text` wrote."""
    return [
        Region(
            label=label,
            polygon=_polygon(corners),
            score=score / _GRID,
            source=source,
            words=tuple(words),
            broader=tuple(broader),
            text=written,
            perhaps=tuple(perhaps),
        )
        for label, corners, score, source, words, broader, written, perhaps in json.loads(text)
    ]


def _read(item: Line | Word) -> list[Any]:
    return [item.text, round(item.confidence * _GRID), _corners(item.polygon)]


def _corners(polygon: Polygon) -> list[int]:
    return [round(n * _GRID) for point in polygon for n in (point.x, point.y)]


def _polygon(corners: Sequence[int]) -> Polygon:
    xs, ys = corners[::2], corners[1::2]
    return tuple(Point(x / _GRID, y / _GRID) for x, y in zip(xs, ys, strict=True))


def _written(value: Any) -> str:  # noqa: ANN401 (any JSON)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
