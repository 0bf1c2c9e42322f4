"""What a sentence quotes from evidence, and which lines on the picture it means."""

import pytest

from chat.papers import ORDER, PANEL, RECEIPT, attached, found, reading
from sightline.assets import Reading
from sightline.evidence import Evidence
from sightline.quoting import LONGEST, quotation, tokens, verbatim

TWO_TOTALS = reading(
    [
        (0.1, 0.03, [(0.1, "Total Sales"), (0.7, "39.90")]),
        (0.2, 0.03, [(0.1, "Total"), (0.7, "39.90")]),
        (0.3, 0.03, [(0.1, "Date: 24-05-2018")]),
    ]
)


def lines_meant(page: Reading, sentence: str) -> list[int]:
    regions = quotation(attached(page), sentence).regions
    return [index for index, line in enumerate(page.lines) if line.polygon in regions]


@pytest.mark.parametrize(
    ("sentence", "lines"),
    [
        ("The picture reads “Total 39.90”.", [2, 3]),  # the second 39.90, beside “Total”
        ("The picture reads “Total Sales 39.90”.", [0, 1]),
        ("It reads “Total 39.90” and “Date: 24-05-2018”.", [2, 3, 4]),
        ('It reads "24-05-2018".', [4]),  # a part of a line
        ("It was on 24-05-2018.", [4]),  # a figure that stands once
        ("The total is 39.90.", [2, 3]),
        ("Nothing of the kind.", []),
        ("It reads “Grand total of forty”.", []),
    ],
)
def test_quoted_lines(sentence: str, lines: list[int]):
    assert lines_meant(TWO_TOTALS, sentence) == lines


def test_rows_and_stacks_are_found_again_line_by_line():
    texts = [PANEL.lines[index].text for index in lines_meant(PANEL, "“Eco 45°” and “Quick 45°”")]
    assert texts == ["Eco", "Quick", "45°", "45°"]


def test_the_content_is_the_quoted_words():
    quoted = quotation(attached(RECEIPT), "The picture reads “TOTAL 12.79”.")
    assert quoted.content == "TOTAL 12.79"
    assert len(quoted.regions) == 2


def test_a_model_that_does_not_use_quotation_marks_quotes_too():
    quoted = quotation(attached(ORDER), "It was shipped from Jupiter Book Supply by truck.")
    assert quoted.content == "Shipped From Company Name: Jupiter Book Supply"


@pytest.mark.parametrize(
    ("sentence", "content"),
    [
        ("The description says “Made of polyester.”", "Made of polyester."),
        ("It is made of polyester, it seems.", "Made of polyester."),
        ("It is sold for $2000 in shops.", "Costs $2000."),
        ("Hm.", "A tent. Made of polyester. Costs $2000."),  # then what it says at all
    ],
)
def test_quoted_sentences_of_a_description(sentence: str, content: str):
    quoted = quotation(found(1, "A tent. Made of polyester. Costs $2000."), sentence)
    assert (quoted.content, quoted.regions) == (content, ())


@pytest.mark.parametrize(
    ("evidence", "content"),
    [
        (attached(RECEIPT), "WHOLE GREEN MARKET LTD 4100 Pine Street,"),
        (attached(tags=("racket", "ball")), "racket, ball"),
        (attached(), "IMG_0815.jpg"),
        (found(1, "word " * 1000), "word word"),
    ],
)
def test_something_is_always_cited(evidence: Evidence, content: str):
    quoted = quotation(evidence, "Yes.")
    assert quoted.content.startswith(content)
    assert len(quoted.content) <= LONGEST
    assert quoted.regions == ()


def test_verbatim_words_may_run_over_lines():
    quoted = verbatim(attached(RECEIPT), "You bought greek yogurt 4.99 and sourdough bread.", 3)
    assert quoted is not None
    assert quoted.content == "GREEK YOGURT 4.99"
    assert verbatim(attached(RECEIPT), "Some yogurt and bread for 4.99 or so.", 3) is None
    assert (
        verbatim(found(1, "A red tent for two. It is light."), "a red tent for two!", 5) is not None
    )


def test_tokens_ignore_case_signs_and_widths():
    assert tokens("ＴＯＴＡＬ: RM39.90 愚园路!") == ("total", "rm", "39.90", "愚", "园", "路")
