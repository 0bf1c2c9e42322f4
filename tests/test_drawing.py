"""What was found, drawn on the picture: lines where the polygons are, names that can be read."""

import numpy as np
import pytest

from sightline.assets import Pixels
from sightline.drawing import COLOURS, Mark, drawn
from sightline.geometry import Box, Point

GREY: Pixels = np.full((300, 400, 3), 128, np.uint8)
MIDDLE = Box(left=0.25, top=0.4, right=0.75, bottom=0.8)


def changed(picture: Pixels, before: Pixels = GREY) -> np.ndarray:
    mask: np.ndarray = (picture != before).any(axis=2)
    return mask


def white(picture: Pixels) -> np.ndarray:
    """Where letters are: thin ones are not wholly white."""
    mask: np.ndarray = picture.min(axis=2) > 200
    return mask


def colour_near(picture: Pixels, row: int, column: int) -> tuple[int, ...]:
    """The colour of a line that passes within two pixels; grey when none does."""
    rows, columns = (slice(max(at - 2, 0), at + 3) for at in (row, column))
    near = picture[rows, columns].reshape(-1, 3).tolist()
    return next((tuple(one) for one in near if one != [128] * 3), (128, 128, 128))


def plates_of_names(picture: Pixels) -> list[tuple[int, int]]:
    """First and last row of each stretch of rows with white letters on them."""
    rows = np.flatnonzero(white(picture).any(axis=1))
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    return [(int(part[0]), int(part[-1])) for part in parts if part.size]


def test_the_picture_keeps_its_shape_and_is_not_changed():
    before = GREY.copy()
    result = drawn(GREY, [Mark(MIDDLE.polygon, "dog")])
    assert (result.shape, result.dtype) == (GREY.shape, np.uint8)
    np.testing.assert_array_equal(GREY, before)
    np.testing.assert_array_equal(drawn(GREY, []), GREY)


def test_the_outline_has_a_colour_and_all_else_stays():
    result = drawn(GREY, [Mark(MIDDLE.polygon)])
    top, bottom, left, right = 120, 239, 100, 299
    for row, column in ((top, 200), (bottom, 200), (180, left), (180, right), (top, left)):
        assert colour_near(result, row, column) in COLOURS
    # Lines are two pixels wide here; nothing else is touched.
    near = np.zeros(GREY.shape[:2], bool)
    near[top - 3 : bottom + 4, left - 3 : right + 4] = True
    near[top + 4 : bottom - 3, left + 4 : right - 3] = False
    assert changed(result).any()
    assert not (changed(result) & ~near).any()


def test_a_slanted_polygon_is_drawn_as_it_is_and_closed():
    corners = (Point(0.2, 0.5), Point(0.5, 0.2), Point(0.8, 0.5), Point(0.5, 0.8))
    mask = changed(drawn(GREY, [Mark(corners)]))
    for across, down in ((0.35, 0.35), (0.65, 0.35), (0.65, 0.65), (0.35, 0.65)):
        row, column = round(down * 299), round(across * 399)
        assert mask[row - 3 : row + 4, column - 3 : column + 4].any()
    assert not mask[60:75, 80:120].any()
    assert not mask[150, 150:250].any()


def test_one_name_has_one_colour():
    left = Mark(Box(left=0.05, top=0.5, right=0.3, bottom=0.9).polygon, "dog")
    right = Mark(Box(left=0.6, top=0.5, right=0.9, bottom=0.9).polygon, "dog")
    result = drawn(GREY, [left, right])
    colours = [colour_near(result, 200, round(at * 399)) for at in (0.05, 0.6)]
    assert colours[0] == colours[1] in COLOURS


def test_a_name_stands_above_the_corner_in_white():
    result = drawn(GREY, [Mark(MIDDLE.polygon, "dog")])
    rows, columns = np.nonzero(white(result))
    assert rows.size > 10
    assert rows.max() < 120
    assert 100 <= columns.min() < columns.max() < 180


def test_names_at_one_place_stand_below_each_other():
    marks = [Mark(MIDDLE.polygon, name) for name in ("HHH", "HHHH", "HHHHH")]
    stretches = plates_of_names(drawn(GREY, marks))
    assert len(stretches) == 3
    assert len(plates_of_names(drawn(GREY, marks[:1]))) == 1


def test_names_at_the_bottom_are_moved_up_and_none_off_the_picture():
    low = Box(left=0.2, top=0.9, right=0.4, bottom=1.0)
    marks = [Mark(low.polygon, name) for name in ("HHH", "HHHH", "HHHHH", "HH", "HHHHHH")]
    assert len(plates_of_names(drawn(GREY, marks))) == len(marks)


def test_more_names_than_there_is_room_for_are_drawn_somewhere():
    small = GREY[:40, :60]
    marks = [Mark(MIDDLE.polygon, f"HHH {number}") for number in range(20)]
    assert white(drawn(small, marks)).any()


@pytest.mark.parametrize(
    "box",
    [
        Box(left=0, top=0, right=1, bottom=1),
        Box(left=0, top=0, right=0.05, bottom=0.05),
        Box(left=0.95, top=0, right=1, bottom=0.1),
        Box(left=0, top=0.95, right=0.1, bottom=1),
        Box(left=0.97, top=0.97, right=1, bottom=1),
    ],
)
def test_at_the_edges_the_line_and_the_name_stay_on_the_picture(box: Box):
    result = drawn(GREY, [Mark(box.polygon, "HHHH")])
    for down, across in ((box.top, box.right), (box.bottom, box.right)):
        assert colour_near(result, round(down * 299), round(across * 399)) in COLOURS
    whole = white(drawn(GREY, [Mark(MIDDLE.polygon, "HHHH")])).sum()
    assert white(result).sum() == pytest.approx(whole, rel=0.1)


@pytest.mark.parametrize("shape", [(16, 16), (1, 1), (16, 400), (400, 16), (1, 90)])
def test_small_pictures(shape: tuple[int, int]):
    small = np.full((*shape, 3), 128, np.uint8)
    marks = [Mark(MIDDLE.polygon, "a long name of a thing"), Mark(MIDDLE.polygon, "another")]
    result = drawn(small, marks)
    assert result.shape == small.shape
    assert changed(result, small).any()


@pytest.mark.parametrize(
    "name", ["紧急出口", "狗", "😀", "كلب", "two\nlines", "", " ", "\ud83d", "\0", "x" * 500]
)
def test_names_of_any_script(name: str):
    result = drawn(GREY, [Mark(MIDDLE.polygon, name), Mark(MIDDLE.polygon, name)])
    assert changed(result)[120, 200] or changed(result)[239, 200]


def test_a_large_picture_has_thicker_lines():
    large = np.full((3000, 4000, 3), 128, np.uint8)
    mask = changed(drawn(large, [Mark(MIDDLE.polygon)]), large)
    assert 12 <= mask[:, 2000].sum() / 2 <= 20
    assert 1 <= changed(drawn(GREY, [Mark(MIDDLE.polygon)]))[:, 200].sum() / 2 <= 3
