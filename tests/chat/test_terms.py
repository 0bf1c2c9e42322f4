"""Words are compared by stem, and forgive what readers of print do."""

import pytest

from sightline.chat.extracting.terms import GLUED, likeness, terms, words


def test_terms_are_stems_without_function_words():
    assert terms("Where should the bananas be stored?") == ("banana", "store")
    assert terms("Store in room temperature") == ("store", "room", "temperatur")


def test_number_words_are_digits():
    assert terms("four occupants")[0] == terms("4 people")[0] == "4"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TOTAL 39.90", ["total", "39.90"]),
        ("Sodium 20mg", ["sodium", "20", "mg"]),
        ("DoubleChoc Slice", ["double", "choc", "slice"]),
        ("愚园路 315", ["愚", "园", "路", "315"]),
        ("ＦＵＬＬ ｗｉｄｔｈ", ["full", "width"]),
        ("1887-90", ["1887-90"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("asked", "printed", "hit"),
    [
        ("total", "total", True),
        ("tax", "gst", True),  # the same thing by another name
        ("amount", "anount", True),  # misread
        ("invoice", "invaice", True),
        ("cappuccino", "cappucino", True),
        ("tax", "taxinvoice", False),  # too short to be looked for inside words
        ("total", "totalsales", True),  # glued
        ("total", "subtotal", False),  # ends like it, means something else
        ("948284", "948285", False),  # numbers are exact
        ("milk", "silk", False),
    ],
)
def test_likeness(asked: str, printed: str, hit: bool):
    (asked_term,), (printed_term,) = terms(asked), terms(printed)
    assert (likeness(asked_term, [printed_term]) >= GLUED) is hit
