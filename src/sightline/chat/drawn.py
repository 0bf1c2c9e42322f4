"""What a model drew, in the numbers it wrote, and where that lies on the picture. Pure."""

import math
from dataclasses import dataclass

from sightline.geometry import Point, Polygon
from sightline.untrusted import shortened, storable

OUTSIDE = 0.01
"""How far outside the picture, as a share of its side, a corner is clipped and not refused."""

POINT_SIDE = 0.04
"""Sides of the mark around a point, as shares of the picture's width and height."""

_BOX_CORNERS = 2
_POLYGON_CORNERS = 4

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One thing in the model's own numbers, x before y.

    One corner is a point, two are the top left and the bottom right of a box, more a polygon.
    """

    label: str
    corners: tuple[Corner, ...]
    score: float = 1.0

    @property
    def is_point(self) -> bool:
        """Whether the model said a place and no extent."""
        return len(self.corners) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """All that a text draws. `refused`: what looked like a box and is none, with the reason.

    `none` says that an empty list was written. `cut` says that the text broke off.
    """

    things: tuple[Drawn, ...]
    refused: tuple[str, ...] = ()
    none: bool = False
    cut: bool = False


def placed(drawn: Drawn, scale: tuple[float, float]) -> Polygon | str:
    """Its polygon on the picture, or the reason why it has none.

    `scale` is what the model calls the picture's right and bottom edge. A point becomes a mark of
    `POINT_SIDE` around it.
    """
    corners = [(x / scale[0], y / scale[1]) for x, y in drawn.corners]
    for (x, y), (written_x, written_y) in zip(corners, drawn.corners, strict=True):
        for axis, share, value, most in (("x", x, written_x, 0), ("y", y, written_y, 1)):
            if not -OUTSIDE <= share <= 1 + OUTSIDE:
                expected = f"expected {axis} in 0..{scale[most]:g}"
                return f"{named(drawn.label)}: {expected}, got {value:g}"
    points = [Point(_clipped(x), _clipped(y)) for x, y in corners]
    if drawn.is_point:
        return _around(points[0])
    if len(points) == _BOX_CORNERS:
        first, last = points
        if not (first.x < last.x and first.y < last.y):
            written = ", ".join(f"{number:g}" for corner in drawn.corners for number in corner)
            return f"{named(drawn.label)}: expected left < right and top < bottom, got {written}"
        return _rectangle(first.x, first.y, last.x, last.y)
    if len({(point.x, point.y) for point in points}) < _BOX_CORNERS + 1:
        return f"{named(drawn.label)}: expected a polygon with an area, got corners that coincide"
    # A triangle is closed, so that every polygon has four points.
    return tuple(points if len(points) >= _POLYGON_CORNERS else [*points, points[0]])


def fits(drawn: Drawn, scale: tuple[float, float]) -> bool:
    """Whether every corner lies on a picture of that scale."""
    return all(
        -OUTSIDE <= value / edge <= 1 + OUTSIDE
        for corner in drawn.corners
        for value, edge in zip(corner, scale, strict=True)
    )


def clean(label: str) -> str:
    """The label on one line; characters that cannot be stored become question marks."""
    return storable(" ".join(label.split()))


def named(label: str) -> str:
    """How a reason calls a thing."""
    return repr(shortened(label, 60)) if label else "a box without a label"


def _clipped(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _around(point: Point) -> Polygon:
    half = POINT_SIDE / 2
    return _rectangle(
        *(_clipped(edge) for edge in (point.x - half, point.y - half)),
        *(_clipped(edge) for edge in (point.x + half, point.y + half)),
    )


def _rectangle(left: float, top: float, right: float, bottom: float) -> Polygon:
    return (Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom))


def pairs(numbers: list[float]) -> tuple[Corner, ...]:
    """`[x, y, x, y, …]` as corners; of an odd count the last number is left out."""
    return tuple(zip(numbers[::2], numbers[1::2], strict=False))


def are_numbers(values: object) -> bool:
    """Whether it is a list of numbers with something in it."""
    return isinstance(values, list) and bool(values) and all(is_number(value) for value in values)


def is_number(value: object) -> bool:
    """Whether it is a number; infinity and NaN count, and lie on no picture."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_share(value: float) -> bool:
    """Whether it is a number 0..1."""
    return math.isfinite(value) and 0 <= value <= 1
