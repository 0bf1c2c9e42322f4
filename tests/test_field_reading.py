"""Fields read off receipts, labels, descriptions and tags, and the many that are left out."""

import pytest

from chat.papers import reading
from sightline.assets import Reading, Tag
from sightline.field_reading import Known, ReadFields, read_fields
from sightline.row_schema import row_schema


def page(*rows: str) -> Reading:
    """A page of rows; `|` stands between the cells of one."""
    return reading(
        [
            (
                0.05 + 0.04 * n,
                0.02,
                [(0.05 + 0.4 * m, cell.strip()) for m, cell in enumerate(row.split("|"))],
            )
            for n, row in enumerate(rows)
        ]
    )


def fields(known: Known, **properties: object) -> ReadFields:
    return read_fields(row_schema({"type": "object", "properties": properties}), known)


def value(name: str, field: dict[str, object], *rows: str) -> object:
    """What is found for one field on a page."""
    return fields(Known(reading=page(*rows)), **{name: field}).values.get(name)


NUMBER, INTEGER, TEXT, DATE = (
    {"type": "number"},
    {"type": "integer"},
    {"type": "string"},
    {"type": "string", "format": "date"},
)

RECEIPT = (
    "EIGHT OUNCE COFFEE CO.",
    "GST No. 002063339520",
    "Invoice No: P0S022881",
    "Date: 24-05-2018 4:29 PM",
    "1 | Cappucino | 13.00",
    "Subtotal | 37.64",
    "GST 6% | 2.26",
    "Total Sales Inclusive 6% GST (3) | 39.90",
    "Total Qty: | 2",
    "Total | 39.90",
    "Cash | RM 50.00",
)

FOUND: dict[str, tuple[str, dict[str, object], object]] = {
    "beside its label": ("total", NUMBER, 39.9),
    "not the subtotal, and not of another": ("subtotal", NUMBER, 37.64),
    "by a synonym, its share left out": ("tax", NUMBER, 2.26),
    "its currency left out": ("cash", NUMBER, 50.0),
    "a date in its form": ("date", DATE, "2018-05-24"),
    "a date as it is printed": (
        "printed",
        {"type": "string", "title": "Date"},
        "24-05-2018 4:29 PM",
    ),
    "two words for a label": ("invoice_no", TEXT, "P0S022881"),
    "written as one": ("invoiceNo", TEXT, "P0S022881"),
    "by a phrase of its description": (
        "bill",
        {"type": "string", "description": "What it is called: invoice no"},
        "P0S022881",
    ),
    "an instruction is no label": (
        "bill",
        {"type": "number", "description": "Write down the cash that was given by the customer"},
        None,
    ),
    "a word of the text": ("payment", {"enum": ["cash", "visa"]}, "cash"),
    "a whole number": ("qty", {"type": "integer", "title": "Total Qty"}, 2),
    "no label, no value": ("change", NUMBER, None),
    "never a yes or a no": ("paid", {"type": "boolean"}, None),
}


@pytest.mark.parametrize(("name", "field", "wanted"), FOUND.values(), ids=FOUND.keys())
def test_a_receipt(name: str, field: dict[str, object], wanted: object):
    assert value(name, field, *RECEIPT) == wanted


LEFT_OUT: dict[str, tuple[str, dict[str, object], tuple[str, ...], str]] = {
    "two totals": ("total", NUMBER, ("Total | 82.50", "Total | 87.45"), "several values"),
    "two figures": ("total", NUMBER, ("Total | 82.50 | 4.95",), "more than one way"),
    "a day in April or in March": ("date", DATE, ("Date: 03/04/2018",), "more than one way"),
    "a thousand, or one and a bit": ("total", NUMBER, ("Total | 1,234",), "more than one way"),
    "half a piece": ("pieces", INTEGER, ("Pieces | 1.50",), "more than one way"),
    "two of the choices": (
        "payment",
        {"enum": ["cash", "visa"]},
        ("Cash or Visa",),
        "several values",
    ),
    "a value that does not fit": (
        "total",
        {"type": "number", "maximum": 10},
        ("Total | 12.50",),
        "does not fit",
    ),
}


