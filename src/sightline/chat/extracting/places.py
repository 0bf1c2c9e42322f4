"""The places of read lines on an even, upright page: slant and quarter turns taken out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from sightline.assets import Line
from sightline.geometry import Point, Polygon, bounds

_LONG_LINE, _LONG_LINES = 10, 3
"""The slope of a short word is mostly noise: slant is told by long lines, if there are enough."""

_SIDEWAYS = 0.25  # of the usual letter's width: such a line runs up or down
_QUADRANGLE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line's upright rectangle. `letter` is the mean width of its letters.

    `sideways` text runs up or down while the rest of the page does not.
    """

    left: float
    right: float
    top: float
    bottom: float
    letter: float
    sideways: bool = False

    @property
    def height(self) -> float:
        """Of the letters, about."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Halfway between top and bottom."""
        return (self.top + self.bottom) / 2

    @property
    def centre(self) -> float:
        """Halfway between left and right."""
        return (self.left + self.right) / 2


def places(lines: Sequence[Line]) -> tuple[Place, ...]:
    """The place of every line, in their order."""
    if not lines:
        return ()
    turn = _turn([line.polygon for line in lines])
    polygons = [tuple(map(turn, line.polygon)) for line in lines]
    letters = [max(len(line.text.strip()), 1) for line in lines]
    slimness = [_slimness(polygon, n) for polygon, n in zip(polygons, letters, strict=True)]
    usual = median(slimness)
    slant = _slant(polygons, letters)
    return tuple(
        _sideways(polygon, count) if slim < _SIDEWAYS * usual else _level(polygon, count, slant)
        for polygon, count, slim in zip(polygons, letters, slimness, strict=True)
    )


def _level(polygon: Polygon, letters: int, slant: float) -> Place:
    start, end = _ends(polygon)
    left, right = sorted((start.x, end.x))
    middle = (start.y - slant * start.x + end.y - slant * end.x) / 2
    half = _height(polygon, slant) / 2
    return Place(
        left=left,
        right=right,
        top=middle - half,
        bottom=middle + half,
        letter=(right - left) / letters,
    )


def _sideways(polygon: Polygon, letters: int) -> Place:
    box = bounds(polygon)
    return Place(
        left=box.left,
        right=box.right,
        top=box.top,
        bottom=box.bottom,
        letter=(box.right - box.left) / letters,
        sideways=True,
    )


def _turn(polygons: Sequence[Polygon]) -> Callable[[Point], Point]:
    """The quarter turn that makes most of the text run to the right."""
    ends = [_ends(polygon) for polygon in polygons]
    right = sum(end.x - start.x for start, end in ends)
    down = sum(end.y - start.y for start, end in ends)
    if abs(right) >= abs(down):
        return (lambda p: p) if right >= 0 else (lambda p: Point(1 - p.x, 1 - p.y))
    if down > 0:
        return lambda p: Point(p.y, 1 - p.x)
    return lambda p: Point(1 - p.y, p.x)


def _slant(polygons: Sequence[Polygon], letters: Sequence[int]) -> float:
    """The slope of the page: the median over its long lines, each weighing its length."""
    slopes: list[tuple[float, float]] = []
    for polygon, count in zip(polygons, letters, strict=True):
        start, end = _ends(polygon)
        width = abs(end.x - start.x)
        if count >= _LONG_LINE and width > abs(end.y - start.y):
            slopes.append(((end.y - start.y) / (end.x - start.x), width))
    if len(slopes) < _LONG_LINES:
        return 0.0
    slopes.sort()
    half, passed = sum(width for _, width in slopes) / 2, 0.0
    for slope, width in slopes:
        passed += width
        if passed >= half:
            return slope
    return 0.0


def _slimness(polygon: Polygon, letters: int) -> float:
    """A letter's width by its height, in units of the picture's own proportions."""
    box = bounds(polygon)
    return (box.right - box.left) / max(letters * (box.bottom - box.top), 1e-6)


def _ends(polygon: Polygon) -> tuple[Point, Point]:
    """The middles of the text's first and last edge."""
    if len(polygon) != _QUADRANGLE:
        polygon = bounds(polygon).polygon
    a, b, c, d = polygon
    return Point((a.x + d.x) / 2, (a.y + d.y) / 2), Point((b.x + c.x) / 2, (b.y + c.y) / 2)


def _height(polygon: Polygon, slant: float) -> float:
    if len(polygon) != _QUADRANGLE:
        polygon = bounds(polygon).polygon
    a, b, c, d = (point.y - slant * point.x for point in polygon)
    return (abs(d - a) + abs(c - b)) / 2
