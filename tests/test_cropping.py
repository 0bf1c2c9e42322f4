"""The largest crop of a ratio, where it holds the most of what stands out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.cropping import NARROWEST, WIDEST, Crop, Mark, crop, usual_ratio
from sightline.geometry import Box, shared


def box(left: float, top: float, right: float, bottom: float) -> Box:
    return Box(left=left, top=top, right=right, bottom=bottom)


def edges(found: Crop) -> list[float]:
    return [found.box.left, found.box.top, found.box.right, found.box.bottom]


def test_without_marks_the_middle_is_kept():
    assert edges(crop(1.0, 200, 100, [])) == pytest.approx([0.25, 0, 0.75, 1])
    assert edges(crop(1.0, 100, 200, [])) == pytest.approx([0, 0.25, 1, 0.75])


def test_a_ratio_that_is_the_pictures_own_keeps_all_of_it():
    assert edges(crop(1.5, 300, 200, [Mark(box(0.8, 0.8, 0.9, 0.9), 1)])) == [0, 0, 1, 1]


def test_the_crop_moves_to_what_stands_out_and_puts_it_in_the_middle_where_there_is_room():
    assert edges(crop(1.0, 200, 100, [Mark(box(0.6, 0.2, 0.7, 0.4), 1)])) == pytest.approx(
        [0.4, 0, 0.9, 1]
    )
    at_the_edge = crop(1.0, 200, 100, [Mark(box(0.9, 0.2, 1.0, 0.4), 1)])
    assert edges(at_the_edge) == pytest.approx([0.5, 0, 1, 1])


def test_of_two_things_too_far_apart_the_surer_one_is_kept_whole():
    sure, unsure = Mark(box(0.7, 0, 1.0, 1), 0.9), Mark(box(0.0, 0, 0.3, 1), 0.4)
    held = crop(1.0, 200, 100, [unsure, sure]).box
    assert held.right == pytest.approx(1)
    other = crop(1.0, 200, 100, [Mark(unsure.box, 0.9), Mark(sure.box, 0.4)]).box
    assert other.left == pytest.approx(0)


@pytest.mark.parametrize(
    ("size", "ratio"), [((100, 100), 1), ((1000, 100), 1.8), ((100, 1000), 0.75), ((160, 100), 1.6)]
)
def test_the_usual_ratio_is_the_pictures_own_within_bounds(size: tuple[int, int], ratio: float):
    assert usual_ratio(*size) == pytest.approx(ratio)


sides = st.integers(1, 4000)
places = st.tuples(*[st.floats(0, 1)] * 4).map(
    lambda p: box(min(p[0], p[2]), min(p[1], p[3]), max(p[0], p[2]), max(p[1], p[3]))
)
marks = st.lists(st.builds(Mark, places, st.floats(0, 1)), max_size=6)


def held(part: Box, every: list[Mark]) -> float:
    return sum(m.weight * shared(part, m.box) / m.box.area for m in every if m.box.area > 0)


@settings(max_examples=300, deadline=None)
@given(ratio=st.floats(NARROWEST, WIDEST), width=sides, height=sides, every=marks)
def test_no_other_place_holds_more(ratio: float, width: int, height: int, every: list[Mark]):
    found = crop(ratio, width, height, every).box
    wide, high = found.right - found.left, found.bottom - found.top
    assert wide * width / (high * height) == pytest.approx(ratio)
    assert max(wide, high) == pytest.approx(1)
    for step in range(21):
        x, y = step / 20 * (1 - wide), step / 20 * (1 - high)
        assert held(box(x, y, x + wide, y + high), every) <= held(found, every) + 1e-6
