"""Filters: read, checked, and applied to documents."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sightline.errors import InvalidRequest
from sightline.odata.checking import check
from sightline.odata.parsing import DEEPEST, MOST, parse
from sightline.odata.tree import OneOf, holds

TENT: dict[str, Any] = {
    "name": "X200",
    "price": 250,
    "weight": 2.1,
    "sold": True,
    "made": "2024-03-01T12:00:00Z",
    "tags": ["tent", "two persons"],
    "groups": [],
    "brand": None,
}
KINDS = {
    "name": "Edm.String",
    "price": "Edm.Int32",
    "weight": "Edm.Double",
    "sold": "Edm.Boolean",
    "made": "Edm.DateTimeOffset",
    "tags": "Collection(Edm.String)",
    "groups": "Collection(Edm.String)",
    "brand": "Edm.String",
}


@pytest.mark.parametrize(
    "text",
    [
        "name eq 'X200'",
        "'X200' eq name",
        "price lt 300 and price ge 250 and 249 lt price",
        "weight gt 2 and weight le 2.1e0",
        "sold",
        "sold eq true and not (sold eq false)",
        "made gt 2024-01-01T00:00:00Z and made lt 2024-03-01T14:00:00+01:00",
        "tags/any(t: t eq 'tent')",
        "tags/any(t: t eq 'boot' or t eq 'tent')",
        "tags/all(t: t ne 'boot')",
        "tags/any()",
        "not groups/any()",
        "groups/all(g: g eq 'nobody')",
        "tags/any(g:search.in(g, 'boot, tent'))",
        "search.in(name, 'X100,X200')",
        "search.in(name, 'X 100|X200', '|')",
        "brand eq null",
        "brand ne 'Acme'",
        "not (brand eq 'Acme')",
        "not (brand gt 'A')",
        "brand eq 'Acme' or price eq 250 and sold",
        "nothing eq null",
        "true",
        "not false",
        "not not sold",
        "not (sold eq false) and not search.in(name, 'X100')",
        "price lt 1e30 and price gt -INF and weight lt INF",
        "price ne NaN and not (price eq NaN)",
    ],
)
def test_what_holds_for_a_tent(text: str):
    assert holds(parse(text).tree, TENT)
    assert not holds(parse(f"not ({text})").tree, TENT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the end"),
        ("name eq", "a constant .* at character 8, got the end"),
        ("name eq X200", "a constant"),
        ("name = 'X'", "at character 6, got \"= 'X'\""),
        ("name eq 'X", "at character 9"),
        ("(name eq 'X'", r"'\)' at character 13"),
        ("name eq 'X' and", "a constant|the name"),
        ("name eq 'X' 3", "'and', 'or' or the end"),
        ("NAME EQ 'X'", "'and', 'or' or the end"),
        ("tags/some(t: t eq 'a')", "any or all"),
        ("tags/all()", "the name of a field"),
        ("search.ismatch('tent')", "search.ismatch, which is not served"),
        ("geo.distance(a, b) lt 3", "geo.distance, which is not served"),
        ("search.in(name, 3)", "a text in quotes"),
        ("price eq 99999999999999999999", "64 bits"),
        ("price eq " + "9" * 5_000, "64 bits"),
        ("weight eq 1e999", "64 bits"),
        ("price eq 12abc", "at character 10"),
        ("made gt 2024-02-30T00:00:00Z", "a time such as"),
        ("made gt 2024-01-01T00:00:00.1234567Z", "microsecond"),
        ("not price eq 250", r"not \(…\)"),
        ("tags/any(t: groups/any(g: g eq 'a'))", "no any or all inside"),
        (" or ".join(["sold"] * (MOST + 1)), "search.in"),
        ("made gt 0001-01-01T00:00:00+14:00", "years 1 to 9999"),
        ("(" * (DEEPEST + 1) + "sold" + ")" * (DEEPEST + 1), "parentheses"),
        ("tags/any(t: " * 5_000, "inside another one"),
    ],
)
def test_what_is_written_wrong_is_told_by_its_place(text: str, message: str):
    with pytest.raises(InvalidRequest, match=message) as raised:
        parse(text)
    assert raised.value.param == "filter"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour eq 'red'", "brand, groups, made, name, price, sold, tags, weight"),
        ("name gt 3", r"'name' \(Edm.String\), got 3"),
        ("price eq '250'", r"'price' \(Edm.Int32\)"),
        ("made gt 'yesterday'", "made"),
        ("sold gt true", "sold"),
        ("name", "Edm.Boolean, got 'name'"),
        ("tags eq 'tent'", r"Collection\(Edm.String\)"),
        ("name/any(n: n eq 'a')", "a collection"),
        ("tags/any(t: t gt 3)", "'t'"),
        ("search.in(price, '3')", "Edm.String, got 'price'"),
        ("price lt null", "None"),
        ("tags/any(t: name eq 'X200')", "filtered by .t., got 'name'"),
        ("tags/all(t: not search.in(name, 'X200'))", "got 'name'"),
        ("tags/any(t: 'X200' eq name)", "got 'name'"),
    ],
)
def test_what_a_field_cannot_be_asked_is_refused(text: str, message: str):
    with pytest.raises(InvalidRequest, match=message):
        check(parse(text).tree, KINDS)


def test_quotes_and_times_are_read():
    assert holds(parse("name eq 'it''s'").tree, {"name": "it's"})
    noon = datetime(2024, 3, 1, 12, tzinfo=UTC)
    assert holds(parse("made eq 2024-03-01T13:00:00.000+01:00").tree, {"made": noon})


def test_a_list_of_ten_thousand_keys():
    keys = ",".join(f"file-{number:05}" for number in range(10_000))
    tree = parse(f"search.in(id, '{keys}')").tree
    assert holds(tree, {"id": "file-09999"})
    assert not holds(tree, {"id": "file-10000"})


def test_more_digits_than_a_microsecond_has_are_zeros():
    noon = datetime(2024, 3, 1, 12, tzinfo=UTC)
    assert holds(parse("made eq 2024-03-01T12:00:00.0000000Z").tree, {"made": noon})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("'a, b,,c '", {"a", "b", "c"}),
        ("'a b|c', '|'", {"a b", "c"}),
        ("'a]b^c-d', ']^-'", {"a", "b", "c", "d"}),
        ("'it''s,b', ','", {"it's", "b"}),
        ("''", set()),
    ],
)
def test_how_the_list_of_search_in_is_cut(text: str, values: set[str]):
    assert parse(f"search.in(name, {text})").tree == OneOf("name", frozenset(values))
