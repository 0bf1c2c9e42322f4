"""Space: 0..1 of the upright original, x to the right, y down. The one module that converts.

Polygons have four or more points. For text they start at the top left corner *of the text* and go
clockwise, so a rotated line keeps its reading direction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a still; both coordinates are fractions of its width and height."""

    x: float
    y: float


Polygon = tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An upright rectangle, normalised: `left < right` and `top < bottom`."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """The share of the still that it covers."""
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def polygon(self) -> Polygon:
        """The four corners, clockwise from the top left."""
        return (
            Point(self.left, self.top),
            Point(self.right, self.top),
            Point(self.right, self.bottom),
            Point(self.left, self.bottom),
        )


def shared(one: Box, other: Box) -> float:
    """The share of the still that both boxes cover."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(width, 0.0) * max(height, 0.0)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    both = shared(one, other)
    return both / (one.area + other.area - both)


def polygon_from_pixels(points: Iterable[Sequence[float]], width: int, height: int) -> Polygon:
    """Pixel corners `[[x, y], …]` of a `width` × `height` picture as a polygon, clipped."""
    return tuple(
        Point(min(max(float(x) / width, 0.0), 1.0), min(max(float(y) / height, 0.0), 1.0))
        for x, y in points
    )


def pixel_box(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of a box in whole pixels, at least one each way."""
    left, top = min(round(box.left * width), width - 1), min(round(box.top * height), height - 1)
    right = max(round(box.right * width), left + 1)
    bottom = max(round(box.bottom * height), top + 1)
    return left, top, right - left, bottom - top


def pixel_points(polygon: Polygon, width: int, height: int) -> list[tuple[int, int]]:
    """The points of a polygon in whole pixels."""
    return [(round(point.x * width), round(point.y * height)) for point in polygon]


def bounds(polygon: Polygon) -> Box:
    """The smallest upright box around a polygon."""
    xs = [point.x for point in polygon]
    ys = [point.y for point in polygon]
    return Box(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))


def upright(box: Box, orientation: int) -> Box:
    """A box of a picture as it is stored, on the picture turned upright.

    `orientation`: 1..8 as EXIF has it (CIPA DC-008, "Orientation").
    """
    if orientation in {2, 3, 7, 8}:
        box = Box(left=1 - box.right, top=box.top, right=1 - box.left, bottom=box.bottom)
    if orientation in {3, 4, 6, 7}:
        box = Box(left=box.left, top=1 - box.bottom, right=box.right, bottom=1 - box.top)
    if orientation in {5, 6, 7, 8}:
        box = Box(left=box.top, top=box.left, right=box.bottom, bottom=box.right)
    return box


def four_corners(polygon: Polygon) -> Polygon:
    """The polygon itself when it has four points, else the corners of the box around it."""
    return polygon if len(polygon) == 4 else bounds(polygon).polygon  # noqa: PLR2004


def bounds_of(polygons: Iterable[Polygon]) -> Box:
    """The smallest upright box around several polygons (at least one)."""
    return bounds(tuple(point for polygon in polygons for point in polygon))
