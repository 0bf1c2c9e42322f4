"""The order in which a person would read lines: rows from top to bottom, columns one by one.

A page counts as having columns only where both sides of a clear gutter hold several long lines.
The prices of a receipt or the values of a form stay in the row of what they belong to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PROSE = 6.0  # heights: lines of a column of text are at least this long, amounts are shorter
_COLUMN_LINES = 4  # fewer lines beside each other are a row or two, not columns
_GUTTER = 0.6  # heights of white between columns, at least
_CROSSING = 0.2  # share of lines (headings, footers) that may reach across a gutter
_SAME_ROW = 0.5  # heights by which the facing ends of two lines of a row may be apart
_OVERLAP = 0.5  # share of its length by which a line may lie over another of its row


def reading_order(quads: Sequence[NDArray[np.float32]]) -> list[int]:
    """Indices of the lines in reading order.

    A quad is four corners [[x, y], …] in pixels, from the top left of the text clockwise: text
    that is tilted or turned by any angle is ordered as if the page were held upright.
    """
    if not quads:
        return []
    lines = _levelled(np.array(quads, np.float64))
    height = max(1.0, float(np.median([line.height for line in lines])))
    return [line.index for line in _ordered(lines, height)]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the page held upright: its ends at half its height."""

    index: int
    left: float
    left_y: float
    right: float
    right_y: float
    height: float

    @property
    def middle(self) -> float:
        return (self.left_y + self.right_y) / 2

    @property
    def length(self) -> float:
        return self.right - self.left


def _levelled(quads: NDArray[np.float64]) -> list[_Line]:
    """The lines after the page was turned until most of its text is level."""
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]).sum(axis=0)
    cosine, sine = along / (float(np.hypot(*along)) or 1.0)
    level = quads @ np.array([[cosine, -sine], [sine, cosine]])
    lines = []
    for index, (top_left, top_right, bottom_right, bottom_left) in enumerate(level):
        start, end = (top_left + bottom_left) / 2, (top_right + bottom_right) / 2
        if start[0] > end[0]:  # runs against the rest of the page
            start, end = end, start
        height = float(np.linalg.norm(bottom_left - top_left))
        lines.append(
            _Line(index, float(start[0]), float(start[1]), float(end[0]), float(end[1]), height)
        )
    return lines


def _ordered(lines: list[_Line], height: float) -> list[_Line]:
    gutter = _gutter(lines, height)
    if gutter is None:
        return _rows(lines)
    crossing = [line for line in lines if line.left < gutter < line.right]
    rest = [line for line in lines if line not in crossing]
    ordered: list[_Line] = []
    # Headings and footers cut the columns into storeys, each read column by column.
    for heading in sorted(crossing, key=lambda line: line.middle):
        above = [line for line in rest if line.middle < heading.middle]
        rest = [line for line in rest if line not in above]
        ordered += [*_column_by_column(above, gutter, height), heading]
    return ordered + _column_by_column(rest, gutter, height)


def _column_by_column(lines: list[_Line], gutter: float, height: float) -> list[_Line]:
    left = [line for line in lines if line.right <= gutter]
    right = [line for line in lines if line.right > gutter]
    if not left or not right:
        return _rows(lines)
    return _ordered(left, height) + _ordered(right, height)


def _gutter(lines: list[_Line], height: float) -> float | None:
    """Where the clearest white stripe between two columns of prose runs, None without columns."""
    if len(lines) < 2 * _COLUMN_LINES:
        return None
    lefts = np.array([line.left for line in lines])
    rights = np.array([line.right for line in lines])
    found: list[tuple[int, float, float]] = []
    for edge in np.unique(rights)[:-1]:
        beyond = lefts[lefts > edge]
        if not len(beyond) or beyond.min() - edge < _GUTTER * height:
            continue
        x = float(edge + beyond.min()) / 2
        crossing = int(((lefts < x) & (rights > x)).sum())
        if crossing > _CROSSING * len(lines):
            continue
        lengths = rights - lefts
        if all(_is_prose(side, height) for side in (lengths[rights <= x], lengths[lefts >= x])):
            found.append((-crossing, float(beyond.min() - edge), x))
    return max(found)[2] if found else None


def _is_prose(lengths: NDArray[np.float64], height: float) -> bool:
    return len(lengths) >= _COLUMN_LINES and float(np.median(lengths)) >= _PROSE * height


def _rows(lines: list[_Line]) -> list[_Line]:
    """Rows from the top, each from the left."""
    rows: list[list[_Line]] = []
    for line in sorted(lines, key=lambda each: each.middle):
        for row in rows[-3:]:  # rows further up are out of reach
            if any(_face(other, line) for other in row) and not any(
                _overlap(other, line) for other in row
            ):
                row.append(line)
                break
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda each: each.left)]


def _face(one: _Line, other: _Line) -> bool:
    """Whether the end of the left line and the start of the right one are at the same height."""
    left, right = sorted((one, other), key=lambda line: line.left)
    apart = abs(left.right_y - right.left_y)
    return apart <= _SAME_ROW * (one.height + other.height) / 2


def _overlap(one: _Line, other: _Line) -> bool:
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared > _OVERLAP * min(one.length, other.length)
