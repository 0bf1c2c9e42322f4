"""Codes drawn by ZXing, and by hand, are found where they are; nothing else is taken for one."""

from itertools import combinations

import numpy as np
import pytest
import zxingcpp

from sightline.assets import Pixels
from sightline.geometry import Box, bounds, overlap
from sightline.regions import Region
from sightline.vision.codes import codes

FORMATS = zxingcpp.BarcodeFormat
ONE_OF_EACH = [
    (FORMATS.QRCode, "https://example.org/?q=狗&x=1", "QR code"),
    (FORMATS.EAN13, "4006381333931", "barcode"),
    (FORMATS.EAN8, "96385074", "barcode"),
    (FORMATS.Code128, "SL-2024/0042", "barcode"),
    (FORMATS.DataMatrix, "Lot 42 B", "2D code"),
    (FORMATS.Aztec, "SEAT 12F", "2D code"),
    (FORMATS.PDF417, "BOARDING 7", "2D code"),
]
QUIET = 12  # pixels of white around what is drawn below


def drawn(form: zxingcpp.BarcodeFormat, content: str, scale: int = 4) -> Pixels:
    """A code in black on white, without an edge."""
    code = zxingcpp.create_barcode(content, form)
    grey = np.array(zxingcpp.write_barcode_to_image(code, scale=scale, add_quiet_zones=False))
    if form in (FORMATS.EAN13, FORMATS.EAN8):  # some of its bars are longer than the others
        grey = grey[(grey == grey[0]).all(axis=1)]
    return np.repeat(grey[:, :, None], 3, axis=2)


def on_white(*placed: tuple[Pixels, int, int], size: tuple[int, int]) -> tuple[Pixels, list[Box]]:
    """A white picture of `size` (height, width) with pictures at (left, top), and their boxes."""
    page = np.full((*size, 3), 255, np.uint8)
    boxes = []
    for picture, left, top in placed:
        height, width = picture.shape[:2]
        page[top : top + height, left : left + width] = picture
        boxes.append(
            Box(
                left=left / size[1],
                top=top / size[0],
                right=(left + width) / size[1],
                bottom=(top + height) / size[0],
            )
        )
    return page, boxes


def alone(code: Pixels) -> tuple[Pixels, Box]:
    height, width = code.shape[:2]
    page, (box,) = on_white((code, 60, 40), size=(height + 100, width + 120))
    return page, box


def assert_lies(region: Region, box: Box, page: Pixels, within: float = 6) -> None:
    """Within some pixels; ZXing puts corners in the middle of a module."""
    height, width = page.shape[:2]
    found = bounds(region.polygon)
    assert len(region.polygon) == 4
    assert (found.left * width, found.right * width) == pytest.approx(
        (box.left * width, box.right * width), abs=within
    )
    assert (found.top * height, found.bottom * height) == pytest.approx(
        (box.top * height, box.bottom * height), abs=within
    )


@pytest.mark.parametrize(("form", "content", "label"), ONE_OF_EACH)
def test_a_code_is_read_where_it_is(form: zxingcpp.BarcodeFormat, content: str, label: str):
    page, box = alone(drawn(form, content))
    (region,) = codes(page)
    assert (region.label, region.text, region.source) == (label, content, "zxing")
    assert region.words[0] == label
    assert region.broader == ("code",)
    assert region.score == 1.0
    assert_lies(region, box, page)


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize(("form", "content", "label"), ONE_OF_EACH)
def test_a_turned_code_is_read_where_it_is(
    form: zxingcpp.BarcodeFormat, content: str, label: str, quarters: int
):
    page, box = alone(np.rot90(drawn(form, content), quarters))
    (region,) = codes(page)
    assert (region.label, region.text) == (label, content)
    assert_lies(region, box, page)


def test_a_turned_qr_code_begins_at_its_own_corner():
    upright, _ = alone(drawn(FORMATS.QRCode, "this way up"))
    turned, _ = alone(np.rot90(drawn(FORMATS.QRCode, "this way up"), -1))
    first, clockwise = (codes(page)[0].polygon[0] for page in (upright, turned))
    assert (first.x < 0.5, first.y < 0.5) == (True, True)
    assert (clockwise.x > 0.5, clockwise.y < 0.5) == (True, True)


