"""Quotations that stand in one row of a page, side by side in several lines.

On receipts and forms a name stands at the left and its value at the right, and the reader gives two
lines. A quotation of both shows which of several equal values is meant.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sightline.assets import Line
from sightline.geometry import Point, bounds

_SAME_ROW = 0.5  # of the lower line's height


def level(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines as they lie on the page when its text runs from left to right.

    The page is turned as most of its text is, by quarters. The order of lines stays.
    """
    across = sum(line.polygon[1].x - line.polygon[0].x for line in lines)
    down = sum(line.polygon[1].y - line.polygon[0].y for line in lines)
    if abs(across) >= abs(down):
        turn = _as_it_is if across >= 0 else _half
    else:
        turn = _quarter_back if down > 0 else _quarter
    return tuple(replace(line, polygon=tuple(map(turn, line.polygon))) for line in lines)


def _as_it_is(point: Point) -> Point:
    return point


def _half(point: Point) -> Point:
    return Point(1 - point.x, 1 - point.y)


def _quarter(point: Point) -> Point:
    return Point(1 - point.y, point.x)


def _quarter_back(point: Point) -> Point:
    return Point(point.y, 1 - point.x)


def in_one_row(one: Line, other: Line) -> bool:
    """Whether two lines stand side by side."""
    a, b = bounds(one.polygon), bounds(other.polygon)
    shared = min(a.bottom, b.bottom) - max(a.top, b.top)
    return shared >= _SAME_ROW * min(a.bottom - a.top, b.bottom - b.top)


def lines_of_quotations(
    said: Sequence[str],
    quotations: Iterable[tuple[int, int]],
    lines: Sequence[Line],
    printed: Sequence[Sequence[str]],
) -> dict[int, set[int]]:
    """For every word of a quotation that is a part of one row: the lines of the rows it is in.

    `quotations`: first and last word (exclusive) of `said`. `printed`: the words of each line.
    """
    rows = [row for row in _rows(lines) if len(row) > 1]
    words = [[word for line in row for word in printed[line]] for row in rows]
    beginning: dict[str, set[int]] = defaultdict(set)
    for number, row in enumerate(words):
        for word in row:
            beginning[word].add(number)
    found: dict[int, set[int]] = {}
    for start, end in quotations:
        quoted = list(said[start:end])
        beside = {
            line
            for number in beginning.get(quoted[0], ())
            if _holds(words[number], quoted)
            for line in rows[number]
        }
        if beside:
            found |= dict.fromkeys(range(start, end), beside)
    return found


def _rows(lines: Sequence[Line]) -> Collection[list[int]]:
    """Numbers of the lines of each row, from left to right."""
    rows: list[list[int]] = []
    for number in sorted(range(len(lines)), key=lambda n: bounds(lines[n].polygon).top):
        if rows and in_one_row(lines[rows[-1][0]], lines[number]):
            rows[-1].append(number)
        else:
            rows.append([number])
    return [sorted(row, key=lambda n: bounds(lines[n].polygon).left) for row in rows]


def _holds(row: Sequence[str], quoted: Sequence[str]) -> bool:
    size = len(quoted)
    return any(list(row[at : at + size]) == quoted for at in range(len(row) - size + 1))
