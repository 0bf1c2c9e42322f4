"""Where read lines stand to each other: rows, stacks, headings, and what is above or beside what.

Receipts and forms put a value right of its label or under it; signs and panels break a phrase over
several lines. Both show only in the geometry. All of it is done on coordinates from which the
page's slant has been taken, and compares heights with heights and widths with widths only, so the
picture's proportions do not matter.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Literal

from sightline.assets import Line, Reading
from sightline.geometry import Point, bounds

Relation = Literal["above", "below", "left", "right", "beside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line's upright rectangle after the slant was taken out; `sideways` text runs up or down."""

    left: float
    right: float
    top: float
    bottom: float
    sideways: bool
    letter: float  # mean width of a letter

    @property
    def height(self) -> float:
        """Of the letters, about."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The height of the line's middle on the page."""
        return (self.top + self.bottom) / 2

    @property
    def centre(self) -> float:
        """The middle between left and right."""
        return (self.left + self.right) / 2


class Layout:
    """The lines of a reading by place. Lines are named by their position in the reading."""

    def __init__(self, reading: Reading) -> None:
        self.lines: tuple[Line, ...] = reading.lines
        slant = _slant(reading.lines)
        usual = median(map(_slimness, reading.lines)) if reading.lines else 1.0
        self.places: tuple[Place, ...] = tuple(
            _place(line, slant, sideways=_slimness(line) < 0.25 * usual) for line in reading.lines
        )

    @cached_property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """Lines side by side on one height, left to right; the rows from top to bottom."""
        rows: list[list[int]] = []
        for index in sorted(range(len(self.lines)), key=lambda i: self.places[i].middle):
            fitting = [row for row in rows[-6:] if self._fits(row, index)]
            if fitting:
                middle = self.places[index].middle
                min(fitting, key=lambda row: abs(self._nearest(row, index).middle - middle)).append(
                    index
                )
            else:
                rows.append([index])
        return tuple(tuple(sorted(row, key=lambda i: self.places[i].left)) for row in rows)

    @cached_property
    def row_of(self) -> dict[int, tuple[int, ...]]:
        """Each line's row."""
        return {index: row for row in self.rows for index in row}

    @cached_property
    def stacks(self) -> tuple[tuple[int, ...], ...]:
        """Lines under each other, aligned and close, top to bottom; two lines at least."""
        below = {
            index: follower
            for index in range(len(self.lines))
            if (follower := self._follower(index)) is not None
        }
        stacks = []
        for first in sorted(set(below) - set(below.values())):
            stack = [first]
            while stack[-1] in below:
                stack.append(below[stack[-1]])
            stacks.append(tuple(stack))
        return tuple(stacks)

    @cached_property
    def tallest(self) -> float:
        """The height of the largest letters; 1 without lines."""
        heights = [p.height for p in self.places if not p.sideways]
        return max(heights, default=1.0) or 1.0

    def text(self, indexes: Iterable[int]) -> str:
        """The words of these lines, in this order."""
        return " ".join(self.lines[index].text.strip() for index in indexes)

    def related(self, anchor: Iterable[int], relation: Relation) -> tuple[int, ...]:
        """The lines that stand in this relation to the anchor, nearest first."""
        places = [self.places[index] for index in anchor]
        left, right = min(p.left for p in places), max(p.right for p in places)
        top, bottom = min(p.top for p in places), max(p.bottom for p in places)
        height, width = bottom - top, right - left

        def across(p: Place) -> bool:
            return p.left < right + width and p.right > left - width

        def level(p: Place) -> bool:
            return p.top < bottom + height and p.bottom > top - height

        tests: dict[Relation, Callable[[Place], bool]] = {
            "above": lambda p: p.middle < top and across(p),
            "below": lambda p: p.middle > bottom and across(p),
            "left": lambda p: p.centre < left,
            "right": lambda p: p.centre > right,
            "beside": lambda p: level(p) and across(p),
        }
        chosen = set(anchor)
        x, y = (left + right) / 2, (top + bottom) / 2
        found = [
            index
            for index, place in enumerate(self.places)
            if index not in chosen and tests[relation](place)
        ]
        return tuple(
            sorted(found, key=lambda i: abs(self.places[i].centre - x) + abs(self.places[i].middle - y))
        )

    def alike(self, least: int) -> tuple[tuple[int, ...], ...]:
        """Lists: `least` or more lines of one size in a column (same left) or in a row."""
        groups: list[tuple[int, ...]] = [row for row in self.rows if self._one_size(row)]
        columns: list[list[int]] = []
        for index in sorted(range(len(self.lines)), key=lambda i: self.places[i].middle):
            place = self.places[index]
            column = next(
                (
                    column
                    for column in columns
                    if abs(self.places[column[-1]].left - place.left) < 1.5 * place.letter
                    and place.top - self.places[column[-1]].bottom < 1.6 * place.height
                    and self._one_size((column[-1], index))
                ),
                None,
            )
            if place.sideways:
                continue
            if column is None:
                columns.append([index])
            else:
                column.append(index)
        groups += [tuple(column) for column in columns]
        return tuple(group for group in groups if len(group) >= least)

    def _one_size(self, indexes: Iterable[int]) -> bool:
        heights = [self.places[index].height for index in indexes]
        return max(heights) < 1.5 * min(heights)

    def _nearest(self, row: list[int], index: int) -> Place:
        place = self.places[index]
        return min(
            (self.places[other] for other in row),
            key=lambda p: max(p.left - place.right, place.left - p.right),
        )

    def _fits(self, row: list[int], index: int) -> bool:
        place, nearest = self.places[index], self._nearest(row, index)
        if place.sideways or nearest.sideways:
            return False
        overlap = min(place.bottom, nearest.bottom) - max(place.top, nearest.top)
        lower, higher = sorted((place.height, nearest.height))
        if overlap < 0.5 * lower or higher > 1.9 * lower:
            return False
        narrower = min(place.right - place.left, nearest.right - nearest.left)
        shared = min(place.right, nearest.right) - max(place.left, nearest.left)
        if shared > 0.3 * narrower:
            return False
        prose = [len(self.lines[i].text.split()) >= 5 for i in (index, *row)]
        return not (prose[0] and any(prose[1:]))  # columns of a page are no table

    def _follower(self, index: int) -> int | None:
        below = self._neighbour(index, 1)
        return below if below is not None and self._neighbour(below, -1) == index else None

    def _neighbour(self, index: int, step: Literal[1, -1]) -> int | None:
        """The nearest line below (step 1) or above that continues the line's column."""
        here = self.places[index]
        best: tuple[float, int] | None = None
        for other, there in enumerate(self.places):
            upper, lower = (here, there) if step == 1 else (there, here)
            if other == index or here.sideways or there.sideways:
                continue
            height = min(upper.height, lower.height)
            gap = lower.top - upper.bottom
            if not -0.7 * height < gap < 0.9 * height or lower.middle - upper.middle < 0.5 * height:
                continue
            if max(upper.height, lower.height) > 1.6 * height or not _aligned(upper, lower):
                continue
            if self._tabular(index) and self._tabular(other):
                continue
            if best is None or abs(gap) < best[0]:
                best = (abs(gap), other)
        return best[1] if best else None

    def _tabular(self, index: int) -> bool:
        """Whether the line is a number, or the next one in its row is: a row of a table."""
        row = self.row_of[index]
        position = row.index(index)
        return any(
            any(c.isdigit() for c in text) and sum(c.isalpha() for c in text) <= 3
            for text in (self.lines[i].text for i in row[position : position + 2])
        )


