"""Evidence becomes passages that can be quoted."""

from chat.papers import ORDER, PANEL, PLAQUE, RECEIPT, attached, found, reading
from sightline.chat.extracting.passages import Page


def read(page: Page) -> list[str]:
    return [passage.text for passage in page.read]


def test_descriptions_are_quoted_by_the_sentence():
    page = Page(
        found(1, "TrailMaster X4 Tent (Tents, $250.00). Made of polyester (S. Brand). Light.")
    )
    assert [passage.text for passage in page.described] == [
        "TrailMaster X4 Tent (Tents, $250.00).",
        "Made of polyester (S. Brand).",
        "Light.",
    ]
    assert page.entity == "TrailMaster X4 Tent"
    assert [passage.titular for passage in page.described] == [True, False, False]


def test_a_caption_names_no_thing():
    assert Page(found(1, "A woman holding a phone on her hands and smiling.")).entity == ""


def test_rows_and_stacks_are_both_offered():
    assert {"Eco 45°", "Auto Eco Quick Vario", "Check Water", "1:05"} <= set(
        read(Page(attached(PANEL)))
    )


def test_bare_figures_of_a_row_are_not():
    passages = read(Page(attached(RECEIPT)))
    assert "TOTAL 12.79" in passages
    assert "12.79" not in passages


def test_lines_know_the_heading_of_their_section():
    headings = {passage.text: passage.heading for passage in Page(attached(ORDER)).read}
    assert headings["Company Name: Higgly Wiggly Books"] == "Shipped To"
    assert headings["Company Name: Jupiter Book Supply"] == "Shipped From"
    assert headings["Purchase Order #: 948284"] == ""


def test_names_over_their_prices_are_one_article():
    page = reading(
        [
            (0.10, 0.02, [(0.1, "Qty"), (0.3, "Description"), (0.8, "Amount")]),
            (0.20, 0.02, [(0.1, "SR 6001188379050"), (0.6, "5"), (0.8, "18.40")]),
            (0.25, 0.02, [(0.1, "2015")]),
            (0.30, 0.02, [(0.1, "TOTAL"), (0.8, "18.40")]),
        ]
    )
    assert "SR 6001188379050 5 18.40" in read(Page(attached(page)))


def test_the_tallest_letters_have_size_one():
    sizes = {passage.text: passage.size for passage in Page(attached(PLAQUE)).read}
    assert sizes["Octavia Hill"] == 1.0
    assert sizes["1887-90"] < sizes["Octavia Hill"]


def test_the_surest_classes_are_one_passage():
    (seen,) = Page(attached(tags=("racket", "tennis ball", "court", "net"))).seen
    assert seen.text == "racket, tennis ball, court"


def test_nothing_known_is_no_passage():
    assert Page(attached()).passages == ()