def test_several_codes_of_one_picture():
    pictures = [drawn(form, content, 3) for form, content, _ in ONE_OF_EACH[:5]]
    places = [(40, 40), (300, 40), (700, 40), (40, 300), (600, 300)]
    page, boxes = on_white(
        *((code, *place) for code, place in zip(pictures, places, strict=True)), size=(520, 1100)
    )
    assert all(overlap(one, other) == 0 for one, other in combinations(boxes, 2))
    found = {region.text: region for region in codes(page)}
    assert found.keys() == {content for _, content, _ in ONE_OF_EACH[:5]}
    for (_, content, label), box in zip(ONE_OF_EACH, boxes, strict=False):
        assert found[content].label == label
        assert_lies(found[content], box, page)


def test_the_same_code_twice_is_two_regions():
    code = drawn(FORMATS.QRCode, "twice")
    page, boxes = on_white((code, 30, 30), (code, 300, 30), size=(200, 450))
    left, right = sorted(codes(page), key=lambda region: region.polygon[0].x)
    assert left.text == right.text == "twice"
    for region, box in zip((left, right), boxes, strict=True):
        assert_lies(region, box, page)


@pytest.mark.parametrize(("left", "top"), [(0, 0), (1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize(("form", "content"), [one[:2] for one in ONE_OF_EACH[:4:3]])
def test_a_code_at_a_corner_of_a_large_picture(
    form: zxingcpp.BarcodeFormat, content: str, left: int, top: int
):
    code = drawn(form, content)
    height, width = code.shape[:2]
    across, down = (3000 - width - QUIET) * left, (2000 - height - QUIET) * top
    place = (max(across, QUIET), max(down, QUIET))
    page, (box,) = on_white((code, *place), size=(2000, 3000))
    (region,) = codes(page)
    assert region.text == content
    assert_lies(region, box, page)


def test_a_code_in_colours_and_in_light_on_dark():
    page, box = alone(drawn(FORMATS.QRCode, "green on red"))
    coloured = np.where(page < 128, np.uint8([0, 60, 0]), np.uint8([255, 160, 160])).astype(
        np.uint8
    )
    for picture in (coloured, 255 - page):
        (region,) = codes(picture)
        assert region.text == "green on red"
        assert_lies(region, box, page)


def test_the_picture_is_not_changed_and_may_be_a_view():
    page, _ = alone(drawn(FORMATS.QRCode, "a view"))
    page.setflags(write=False)
    assert codes(page)[0].text == codes(page[::1, ::-1][:, ::-1])[0].text == "a view"


_EAN_DIGITS = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011"
_EAN_WAYS = "OOOOOO OOEOEE OOEEOE OOEEEO OEOOEE OEEOOE OEEEOO OEOEOE OEOEEO OEEOEO"


def ean13(digits: str) -> Pixels:
    """An EAN-13 by its own table, whatever its check digit."""
    odd = _EAN_DIGITS.split()
    even = [
        "".join("10"[int(bit)] for bit in code)[::-1] for code in odd
    ]  # the right half read backwards
    right = ["".join("10"[int(bit)] for bit in code) for code in odd]
    parity = _EAN_WAYS.split()
    left = "".join(
        (odd if way == "O" else even)[int(digit)]
        for digit, way in zip(digits[1:7], parity[int(digits[0])], strict=True)
    )
    bars = f"101{left}01010{''.join(right[int(digit)] for digit in digits[7:])}101"
    row = np.array([0 if bar == "1" else 255 for bar in bars], np.uint8).repeat(4)
    return np.repeat(np.tile(row, (120, 1))[:, :, None], 3, axis=2)


def test_an_ean_drawn_by_hand_is_read():
    page, box = alone(ean13("4006381333931"))
    (region,) = codes(page)
    assert (region.text, region.words) == ("4006381333931", ("barcode", "EAN13"))
    assert_lies(region, box, page)


@pytest.mark.parametrize("digits", ["4006381333932", "4006381333981", "4006381333930"])
def test_an_ean_with_a_wrong_check_digit_is_not_reported(digits: str):
    page, _ = alone(ean13(digits))
    assert codes(page) == []


def test_a_qr_code_with_too_many_faults_is_not_reported():
    code = drawn(FORMATS.QRCode, "damaged beyond what its own repair can do, by far")
    middle = code[40:-40, 40:-40]
    middle[:] = np.random.default_rng(5).integers(0, 2, (*middle.shape[:2], 1), np.uint8) * 255
    assert codes(alone(code)[0]) == []


@pytest.mark.parametrize(
    ("height", "width"), [(400, 300), (16, 16), (400, 16), (16, 400), (1, 1), (1, 500), (500, 1)]
)
def test_nothing_is_found_where_nothing_is(height: int, width: int):
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    white = np.full((height, width, 3), 255, np.uint8)
    for picture in (white, np.zeros_like(white), noise):
        assert codes(picture) == []
