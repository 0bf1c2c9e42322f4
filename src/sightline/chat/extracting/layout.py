"""Where read lines stand to each other: rows, stacks, lists, and what is above or beside what.

Receipts and forms put a value right of its label or under it; signs and panels break a phrase over
several lines. Both show only in the geometry. Heights are compared with heights and widths with
widths only, so the picture's proportions do not matter. Figures below are in heights of the lower
letters and widths of one letter.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Literal

from sightline.assets import Line, Reading
from sightline.chat.extracting.places import Place, places

Relation = Literal["above", "below", "left", "right", "beside"]

_ROW_OVERLAP, _ROW_SIZES, _ROW_SHARED = 0.5, 1.9, 0.3
_STACK_GAP, _STACK_OVERLAP, _STACK_SIZES, _STACK_INDENT = 0.9, -0.7, 1.6, 2.0
_VALUE_INDENT = 2.5
_LIST_GAP, _LIST_SIZES, _LIST_INDENT = 1.6, 1.5, 1.5
_OPEN_ROWS = 6  # a line belongs to one of the last rows, or begins one
_PROSE = 5  # words in a line of running text
_FIGURE_LETTERS = 3  # a figure may carry a currency or a unit

_PRICE = re.compile(r"\W*\d+[.,]\d\d\W*")
_LABEL = re.compile(r"[^:]+:\s+(?=\S)")


class Layout:
    """The lines of a reading by place. Lines are named by their position in the reading."""

    def __init__(self, reading: Reading) -> None:
        self.lines: tuple[Line, ...] = reading.lines
        self.places: tuple[Place, ...] = places(reading.lines)

    @cached_property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """Lines side by side on one height, left to right; the rows from top to bottom."""
        rows: list[list[int]] = []
        for index in self._downwards:
            fitting = [row for row in rows[-_OPEN_ROWS:] if self._fits(row, index)]
            if fitting:
                min(fitting, key=lambda row: self._off(row, index)).append(index)
            else:
                rows.append([index])
        return tuple(tuple(sorted(row, key=lambda i: self.places[i].left)) for row in rows)

    @cached_property
    def stacks(self) -> tuple[tuple[int, ...], ...]:
        """Lines under each other, aligned and close, top to bottom; two lines at least."""
        below = {
            index: follower
            for index in range(len(self.lines))
            if (follower := self._neighbour(index, below=True)) is not None
            and self._neighbour(follower, below=False) == index
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
        return max((p.height for p in self.places if not p.sideways), default=0.0) or 1.0

    def text(self, indexes: Iterable[int]) -> str:
        """The words of these lines, in this order."""
        return " ".join(" ".join(self.lines[index].text for index in indexes).split())

    def related(self, anchor: Iterable[int], relation: Relation) -> tuple[int, ...]:
        """The lines that stand in this relation to the anchor, nearest first."""
        chosen = set(anchor)
        around = [self.places[index] for index in chosen]
        left, right = min(p.left for p in around), max(p.right for p in around)
        top, bottom = min(p.top for p in around), max(p.bottom for p in around)
        width, height = right - left, bottom - top

        def across(p: Place) -> bool:
            return p.left < right + width and p.right > left - width

        tests: dict[Relation, Callable[[Place], bool]] = {
            "above": lambda p: p.middle < top and across(p),
            "below": lambda p: p.middle > bottom and across(p),
            "left": lambda p: p.centre < left,
            "right": lambda p: p.centre > right,
            "beside": lambda p: top - height < p.middle < bottom + height and across(p),
        }

        def distance(index: int) -> float:
            place = self.places[index]
            return abs(2 * place.centre - left - right) + abs(2 * place.middle - top - bottom)

        found = (i for i, place in enumerate(self.places) if tests[relation](place))
        return tuple(sorted((i for i in found if i not in chosen), key=distance))

    def alike(self, least: int) -> tuple[tuple[int, ...], ...]:
        """Lists: `least` or more lines of one size in a column (same left) or in a row."""
        columns: list[list[int]] = []
        for index in self._downwards:
            if self.places[index].sideways:
                continue
            column = next((column for column in columns if self._goes_on(column[-1], index)), None)
            if column is None:
                columns.append([index])
            else:
                column.append(index)
        rows = [row for row in self.rows if self._one_size(row, _LIST_SIZES)]
        return tuple(group for group in (*rows, *map(tuple, columns)) if len(group) >= least)

    @cached_property
    def _downwards(self) -> list[int]:
        return sorted(range(len(self.lines)), key=lambda index: self.places[index].middle)

    @cached_property
    def _middles(self) -> list[float]:
        return [self.places[index].middle for index in self._downwards]

    @cached_property
    def _row_of(self) -> dict[int, tuple[int, ...]]:
        return {index: row for row in self.rows for index in row}

    def _one_size(self, indexes: Sequence[int], most: float) -> bool:
        heights = [self.places[index].height for index in indexes]
        return max(heights) <= most * min(heights)

    def _off(self, row: list[int], index: int) -> float:
        return abs(self._nearest(row, index).middle - self.places[index].middle)

    def _nearest(self, row: list[int], index: int) -> Place:
        place = self.places[index]
        return min(
            (self.places[other] for other in row),
            key=lambda p: max(p.left - place.right, place.left - p.right),
        )

    def _fits(self, row: list[int], index: int) -> bool:
        place, nearest = self.places[index], self._nearest(row, index)
        lower, higher = sorted((place.height, nearest.height))
        overlap = min(place.bottom, nearest.bottom) - max(place.top, nearest.top)
        narrower = min(place.right - place.left, nearest.right - nearest.left)
        shared = min(place.right, nearest.right) - max(place.left, nearest.left)
        level = overlap >= _ROW_OVERLAP * lower and higher <= _ROW_SIZES * lower
        # Boxes are loose: the beginnings of neighbours may overlap by a letter.
        over = shared > max(_ROW_SHARED * narrower, place.letter, nearest.letter)
        if not level or over or place.sideways or nearest.sideways:
            return False
        prose = [len(self.lines[i].text.split()) >= _PROSE for i in (index, *row)]
        return not (prose[0] and any(prose[1:]))  # columns of a page are no table

    def _neighbour(self, index: int, *, below: bool) -> int | None:
        """The nearest line below or above that goes on in the line's column."""
        here = self.places[index]
        reach = (1 + _STACK_GAP + _STACK_SIZES) * here.height
        start = bisect_left(self._middles, here.middle - reach)
        end = bisect_right(self._middles, here.middle + reach)
        fitting: list[tuple[float, int]] = []
        for other in self._downwards[start:end]:
            upper, lower = (index, other) if below else (other, index)
            if other != index and self._stands_on(upper, lower):
                fitting.append((abs(self.places[lower].top - self.places[upper].bottom), other))
        return min(fitting)[1] if fitting else None

    def _stands_on(self, upper: int, lower: int) -> bool:
        above, under = self.places[upper], self.places[lower]
        height = min(above.height, under.height)
        close = _STACK_OVERLAP * height < under.top - above.bottom < _STACK_GAP * height
        if not close or above.sideways or under.sideways:
            return False
        if under.middle - above.middle < height / 2:
            return False
        text = self.lines[upper].text
        return (
            self._one_size((upper, lower), _STACK_SIZES)
            and (_aligned(above, under) or _continues(text, above, under))
            and not _PRICE.fullmatch(text)  # prices add up, they do not read on
            and not (self._tabular(upper) and self._tabular(lower))
        )

    def _tabular(self, index: int) -> bool:
        """Whether the line is a number, or the next one in its row is: a row of a table."""
        row = self._row_of[index]
        position = row.index(index)
        return any(_is_figure(self.lines[i].text) for i in row[position : position + 2])

    def _goes_on(self, upper: int, lower: int) -> bool:
        above, under = self.places[upper], self.places[lower]
        return (
            abs(above.left - under.left) < _LIST_INDENT * under.letter
            and under.top - above.bottom < _LIST_GAP * under.height
            and self._one_size((upper, lower), _LIST_SIZES)
        )


def _is_figure(text: str) -> bool:
    return any(map(str.isdigit, text)) and sum(map(str.isalpha, text)) <= _FIGURE_LETTERS


def _aligned(upper: Place, lower: Place) -> bool:
    narrower = min(upper.right - upper.left, lower.right - lower.left)
    shared = min(upper.right, lower.right) - max(upper.left, lower.left)
    off = min(abs(upper.left - lower.left), abs(upper.centre - lower.centre))
    return shared > narrower / 2 and off < _STACK_INDENT * max(upper.letter, lower.letter)


def _continues(above: str, upper: Place, lower: Place) -> bool:
    """Whether the lower line starts where the value starts in "label: value" above it."""
    label = _LABEL.match(above)
    if label is None:
        return False
    value = upper.left + label.end() * upper.letter
    return abs(value - lower.left) < _VALUE_INDENT * upper.letter
