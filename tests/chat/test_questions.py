"""A question is taken apart into what it asks."""

import pytest

from sightline.chat.extracting.phrasing import Form, Limit
from sightline.chat.extracting.questions import Part, part, parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "What is the total including tax, and on what date?",
            ["What is the total including tax", "on what date"],
        ),
        (
            "What is this product, how many people does it hold and what does it cost?",
            ["What is this product", "how many people does it hold", "what does it cost"],
        ),
        (
            "What is the purchase order number and the grand total?",
            ["What is the purchase order number", "What is the grand total"],
        ),
        (
            "How much fat, saturated fat and sodium are in it?",
            ["How much fat", "How much saturated fat", "How much sodium are in it"],
        ),
        ("What did the quick and lazy dog do?", ["What did the quick and lazy dog do"]),
        ("Is it black and white?", ["Is it black and white"]),
        (
            "The grey bar compares the area with a country. Which one?",
            ["The grey bar compares the area with a country: Which one"],
        ),
        ("Give me the total.", ["Give me the total"]),
        ("Total?", ["Total"]),
        ("", [""]),
    ],
)
def test_parts(question: str, expected: list[str]):
    assert [one.text for one in parts(question)] == expected


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("What is the total?", "lookup"),
        ("What does the display show?", "whole"),
        ("What is the title of the chart?", "whole"),
        ("Which four categories does it have?", "list"),
        ("which company ships it", "lookup"),
        ("What was bought?", "items"),
        ("List all items with their prices.", "items"),
        ("What is the purchase order number?", "lookup"),
        ("What is this product?", "identify"),
        ("What kind of apple is this?", "identify"),
        ("What material is it?", "lookup"),
        ("Describe this image.", "describe"),
        ("What is in these pictures?", "describe"),
    ],
)
def test_forms(question: str, form: Form):
    assert part(question.rstrip("?.")).form == form


@pytest.mark.parametrize(
    ("question", "limit"),
    [
        ("How many people are in the picture?", "count"),
        ("How many people does it hold?", None),
        ("Which one has the least sugar?", "compare"),
        ("Which side faces west?", None),
        ("What should I tell my insurance company?", "advise"),
        ("How can I contact him by email?", None),
        ("Is there a dog?", "confirm"),
    ],
)
def test_limits(question: str, limit: Limit | None):
    assert part(question.rstrip("?")).limit == limit


def test_what_carries_words_is_not_looked_for_in_them():
    assert part("What is the date on this receipt").terms == ("date",)
    assert part("What does the sign say").terms == ("sign",)  # nothing else to look for


def test_a_relation_names_its_anchor():
    asked = part("Which two warnings are printed above the display")
    assert (asked.relation, asked.anchor, asked.count) == ("above", "the display", 2)


@pytest.mark.parametrize(
    ("question", "context", "kinds"),
    [
        ("And on Sunday?", ("open", "cafe", "saturday"), ("time", "date")),
        ("What about its phone number?", ("open", "cafe", "saturday"), ("phone",)),
        ("What is the price of a large cappuccino?", (), ("amount", "number", "percent")),
    ],
)
def test_a_follow_up_leans_on_the_last_question(
    question: str, context: tuple[str, ...], kinds: tuple[str, ...]
):
    (asked,) = parts(question, before="When does the cafe open on Saturday?")
    assert isinstance(asked, Part)
    assert set(asked.context) == set(context)
    assert asked.kinds == kinds
