"""Polygons and their names drawn on a picture, to look at."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sightline.assets import Pixels
from sightline.geometry import Polygon

COLOURS: Final = (
    (214, 39, 40), (31, 119, 180), (44, 160, 44), (255, 127, 14), (148, 103, 189),
    (23, 190, 207), (227, 119, 194), (140, 86, 75),
)  # fmt: skip

_LINE = 250  # pixels of the longer side for each pixel of a line's width
_TEXT = 45  # and of the height of letters
_SMALLEST_TEXT = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A polygon and its name; without a name only the outline is drawn."""

    polygon: Polygon
    name: str = ""


def drawn(picture: Pixels, marks: Iterable[Mark]) -> Pixels:
    """The picture (height × width × 3) with these marks; those of one name have one colour."""
    image = Image.fromarray(picture)
    brush = ImageDraw.Draw(image)
    longer = max(image.size)
    width = max(round(longer / _LINE), 1)
    font = ImageFont.load_default(size=max(longer // _TEXT, _SMALLEST_TEXT))
    placed: list[tuple[float, float, float, float]] = []
    for mark in marks:
        colour = COLOURS[zlib.crc32(mark.name.encode(errors="replace")) % len(COLOURS)]
        corners = [
            (point.x * (image.width - 1), point.y * (image.height - 1)) for point in mark.polygon
        ]
        brush.line([*corners, corners[0]], fill=colour, width=width, joint="curve")
        if mark.name:
            _write(brush, font, mark.name, min(corners, key=sum), colour, placed, image.size)
    return np.array(image, dtype=np.uint8)


def _write(
    brush: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    name: str,
    corner: tuple[float, float],
    colour: tuple[int, int, int],
    placed: list[tuple[float, float, float, float]],
    size: tuple[int, int],
) -> None:
    """The name in white on its colour, at the corner, below (else above) what stands there."""
    box = brush.textbbox((0, 0), name, font=font)
    wide, high = box[2] - box[0] + 6, box[3] - box[1] + 6
    left = min(max(corner[0], 0.0), max(size[0] - wide, 0))
    top = corner[1] - high if corner[1] >= high else corner[1]
    tops = [top + step * high for step in range(max(int((size[1] - top) // high), 1))]
    tops += [top - step * high for step in range(1, int(top // high) + 1)]
    free = (
        place
        for place in tops
        if not any(
            left < other[2]
            and other[0] < left + wide
            and place < other[3]
            and other[1] < place + high
            for other in placed
        )
    )
    top = next(free, top)
    placed.append((left, top, left + wide, top + high))
    brush.rectangle(placed[-1], fill=colour)
    brush.text((left + 3 - box[0], top + 3 - box[1]), name, fill="white", font=font)
