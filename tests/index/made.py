"""Rows made for these tests: small vectors, every field filled with something of its own."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from sightline.assets import Asset, Line, Page, Place, Reading, Row, Tag, Vector, Whole, Word
from sightline.geometry import Point, Polygon
from sightline.index.base import IndexInfo
from sightline.vision.base import Identity

SOURCE = "folder:/photos"
WHOLE = Whole()

INFO = IndexInfo(
    name="shop",
    encoder=Identity(name="eyes", version="1", dimension=16),
    text_encoder=Identity(name="words", version="2", dimension=8),
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


def row(
    key: str,
    *,
    place: Place = WHOLE,
    source: str = SOURCE,
    description: str = "",
    text: Sequence[str] = (),
    tags: Sequence[Tag] = (),
    taken_at: datetime | None = None,
    version: int = 1,
) -> Row:
    """A row whose vectors follow from key, place and version, and so are always the same."""
    chance = np.random.default_rng(seed(key, place, version))
    lines = tuple(
        Line(line, box(i), 0.9, (Word(line, box(i), 0.8),)) for i, line in enumerate(text)
    )
    return Row(
        asset=Asset(
            id=hashlib.sha256(f"{source}\0{key}\0{place}".encode()).hexdigest()[:24],
            key=key,
            source=source,
            location=f"/photos/{key}",
            place=place,
            sha256=hashlib.sha256(f"{key} {version}".encode()).hexdigest(),
            size=1000 + version,
            etag=f'"{version}"',
            media_type="image/jpeg",
            width=640,
            height=480,
            description=description,
            reading=Reading(lines) if lines else None,
            tags=tuple(tags),
            taken_at=taken_at,
            indexed_at=datetime(2026, 5, 6, 7, 8, 9, 123456, tzinfo=UTC),
        ),
        vector=direction(chance, 16),
        concept=direction(chance, 8) if seed(key, place, 0) % 4 else None,
        description_vector=direction(chance, 8) if description else None,
        thumbnail=b"\xff\xd8" + key.encode() + bytes([version]),
        pipeline="pipeline 1",
    )


def pages(key: str, count: int, version: int = 1) -> list[Row]:
    """The rows of a document of `count` pages."""
    return [row(key, place=Page(number, count), version=version) for number in range(1, count + 1)]


def direction(chance: np.random.Generator, dimension: int) -> Vector:
    vector = chance.standard_normal(dimension).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def box(number: int) -> Polygon:
    top = number / 100
    return (Point(0.1, top), Point(0.9, top), Point(0.9, top + 0.01), Point(0.1, top + 0.01))


def seed(key: str, place: Place, version: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{key} {place} {version}".encode()).digest()[:4])
