"""The articles of receipts and orders, with their figures."""

import pytest

from chat.papers import CHART, ORDER, PLAQUE, RECEIPT, Row, reading
from sightline.assets import Reading
from sightline.chat.extracting.layout import Layout
from sightline.chat.extracting.tables import articles

HEAD: Row = (0.1, 0.02, [(0.1, "Qty"), (0.3, "Description"), (0.8, "Amount")])
TOTAL: Row = (0.9, 0.02, [(0.1, "TOTAL"), (0.8, "28.31")])
PRICE_FIRST = reading(
    [
        HEAD,
        (0.20, 0.02, [(0.1, "1"), (0.6, "5"), (0.8, "18.40")]),
        (0.30, 0.02, [(0.3, "Kitchen Lighter")]),
        (0.40, 0.02, [(0.1, "2"), (0.6, "1"), (0.8, "9.91")]),
        (0.50, 0.02, [(0.3, "Cotton Mop")]),
        TOTAL,
    ]
)
NAME_FIRST = reading(
    [
        (0.05, 0.02, [(0.1, "-TAX INVOICE-")]),
        (0.20, 0.02, [(0.1, "CLOTH PEG E-140")]),
        (0.30, 0.02, [(0.1, "9555112901406"), (0.6, "1 X"), (0.8, "5.90")]),
        (0.40, 0.02, [(0.1, "Item(s) : 1")]),
        TOTAL,
    ]
)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (RECEIPT, ["ORG BANANAS 2.31 LB 1.59", "GREEK YOGURT 4.99", "SOURDOUGH BREAD 5.49"]),
        (ORDER, ["Bindings 20 1.00 20.00", "Feather Bookmark 20 5.00 100.00"]),
        (PRICE_FIRST, ["1 5 18.40 Kitchen Lighter", "2 1 9.91 Cotton Mop"]),
        (NAME_FIRST, ["CLOTH PEG E-140 9555112901406 1 X 5.90"]),
        (PLAQUE, []),
        (CHART, []),
        (Reading(), []),
    ],
)
def test_articles(page: Reading, expected: list[str]):
    layout = Layout(page)
    assert [layout.text(group) for group in articles(layout)] == expected
