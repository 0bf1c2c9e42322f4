"""Geometry: what stands in one row, what goes on below, what is above or beside what."""

import pytest

from chat.papers import CHART, ORDER, PANEL, RECEIPT, reading, slanted, upside_down
from sightline.assets import Line, Reading
from sightline.chat.extracting.layout import Layout, Relation
from sightline.geometry import Point


def rows(page: Reading) -> list[str]:
    layout = Layout(page)
    return [layout.text(row) for row in layout.rows]


def stacks(page: Reading) -> list[str]:
    layout = Layout(page)
    return [layout.text(stack) for stack in layout.stacks]


def test_a_value_belongs_to_the_label_on_its_left():
    assert "TOTAL 12.79" in rows(RECEIPT)
    assert "Bindings 20 1.00 20.00" in rows(ORDER)


@pytest.mark.parametrize("slope", [-0.2, -0.05, 0.05, 0.2])
def test_a_slanted_page_has_the_same_rows(slope: float):
    assert rows(slanted(RECEIPT, slope)) == rows(RECEIPT)


def test_a_page_on_its_head_has_the_same_rows():
    assert rows(upside_down(RECEIPT)) == rows(RECEIPT)


@pytest.mark.parametrize("clockwise", [True, False])
def test_a_page_on_its_side_has_the_same_rows(clockwise: bool):
    def turned(point: Point) -> Point:
        return Point(1 - point.y, point.x) if clockwise else Point(point.y, 1 - point.x)

    page = Reading(
        tuple(Line(line.text, tuple(map(turned, line.polygon)), 0.9) for line in RECEIPT.lines)
    )
    assert rows(page) == rows(RECEIPT)


def test_a_phrase_goes_on_below_but_prices_do_not():
    assert {"Check Water", "Refill Rinse Aid", "Eco 45°", "Vario Speed"} <= set(stacks(PANEL))
    assert not any("1.59 4.99" in stack for stack in stacks(RECEIPT))


def test_a_value_goes_on_under_itself():
    page = reading(
        [
            (0.10, 0.02, [(0.1, "Name: Robert Smith")]),
            (0.13, 0.02, [(0.1, "Address: 938 Burner Road")]),
            (0.16, 0.02, [(0.19, "Boulder City")]),
        ]
    )
    assert stacks(page) == ["Name: Robert Smith Address: 938 Burner Road Boulder City"]


def test_columns_of_running_text_are_no_table():
    page = reading(
        [
            (
                0.10,
                0.02,
                [(0.05, "The city is rebuilding rapidly,"), (0.5, "only one hotel was open then")],
            ),
            (
                0.13,
                0.02,
                [
                    (0.05, "repairing roofs and clearing the"),
                    (0.5, "but several thousand beds were"),
                ],
            ),
        ]
    )
    assert "The city is rebuilding rapidly," in rows(page)
    assert "only one hotel was open then but several thousand beds were" in stacks(page)


@pytest.mark.parametrize(
    ("relation", "text"),
    [
        ("above", {"Check", "Water", "Refill", "Rinse Aid"}),
        ("right", {"Vario", "Speed"}),
        ("left", {"Auto", "65°", "Eco", "45°", "Quick"}),
    ],
)
def test_relations_are_seen_from_the_anchor(relation: Relation, text: set[str]):
    layout = Layout(PANEL)
    display = next(i for i, line in enumerate(layout.lines) if line.text == "1:05")
    near = {layout.lines[index].text for index in layout.related((display,), relation)}
    assert text <= near
    assert "1:05" not in near


def test_lists_are_lines_of_one_size_in_a_column_or_row():
    layout = Layout(CHART)
    lists = {layout.text(group) for group in layout.alike(4)}
    assert {"Boreal Temperate Subtropical Tropical", "2005 2010 2015 2020"} <= lists


def test_text_that_runs_up_the_margin_is_in_no_row():
    sideways = Line(
        "million hectares", tuple(map(Point, (0, 0.03, 0.03, 0), (0.2, 0.2, 0.8, 0.8))), 1
    )
    page = Reading((*CHART.lines, sideways))
    assert "million hectares" in rows(page)


def test_nothing_read_is_no_layout():
    layout = Layout(Reading())
    assert (layout.rows, layout.stacks, layout.alike(2), layout.tallest) == ((), (), (), 1.0)