@pytest.mark.parametrize(("name", "field", "rows", "why"), LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_what_is_found_and_unclear_is_left_out_and_said(
    name: str, field: dict[str, object], rows: tuple[str, ...], why: str
):
    found = fields(Known(reading=page(*rows)), **{name: field})
    assert found.values == {}
    (remark,) = found.remarks
    assert remark.startswith(f"{name}: ")
    assert why in remark


NOT_THE_LABEL = {
    "another word before": "Excluding Total | 82.50",
    "another word between": "Total discount | 82.50",
    "a part of a word": "Subtotal | 82.50",
    "a share": "Total | 6%",
    "a time": "Total | 12:30",
    "the number of something": "Total No. 0012345",
}


@pytest.mark.parametrize("row", NOT_THE_LABEL.values(), ids=NOT_THE_LABEL.keys())
def test_what_is_no_total(row: str):
    assert value("total", NUMBER, row) is None


def test_the_plain_label_counts_more_than_one_with_further_words():
    assert value("total", NUMBER, "Total amount due | 10.00", "Total | 9.95") == 9.95


def test_a_label_and_its_value_in_cells_and_two_labels_in_a_row():
    assert value("cashier", TEXT, "Cashier | : Jim", "Table | 4") == "Jim"
    row = "Cashier: Jim Date: 24/05/2018"
    assert value("cashier", TEXT, row) == "Jim"
    assert value("date", DATE, row) == "2018-05-24"
    assert value("cashier", TEXT, "Cashier: 113 CASHIER | Pax: | 2") == "113 CASHIER"


def test_typed_texts_need_no_label_where_there_is_one_only():
    rows = ("Roberto Tamburello", "555-123-4567", "roberto@adventure-works.com", "GST@0.00")
    assert value("phone", TEXT, *rows) == "555-123-4567"
    assert value("email", TEXT, *rows) == "roberto@adventure-works.com"
    assert value("email", TEXT, "GST@0.00") is None
    assert value("phone", TEXT, "Server Tun(1) 000-074020") is None


MILK = Known(
    description="Arla Standard Milk. Good for coffee and juice. It is a drink of Swedish cows.",
    tags=(Tag("milk can", 0.6), Tag("toiletry", 0.95)),
)


def test_the_description_names_the_thing_and_what_it_is():
    found = fields(
        MILK,
        product=TEXT,
        description=TEXT,
        category={"enum": ["Milk", "Juice"]},
        sort={"enum": ["drink", "fruit"]},
        taste={"enum": ["coffee", "vanilla"]},
    )
    assert found.values == {
        "product": "Arla Standard Milk",
        "description": MILK.description,
        "category": "Milk",  # juice and coffee are only mentioned
        "sort": "drink",
    }


def test_a_sentence_is_no_name():
    assert fields(Known(description="A man rides a wave."), name=TEXT).values == {}


def test_denied_and_empty_choices_are_not_named():
    said = Known(description="Yoghurt without milk, no other")
    assert fields(said, a={"enum": ["milk"]}, b={"enum": ["other", "yes"]}).values == {}
    assert fields(Known(reading=page("Invoice No 12")), a={"enum": ["yes", "no"]}).values == {}


def test_the_longer_of_two_choices():
    said = Known(description="Oatly oat milk")
    assert fields(said, kind={"enum": ["milk", "oat milk"]}).values == {"kind": "oat milk"}


def test_a_tag_names_the_kind_where_words_confirm_it_or_it_is_sure():
    pepper = Tag("bell pepper", 0.55)
    confirmed = Known(description="Red Bell Pepper (Pepper)", tags=(Tag("toiletry", 0.9), pepper))
    assert fields(confirmed, kind=TEXT).values == {"kind": "bell pepper"}
    assert fields(Known(tags=(pepper,)), kind=TEXT).values == {}
    sure = fields(Known(tags=(Tag("tent", 0.93),)), kind=TEXT)
    assert sure.values == {"kind": "tent"}
    assert sure.remarks == ("kind: by its look (probability 0.93)",)


def test_lists():
    found = fields(
        Known(description="Orange and vanilla", tags=(Tag("tent", 0.5), Tag("dome", 0.4))),
        tags={"type": "array", "items": TEXT},
        flavours={"type": "array", "items": {"enum": ["orange", "vanilla", "lemon"]}},
        others={"type": "array", "items": TEXT},
    )
    assert found.values == {"tags": ["tent", "dome"], "flavours": ["orange", "vanilla"]}
    lists = {name: {"type": "array", "items": TEXT} for name in ("tags", "objects")}
    assert fields(Known(), **lists).values == {"tags": []}


def test_text_and_nested_fields():
    known = Known(reading=page("Total 4", "Thanks"))
    shop = {"type": "object", "properties": {"name": TEXT}}
    found = fields(known, text=TEXT, shop=shop)
    assert found.values == {"text": "Total 4\nThanks"}
    assert found.remarks == ("shop: nested fields need a language model",)


def test_nothing_is_known():
    assert fields(Known(), total=NUMBER, kind=TEXT, a={"enum": ["x-ray"]}) == ReadFields()
