import numpy as np
import pytest

from sightline.vision.reading_order import reading_order


def line(left: float, top: float, width: float, height: float = 20) -> np.ndarray:
    right, bottom = left + width, top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def turned(quads: list[np.ndarray], degrees: float) -> list[np.ndarray]:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return [(quad @ turn).astype(np.float32) for quad in quads]


RECEIPT = [
    line(100, 0, 120),  # the shop
    line(0, 40, 180),  # an item
    line(260, 41, 50),  # its price
    line(0, 70, 150),
    line(262, 69, 48),
    line(0, 100, 200),
    line(264, 101, 46),
    line(0, 130, 60),
    line(266, 130, 44),
]

TWO_COLUMNS = [
    line(0, 0, 640),  # a heading over both
    *(line(0, 50 + 30 * row, 290) for row in range(6)),
    *(line(340, 52 + 30 * row, 290) for row in range(6)),
    line(200, 260, 240),  # a footer
]

THREE_COLUMNS = [
    *(line(0, 30 * row, 190) for row in range(5)),
    *(line(230, 30 * row, 190) for row in range(5)),
    *(line(460, 30 * row, 190) for row in range(5)),
]


@pytest.mark.parametrize("degrees", [0, 3, -5, 90, 180, 270])
@pytest.mark.parametrize("page", [RECEIPT, TWO_COLUMNS, THREE_COLUMNS])
def test_lines_come_in_the_order_of_reading(page: list[np.ndarray], degrees: float):
    shuffled = np.random.default_rng(1).permutation(len(page))
    found = reading_order(turned([page[index] for index in shuffled], degrees))
    assert [int(shuffled[index]) for index in found] == list(range(len(page)))


def test_a_low_and_a_tall_line_of_one_row_stay_together():
    sign = [line(0, 0, 60, 60), line(80, 22, 200, 20), line(0, 90, 300, 40)]
    assert reading_order(sign) == [0, 1, 2]


def test_nothing_and_one_line():
    assert reading_order([]) == []
    assert reading_order([line(5, 5, 40)]) == [0]


def test_lines_without_extent_do_not_matter():
    assert sorted(reading_order([line(0, 0, 0, 0), line(0, 0, 0, 0)])) == [0, 1]
