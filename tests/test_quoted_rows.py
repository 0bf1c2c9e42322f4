"""A quotation of a row, name and value side by side, shows which of equal values is meant."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.assets import Line, Reading
from sightline.geometry import Box, Point, bounds
from sightline.grounding import Seen, ground
from sightline.quoted_rows import in_one_row, lines_of_quotations


def line(text: str, left: float, top: float, height: float = 0.04) -> Line:
    right = left + 0.015 * max(len(text), 1)
    return Line(text, Box(left=left, top=top, right=right, bottom=top + height).polygon, 0.9)


def rows(*texts: tuple[str, ...], slant: float = 0.0) -> list[Line]:
    """A paper with two or more columns; each column stands `slant` lower than the one before."""
    return [
        line(text, 0.1 + 0.4 * column, 0.1 + 0.1 * number + slant * column)
        for number, row in enumerate(texts)
        for column, text in enumerate(row)
    ]


RECEIPT = rows(
    ("Harbor Cafe",), ("Coffee", "4.50"), ("Cake", "4.50"), ("Subtotal", "9.00"), ("Total", "9.00")
)


def tied(answer: str, lines: list[Line] = RECEIPT) -> list[tuple[str, float]]:
    """What is tied, and in which row of the paper it is."""
    spans = ground(answer, [Seen(image_index=0, reading=Reading(tuple(lines)))])
    return [(span.text, round((bounds(span.polygon).top - 0.1) * 10)) for span in spans]


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        ("“Coffee 4.50”", [("Coffee", 1), ("4.50", 1)]),
        ("“Cake 4.50”", [("Cake", 2), ("4.50", 2)]),
        ("“Cake 4.50” and “Coffee 4.50”", [("Cake", 2), ("4.50", 2), ("Coffee", 1), ("4.50", 1)]),
        ("“Coffee 4.50”, “Cake 4.50”.", [("Coffee", 1), ("4.50", 1), ("Cake", 2), ("4.50", 2)]),
        ("It says “Total 9.00”.", [("Total", 4), ("9.00", 4)]),
        ("It says “Subtotal 9.00”.", [("Subtotal", 3), ("9.00", 3)]),
        (
            "It says “Total 9.00” below “Subtotal 9.00”.",
            [("Total", 4), ("9.00", 4), ("Subtotal", 3), ("9.00", 3)],
        ),
        ("The receipt reads “Harbor Cafe”.", [("Harbor Cafe", 0)]),
    ],
)
def test_a_quoted_row_is_tied_to_its_own_lines(answer: str, places: list[tuple[str, float]]):
    assert tied(answer) == places


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        ("The total is 9.00.", [("total", 4), ("9.00", 4)]),
        ("At Harbor Cafe the total was 9.00.", [("Harbor Cafe", 0), ("total", 4), ("9.00", 4)]),
        (
            "The total is 9.00, and so is the subtotal: 9.00.",
            [("total", 4), ("9.00", 4), ("subtotal", 3), ("9.00", 3)],
        ),
        ("9.00 is the total.", [("9.00", 4), ("total", 4)]),
        ("It costs 9.00.", [("9.00", 3)]),
        ("The subtotal is 9.00 as well.", [("subtotal", 3), ("9.00", 3)]),
    ],
)
def test_without_quotation_marks_the_name_shows_its_value(
    answer: str, places: list[tuple[str, float]]
):
    assert tied(answer) == places


def test_the_right_one_of_equal_rows_on_a_paper_that_hangs():
    slanted = rows(("Coffee", "4.50"), ("Cake", "4.50"), ("Tea", "4.50"), slant=0.015)
    assert [place for _, place in tied("“Cake 4.50”", slanted)] == [1, 1]
    assert [place for _, place in tied("“Tea 4.50”", slanted)] == [2, 2]


@pytest.mark.parametrize("answer", ["“Coffee 9.00”", "“Bread 4.50”", "“Cafe Coffee”"])
def test_a_row_that_does_not_stand_there_is_not_invented(answer: str):
    """Its parts may stand there, but in no row."""
    quoted = answer.strip("“”").casefold().split()
    printed = [each.text.casefold().split() for each in RECEIPT]
    assert lines_of_quotations(quoted, [(0, len(quoted))], RECEIPT, printed) == {}


def test_lines_of_each_word_of_a_quotation():
    printed = [each.text.casefold().split() for each in RECEIPT]
    said = ["it", "says", "cake", "4.50"]
    assert [RECEIPT[number].text for number in (3, 4)] == ["Cake", "4.50"]
    assert lines_of_quotations(said, [(2, 4)], RECEIPT, printed) == {2: {3, 4}, 3: {3, 4}}
    # A part of a row is enough, and it may stand in several.
    assert lines_of_quotations(["4.50"], [(0, 1)], RECEIPT, printed) == {0: {1, 2, 3, 4}}
    assert lines_of_quotations(said, [], RECEIPT, printed) == {}
    assert lines_of_quotations(said, [(2, 4)], [], []) == {}


@pytest.mark.parametrize("name", ["Tip", "Tax", "VAT", "No", "of"])
def test_a_short_name_in_a_quoted_row_is_tied_as_well(name: str):
    paper = rows(("Coffee", "4.50"), (name, "1.20"), ("Cake", "1.20"))
    assert tied(f"It says “{name} 1.20”.", paper) == [(name, 1), ("1.20", 1)]


def test_a_line_alone_in_its_row_is_no_row():
    assert lines_of_quotations(["harbor"], [(0, 1)], RECEIPT[:1], [["harbor", "cafe"]]) == {}


def test_lines_are_in_one_row_when_most_of_the_lower_one_stands_beside_the_other():
    tall = line("TOTAL", 0.1, 0.1, height=0.08)
    assert in_one_row(tall, line("9.00", 0.5, 0.12, height=0.03))
    assert in_one_row(tall, line("9.00", 0.5, 0.164, height=0.03))
    assert not in_one_row(tall, line("9.00", 0.5, 0.17, height=0.03))
    assert not in_one_row(tall, line("9.00", 0.5, 0.3))
    assert in_one_row(tall, tall)


@given(st.lists(st.tuples(st.text(max_size=8), st.floats(0, 1), st.floats(0, 1)), max_size=12))
def test_any_lines_and_any_words(placed: list[tuple[str, float, float]]):
    lines = [line(text, left, top) for text, left, top in placed]
    printed = [each.text.split() for each in lines]
    said = [word for words in printed for word in words] or ["x"]
    found = lines_of_quotations(said, [(0, len(said)), (0, 1)], lines, printed)
    assert all(0 <= number < len(lines) for numbers in found.values() for number in numbers)


TURNS = {
    "clockwise": lambda at: Point(1 - at.y, at.x),
    "upside down": lambda at: Point(1 - at.x, 1 - at.y),
    "counterclockwise": lambda at: Point(at.y, 1 - at.x),
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_rows_are_rows_on_a_turned_page(turn: Callable[[Point], Point]):
    """The reader's polygons begin where the text does, whatever way the page lies."""
    turned = [replace(one, polygon=tuple(map(turn, one.polygon))) for one in RECEIPT]
    answer = "“Cake 4.50” is above “Subtotal 9.00”, and the total is 9.00."
    spans = ground(answer, [Seen(image_index=0, reading=Reading(tuple(turned)))])
    wanted = [RECEIPT[number] for number in (3, 4, 5, 6, 7, 8)]
    assert [span.text.casefold() for span in spans] == [one.text.casefold() for one in wanted]
    assert [span.polygon for span in spans] == [tuple(map(turn, one.polygon)) for one in wanted]
