"""Words of an answer tied to regions of the pictures they speak of. Pure: text in, spans out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sightline.assets import Reading
from sightline.geometry import Polygon
from sightline.regions import Region

Similarity = Callable[[Sequence[str], Sequence[str]], NDArray[np.float32]]
"""Cosines of meanings: `similarity(a, b)` is (len(a), len(b)), −1..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found on one picture of a question; `image_index` counts from 0."""

    image_index: int
    regions: tuple[Region, ...] = ()
    reading: Reading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of an answer tied to a place on a picture.

    `text` is `answer[offset : offset + length]`, counted in code points. `label` is what was found
    there: the region's, or the read text. `score` is the region's, or the reader's confidence.
    """

    text: str
    offset: int
    length: int
    polygon: Polygon
    image_index: int
    label: str
    score: float
    source: str
