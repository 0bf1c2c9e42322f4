"""How text is compared when answers and readings are scored."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sightline.evaluation.text_match import (
    edits,
    field_is_read,
    groups_found,
    normalised,
    words_found,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TEL : 03-8768", "tel 03 8768"),
        ("  Grüße,\n\tBérénice!  ", "grüße bérénice"),
        ("ﬁne ５０ m²", "fine 50 m2"),
        ("snake_case", "snake case"),
        ("愚园路 (西)", "愚园路 西"),
        ("… – !", ""),
    ],
)
def test_normalised_text_has_letters_digits_and_single_blanks(text: str, expected: str):
    assert normalised(text) == expected


@pytest.mark.parametrize(
    ("truth", "read", "found"),
    [
        pytest.param("TAX INVOICE", "Tax-Invoice No. 5", (2, 2), id="all, whatever the case"),
        pytest.param("one two three", "three one", (2, 3), id="in any order"),
        pytest.param("1 1 1", "1", (1, 3), id="each as often as it occurs"),
        pytest.param("total", "subtotal", (0, 1), id="whole words only"),
        pytest.param("total", "", (0, 1), id="nothing read"),
        pytest.param("", "something", (0, 0), id="nothing to read"),
    ],
)
def test_words_are_counted_as_bags(truth: str, read: str, found: tuple[int, int]):
    assert words_found(truth, read) == found


@pytest.mark.parametrize(
    ("value", "read", "expected"),
    [
        ("$144.00", "TOTAL $ 144.00 USD", True),
        ("LOT 276 JALAN BANTING", "LOT 276\nJALAN BANTING\n43800", True),
        ("12/20/2020", "12/20/2O20", False),
    ],
)
def test_a_field_is_read_when_its_value_is_part_of_the_text(value: str, read: str, expected: bool):
    assert field_is_read(value, read) is expected


@pytest.mark.parametrize(
    ("truth", "read", "expected"),
    [
        ("kitten", "sitting", (3, 6)),
        ("Same.", "same", (0, 4)),
        ("abc", "", (3, 3)),
        ("", "abc", (3, 0)),
        ("", "", (0, 0)),
        ("a b", "ab", (1, 3)),
    ],
)
def test_edits_are_counted_in_normalised_characters(
    truth: str, read: str, expected: tuple[int, int]
):
    assert edits(truth, read) == expected


letters = some.text(alphabet="abc", max_size=12)


@given(letters, letters, letters)
def test_the_edit_distance_is_a_distance(one: str, two: str, three: str):
    def distance(a: str, b: str) -> int:
        return edits(a, b)[0]

    assert distance(one, one) == 0
    assert distance(one, two) == distance(two, one)
    assert distance(one, three) <= distance(one, two) + distance(two, three)
    assert abs(len(one) - len(two)) <= distance(one, two) <= max(len(one), len(two))


@pytest.mark.parametrize(
    ("answer", "group", "found"),
    [
        pytest.param("A TrailMaster X4 Tent.", ["trailmaster x4"], True, id="case"),
        pytest.param("Cafe crème brulée", ["CRÈME BRÛLÉE"], True, id="accents"),
        pytest.param("the hood is dented", ["bonnet", "hood"], True, id="any of the group"),
        pytest.param("the hood is dented", ["dent"], True, id="part of a word"),
        pytest.param("It holds 4 people.", ["four", "4"], True, id="a number alone"),
        pytest.param("The X4 in 2014 for $40", ["4"], False, id="a number in others"),
        pytest.param("price $250.00", ["250"], True, id="a number before a point"),
        pytest.param("1250 pieces", ["250"], False, id="the end of a number"),
        pytest.param("the change is RM10.10", ["10.10"], True, id="after letters"),
        pytest.param("the total is 110.10", ["10.10"], False, id="the end of a price"),
        pytest.param("at 11:05", ["1:05"], False, id="another time"),
        pytest.param("sodium 120 mg", ["20 mg"], False, id="another weight"),
        pytest.param("sodium 20mg per bar", ["20mg"], True, id="a weight in a sentence"),
        pytest.param("hot\nchocolate", ["hot chocolate"], True, id="over a line break"),
        pytest.param("(J.P. Morgan)", ["J.P. Morgan"], True, id="points are points"),
        pytest.param("JxPy Morgan", ["J.P. Morgan"], False, id="and not anything"),
    ],
)
def test_a_group_is_found_when_one_of_its_strings_is_said(
    answer: str, group: list[str], found: bool
):
    assert groups_found(answer, [group]) == [found]


def test_each_group_is_judged_alone():
    assert groups_found("a red tent", [["tent"], ["four", "4"], ["red"]]) == [True, False, True]
