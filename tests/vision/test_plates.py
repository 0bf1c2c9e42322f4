"""What is written like a plate on a vehicle is one; everything else that is read there is not."""

import math

import pytest

from sightline.assets import Line, Reading
from sightline.geometry import Box, Point
from sightline.regions import Region
from sightline.vision.plates import plates

CAR = Region(
    label="sports car",
    polygon=Box(left=0.1, top=0.2, right=0.9, bottom=0.9).polygon,
    score=0.9,
    source="lite0",
    broader=("car", "motor vehicle", "vehicle"),
)


def line(
    text: str,
    *,
    aspect: float = 1.5,
    long: float = 4.5,
    at: tuple[float, float] = (0.4, 0.6),
    degrees: float = 0.0,
    confidence: float = 0.93,
) -> Line:
    """A line whose text is `long` times as long as high on a picture of that aspect."""
    height = 0.05
    turn = math.radians(degrees)
    ways = [(0, 0), (long * height, 0), (long * height, height), (0, height)]
    polygon = tuple(
        Point(
            at[0] + (x * math.cos(turn) - y * math.sin(turn)) / aspect,
            at[1] + x * math.sin(turn) + y * math.cos(turn),
        )
        for x, y in ways
    )
    return Line(text, polygon, confidence)


def numbers(*lines: Line, aspect: float = 1.5, on: tuple[Region, ...] = (CAR,)) -> list[str]:
    return [region.text for region in plates(on, Reading(lines), aspect=aspect)]


@pytest.mark.parametrize(
    "text",
    [
        "B·MW 1234", "M-AB 1234", "HH: XY 77", "AB12 CDE", "7ABC123", "1-ABC-234", "KA 05 MH 1234",
        "KA05MH1234", "GZ9 8WQ", "AA-123-BB", "1234 BCD", "WA 12345", "X550", "ABC 123", "ABC•1234",
        " 8XYZ 42 ", "MTK-AB 1234", "UNI 7B", "MAY 123",
    ],
)  # fmt: skip
def test_what_is_written_like_a_plate(text: str):
    assert numbers(line(text)) == [text]


@pytest.mark.parametrize(
    "text",
    [
        # dates and times
        "2024-05-17", "17.05.24", "12:30", "MAY 2024", "JUNE 2025", "DEC-2024", "5/17/24",
        # prices and numbers of telephones
        "49.99", "$49.99", "EUR 49,99", "EUR 49", "€ 12", "0800 123456", "+49 30 1234", "555-0199",
        # words and what stands on vehicles
        "TAXI", "POLICE", "SCHOOL BUS", "Turbo", "turbo 16v", "Golf GTI", "4x4", "V6", "TOYOTA",
        "www.cab4u.com", "Line 42 B", "24h SERVICE", "50% OFF", "NO.1 PIZZA SHOP",
        "24H SERVICE", "SERVICE 24", "POLICE 5", "GST 12345", "BUS 42", "UNIT 7B", "FLEET 1042",
        "LINE 12", "ROUTE 66", "TAXI 1234", "TEL 5550199",
        # too short, too long, no letters, no digits
        "", " ", "X5", "A1B", "ABCDEFGH 123", "1234567", "AB CDEF", "12345 67890 AB",
        "A1 B2 C3 D4 E5", "A--1234-", "-AB123", "AB\n1234",
    ],
)  # fmt: skip
def test_what_is_not_written_like_a_plate(text: str):
    assert numbers(line(text)) == []


def test_a_plate_says_what_it_is():
    (region,) = plates([CAR], Reading((line("M-AB 1234"),)), aspect=1.5)
    assert (region.label, region.text, region.source) == ("license plate", "M-AB 1234", "plates")
    assert {"number plate", "licence plate"} <= set(region.words)
    assert region.score == 0.93
    assert region.polygon == line("M-AB 1234").polygon


@pytest.mark.parametrize(
    ("at", "there"),
    [
        ((0.4, 0.6), True),
        ((0.1, 0.2), True),
        ((0.09, 0.6), True),  # nearly all of it lies on the car
        ((0.05, 0.6), False),
        ((0.4, 0.05), False),
        ((0.83, 0.6), False),
        ((0.4, 0.95), False),
    ],
)
def test_only_on_a_vehicle(at: tuple[float, float], there: bool):
    assert bool(numbers(line("M-AB 1234", at=at))) is there


def test_on_any_of_several_vehicles_once():
    other = Region(
        label="bus",
        polygon=Box(left=0.3, top=0.3, right=1.0, bottom=1.0).polygon,
        score=0.5,
        source="lite0",
    )
    both = (line("M-AB 1234"), line("HH-XY 77", at=(0.5, 0.3)))
    assert numbers(*both, on=(CAR, other)) == ["M-AB 1234", "HH-XY 77"]
    assert numbers(*both, on=()) == []
    assert numbers() == []


@pytest.mark.parametrize("aspect", [0.3, 0.56, 1.0, 1.78, 3.0])
@pytest.mark.parametrize("degrees", [-20, -8, 0, 8, 20])
def test_on_wide_and_tall_pictures_at_any_angle(aspect: float, degrees: float):
    everywhere = Region(
        label="car", polygon=Box(left=-2, top=-2, right=3, bottom=3).polygon, score=1, source="x"
    )
    for long, there in ((1.6, False), (2.3, True), (4.7, True), (7.2, True), (8.0, False)):
        read = line("M-AB 1234", aspect=aspect, long=long, degrees=degrees)
        assert bool(numbers(read, aspect=aspect, on=(everywhere,))) is there, long


def test_a_polygon_of_no_size_is_no_plate():
    point = (Point(0.5, 0.5),) * 4
    assert numbers(Line("M-AB 1234", point, 0.9)) == []
