"""Readings and regions come back as they were written, on a grid of 1/100,000."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sightline.assets import Line, Reading, Word
from sightline.geometry import Box, Point, Polygon
from sightline.regions import Region
from sightline.stored import reading_of, reading_text, regions_of, regions_text

GRID = 100_000

shares = st.integers(0, GRID).map(lambda n: n / GRID)
points = st.builds(Point, shares, shares)
polygons = st.lists(points, min_size=4, max_size=9).map(tuple)
anything = st.text(max_size=20) | st.sampled_from(
    [
        "",
        "😀",
        "👨‍👩‍👧‍👦",
        "紧急出口",
        "e\u0301",
        '"quoted\\',
        "\0",
        "\u2028",
        "<|im_end|>",
        "\ud83d",
    ]
)
names = st.lists(anything, max_size=3).map(tuple)
words = st.builds(Word, anything, polygons, shares)
lines = st.builds(Line, anything, polygons, shares, st.lists(words, max_size=4).map(tuple))
readings = st.lists(lines, max_size=5).map(tuple).map(Reading)
regions = st.builds(
    Region,
    label=anything,
    polygon=polygons,
    score=shares,
    source=anything,
    words=names,
    broader=names,
    text=anything,
    perhaps=names,
)
WHOLE: Polygon = Box(left=0.0, top=0.0, right=1.0, bottom=1.0).polygon


@given(readings)
@example(Reading(()))
@example(Reading((Line("", WHOLE, 0.0),)))
def test_a_reading_comes_back(reading: Reading):
    assert reading_of(reading_text(reading)) == reading


@given(st.lists(regions, max_size=5))
@example([])
def test_regions_come_back(found: list[Region]):
    assert regions_of(regions_text(found)) == found
    assert regions_of(regions_text(iter(found))) == found


@given(st.lists(regions, max_size=3), readings)
def test_what_is_written_can_be_stored_as_utf_8(found: list[Region], reading: Reading):
    for text in (regions_text(found), reading_text(reading)):
        assert json.loads(text.encode()) == json.loads(text)
        assert "\0" not in text


@given(st.floats(0, 1), st.floats(0, 1))
def test_numbers_are_as_near_as_the_grid_allows(score: float, x: float):
    polygon = (Point(x, 0.0), Point(1.0, 0.0), Point(1.0, 1.0), Point(x, 1.0))
    region = Region(label="dog", polygon=polygon, score=score, source="one")
    (back,) = regions_of(regions_text([region]))
    assert back.score == pytest.approx(score, abs=0.5 / GRID)
    assert back.polygon[0].x == pytest.approx(x, abs=0.5 / GRID)
    assert regions_of(regions_text([back])) == [back]


def test_letters_of_every_script_stay_readable():
    assert "紧急出口 😀" in reading_text(Reading((Line("紧急出口 😀", WHOLE, 1.0),)))