def _aligned(upper: Place, lower: Place) -> bool:
    narrower = min(upper.right - upper.left, lower.right - lower.left)
    shared = min(upper.right, lower.right) - max(upper.left, lower.left)
    letter = 2 * max(upper.letter, lower.letter)
    return shared > 0.5 * narrower and (
        abs(upper.left - lower.left) < letter or abs(upper.centre - lower.centre) < letter
    )


def _slant(lines: Iterable[Line]) -> float:
    """The slope of the page: the median over its long lines, each weighing its length.

    The slope of a short word is mostly noise, so a page without three long lines is taken as even.
    """
    slopes: list[tuple[float, float]] = []
    for line in lines:
        start, end = _ends(line)
        width = abs(end.x - start.x)
        if len(line.text) >= 10 and width > abs(end.y - start.y):
            slopes.append(((end.y - start.y) / (end.x - start.x), width))
    if len(slopes) < 3:
        return 0.0
    slopes.sort()
    half, passed = sum(width for _, width in slopes) / 2, 0.0
    for slope, width in slopes:
        passed += width
        if passed >= half:
            return slope
    return 0.0


def _slimness(line: Line) -> float:
    """A letter's width by its height, in units of the picture's own proportions."""
    box = bounds(line.polygon)
    return (box.right - box.left) / max(len(line.text) * (box.bottom - box.top), 1e-6)


def _place(line: Line, slant: float, *, sideways: bool) -> Place:
    start, end = _ends(line)
    xs = [point.x for point in line.polygon]
    ys = [point.y for point in line.polygon]
    if sideways:
        left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    else:
        left, right = sorted((start.x, end.x))
        half = _letter_height(line, slant) / 2
        middle = (start.y - slant * start.x + end.y - slant * end.x) / 2
        top, bottom = middle - half, middle + half
    letter = (right - left) / max(len(line.text.strip()), 1)
    return Place(left=left, right=right, top=top, bottom=bottom, sideways=sideways, letter=letter)


def _ends(line: Line) -> tuple[Point, Point]:
    """The middles of the text's left and right edges."""
    corners = line.polygon
    if len(corners) != 4:
        xs, ys = [p.x for p in corners], [p.y for p in corners]
        middle = (min(ys) + max(ys)) / 2
        return Point(min(xs), middle), Point(max(xs), middle)
    a, b, c, d = corners
    return Point((a.x + d.x) / 2, (a.y + d.y) / 2), Point((b.x + c.x) / 2, (b.y + c.y) / 2)


def _letter_height(line: Line, slant: float) -> float:
    corners = line.polygon
    if len(corners) != 4:
        ys = [p.y - slant * p.x for p in corners]
        return max(ys) - min(ys)
    a, b, c, d = corners
    edges = [
        abs((lower.y - slant * lower.x) - (upper.y - slant * upper.x))
        for upper, lower in ((a, d), (b, c))
    ]
    return sum(edges) / 2
