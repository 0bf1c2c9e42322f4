"""Boxes and the things in them: what overlaps, what is one thing, what turning does."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from sightline.geometry import Box, Point, bounds, four_corners, overlap, shared, upright
from sightline.media.stills import stills
from sightline.regions import SAME_THING, Region, merged

LEFT_HALF = Box(left=0.0, top=0.0, right=0.5, bottom=1.0)
TOP_HALF = Box(left=0.0, top=0.0, right=1.0, bottom=0.5)
SIDES = st.floats(0.0, 0.9)
SIZES = st.floats(0.01, 0.1)


def found(label: str, score: float, left: float = 0.1, source: str = "one", **more: str) -> Region:
    box = Box(left=left, top=0.2, right=left + 0.4, bottom=0.6)
    return Region(label=label, polygon=box.polygon, score=score, source=source, **more)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(SIDES), draw(SIDES)
    return Box(left=left, top=top, right=left + draw(SIZES), bottom=top + draw(SIZES))


def test_halves_share_a_quarter():
    assert shared(LEFT_HALF, TOP_HALF) == 0.25
    assert overlap(LEFT_HALF, TOP_HALF) == pytest.approx(1 / 3)
    assert overlap(LEFT_HALF, LEFT_HALF) == 1.0


def test_boxes_that_touch_or_lie_apart_share_nothing():
    touching = Box(left=0.5, top=0.0, right=1.0, bottom=1.0)
    # Apart along both sides: two negative lengths are no area.
    across = Box(left=0.7, top=0.7, right=0.9, bottom=0.9)
    corner = Box(left=0.1, top=0.1, right=0.3, bottom=0.3)
    for one, other in ((LEFT_HALF, touching), (corner, across)):
        assert shared(one, other) == shared(other, one) == 0.0
        assert overlap(one, other) == 0.0


@given(boxes(), boxes())
def test_overlap_is_mutual_and_a_share(one: Box, other: Box):
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert 0.0 <= overlap(one, other) <= 1.0 + 1e-9
    assert shared(one, other) <= min(one.area, other.area) + 1e-9


def test_of_doubles_the_surest_stays_with_its_source_and_its_words():
    weak, sure = found("dog", 0.4, source="a"), found("dog", 0.8, 0.12, source="b", text="REX")
    assert merged([weak, sure]) == [sure]
    assert merged([sure, weak]) == [sure]


def test_other_labels_and_other_places_stay():
    dog, cat, far = found("dog", 0.4), found("cat", 0.9), found("dog", 0.6, 0.55)
    assert merged([dog, cat, far]) == [cat, far, dog]


def test_labels_are_the_same_however_they_are_written():
    assert merged([found("STRASSE", 0.5), found("Straße", 0.6)]) == [found("Straße", 0.6)]


def test_things_of_one_label_that_overlap_by_no_more_than_half_are_two():
    # Boxes as wide as 0.4 that lie 0.4/3 apart overlap by exactly a half.
    side_by_side = [found("dog", 0.9, 0.1), found("dog", 0.8, 0.1 + 0.4 / 3 + 1e-6)]
    assert overlap(*(bounds(one.polygon) for one in side_by_side)) <= SAME_THING
    assert merged(side_by_side) == side_by_side
    assert len(merged([found("dog", 0.9, 0.1), found("dog", 0.8, 0.23)])) == 1


def test_regions_as_sure_as_each_other_stay_in_their_order():
    regions = [found("dog", 0.5, 0.0), found("cat", 0.5), found("dog", 0.5, 0.5)]
    assert merged(iter(regions)) == regions
    assert merged([]) == []


def stored_with_a_red_box(orientation: int) -> bytes:
    """A JPEG of 96 × 64 stored pixels, red in columns 8..32 and rows 16..48."""
    picture = np.full((64, 96, 3), 255, np.uint8)
    picture[16:48, 8:32] = (220, 20, 20)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=98, subsampling=0, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_is_turned_as_the_picture_is(orientation: int):
    pixels = stills(stored_with_a_red_box(orientation)).stills[0].pixels
    assert pixels.shape[:2] == ((64, 96) if orientation < 5 else (96, 64))
    rows, columns = np.nonzero(pixels[..., 1] < 128)
    height, width = pixels.shape[:2]
    turned = upright(Box(left=8 / 96, top=16 / 64, right=32 / 96, bottom=48 / 64), orientation)
    assert (turned.left, turned.right) == pytest.approx(
        (columns.min() / width, (columns.max() + 1) / width), abs=1e-9
    )
    assert (turned.top, turned.bottom) == pytest.approx(
        (rows.min() / height, (rows.max() + 1) / height), abs=1e-9
    )


@pytest.mark.parametrize("orientation", range(1, 9))
@given(box=boxes())
def test_a_turned_box_stays_a_box_of_the_same_size(orientation: int, box: Box):
    turned = upright(box, orientation)
    assert turned.left < turned.right
    assert turned.top < turned.bottom
    assert turned.area == pytest.approx(box.area)


def test_four_corners_stay_and_other_polygons_become_the_box_around_them():
    slanted = (Point(0.1, 0.2), Point(0.5, 0.3), Point(0.45, 0.5), Point(0.05, 0.4))
    assert four_corners(slanted) == slanted
    around = Box(left=0.05, top=0.2, right=0.5, bottom=0.6).polygon
    assert four_corners((*slanted, Point(0.2, 0.6))) == around
    assert len(four_corners(slanted[:3])) == 4
