"""Text that is asked for by its role: all of it, the largest, the figures, a list, the head."""

from chat.papers import CHART, ORDER, PANEL, PLAQUE, RECEIPT, attached, reading
from sightline.assets import Reading
from sightline.chat.extracting.completing import completed
from sightline.chat.extracting.excerpts import (
    bought,
    everything,
    figures,
    letterhead,
    listing,
    prominent,
)
from sightline.chat.extracting.passages import Page, Passage


def page(read: Reading) -> Page:
    return Page(attached(read))


def texts(passages: tuple[Passage, ...]) -> list[str]:
    return [passage.text for passage in passages]


def test_few_words_are_everything():
    (whole,) = texts(everything(page(PLAQUE)))
    assert whole == "Octavia Hill Social Reformer Established this garden 1887-90"
    assert everything(page(ORDER)) == ()
    assert everything(page(Reading())) == ()


def test_many_words_have_prominent_ones():
    assert texts(prominent(page(CHART)))[0] == "Global tree cover: annual loss"
    assert not any("rounded" in text for text in texts(prominent(page(CHART))))


def test_figures_are_as_large_as_displays_are():
    panel = page(PANEL)
    assert panel.layout.lines[figures(panel)[0]].text == "1:05"


def test_a_list_has_as_many_entries_as_asked_for():
    assert texts(listing(page(CHART), 4)) == ["Boreal", "Temperate", "Subtropical", "Tropical"]
    assert listing(page(PLAQUE), 7) == ()


def test_what_was_bought_is_not_what_was_paid():
    assert texts(bought(page(RECEIPT)))[-1] == "SOURDOUGH BREAD 5.49"


def test_the_letterhead_is_who_issued_it():
    assert texts(letterhead(page(RECEIPT))) == ["WHOLE GREEN MARKET LTD"]
    assert texts(letterhead(page(ORDER))) == ["Hero Limited"]


def test_what_breaks_off_is_made_whole():
    receipt = page(RECEIPT)
    passages = {passage.text: passage for passage in receipt.read}
    assert completed(receipt, passages["CASH"], "payment").text == "CASH 20.00"
    whole = completed(receipt, passages["80220 Denver"], "address").text
    assert whole == "4100 Pine Street, 80220 Denver"
    total = passages["TOTAL 12.79"]
    assert completed(receipt, total, "amount") is total


def test_an_article_brings_its_figures_from_the_row_above():
    sold = page(
        reading(
            [
                (0.1, 0.02, [(0.1, "Qty"), (0.3, "Description"), (0.8, "Amount")]),
                (0.2, 0.02, [(0.1, "1"), (0.6, "5"), (0.8, "18.40")]),
                (0.3, 0.02, [(0.3, "Kitchen Lighter")]),
                (0.9, 0.02, [(0.1, "TOTAL"), (0.8, "18.40")]),
            ]
        )
    )
    lighter = next(passage for passage in sold.read if passage.text == "Kitchen Lighter")
    assert completed(sold, lighter, "number").text == "1 5 18.40 Kitchen Lighter"
