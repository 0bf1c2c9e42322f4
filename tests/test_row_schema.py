"""Schemas of rows: what is taken, what is refused and how that is said, and what fits."""

import json

import pytest

from sightline.errors import InvalidRequest
from sightline.row_schema import DEEPEST, MISSING, RowSchema, read_schema, row_schema


def of(**fields: object) -> RowSchema:
    return row_schema({"type": "object", "properties": fields, "required": list(fields)})


def test_fields_in_the_order_of_the_schema():
    schema = of(
        total={"type": ["number", "null"]},
        kind={"enum": ["tent", "chair", None]},
        tags={"type": "array", "items": {"type": "string"}},
    )
    total, kind, tags = schema.fields
    assert (total.name, total.kind, total.nullable, total.required) == (
        "total",
        "number",
        True,
        True,
    )
    assert (kind.kind, kind.choices, kind.nullable) == ("string", ("tent", "chair"), True)
    assert (tags.kind, tags.items and tags.items.kind) == ("array", "string")


def test_what_pydantic_writes_is_taken():
    schema = row_schema(
        {
            "$defs": {"Kind": {"enum": ["tent", "chair"], "type": "string"}},
            "type": "object",
            "properties": {
                "kind": {"$ref": "#/$defs/Kind"},
                "other": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "null"}], "default": None},
                "fixed": {"const": 4},
            },
        }
    )
    kind, other, fixed = schema.fields
    assert (kind.choices, kind.nullable) == (("tent", "chair"), False)
    assert (other.choices, other.nullable) == (("tent", "chair"), True)
    assert (fixed.kind, fixed.choices) == ("integer", (4,))
    assert schema.problems({"kind": "tent", "other": None, "fixed": 4}) == {}


def test_the_wrapping_of_a_response_format_is_taken_off():
    inner = {"type": "object", "properties": {"total": {"type": "number"}}}
    assert row_schema({"name": "row", "schema": inner}) == row_schema(inner)


def deep(levels: int) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {"a": deep(levels - 1) if levels else {"type": "string"}},
    }


BAD: dict[str, tuple[object, str]] = {
    "a list": ([1], "Expected a JSON Schema (an object), got [1]."),
    "an array of rows": ({"type": "array", "items": {"type": "string"}}, 'got "array"'),
    "no fields": ({"type": "object"}, 'with "properties"'),
    "no type": ({"type": "object", "properties": {"a": {}}}, "at the schema.a, got null"),
    "two types": (
        {"type": "object", "properties": {"a": {"type": ["string", "number"]}}},
        'at the schema.a, got ["string", "number"]',
    ),
    "an unknown type": (
        {"type": "object", "properties": {"a": {"type": "money"}}},
        "Expected a valid JSON Schema, got at properties.a.type",
    ),
    "a choice of kinds": (
        {
            "type": "object",
            "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "number"}]}},
        },
        "got anyOf at the schema.a",
    ),
    "an array of anything": (
        {"type": "object", "properties": {"a": {"type": "array"}}},
        'Expected "items"',
    ),
    "a bad pattern": (
        {"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}},
        "got at properties.a.pattern: '(' is not a 'regex'",
    ),
    "a reference to elsewhere": (
        {"type": "object", "properties": {"a": {"$ref": "http://example.com/a.json"}}},
        "a reference to a part of this schema at the schema.a",
    ),
    "a reference to itself": (
        {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/A"}},
            "$defs": {"A": {"type": "array", "items": {"$ref": "#/$defs/A"}}},
        },
        "a schema that ends",
    ),
    "too deep": (deep(DEEPEST + 1), f"at most {DEEPEST} levels"),
    "a column that every row has": (
        {"type": "object", "properties": {"status": {"type": "string"}}},
        "which every row has, got status",
    ),
}


@pytest.mark.parametrize(("schema", "said"), BAD.values(), ids=BAD.keys())
def test_what_is_not_understood_is_refused_by_name(schema: object, said: str):
    with pytest.raises(InvalidRequest) as refused:
        row_schema(schema)
    assert said in str(refused.value)
    assert refused.value.param == "schema"


def test_a_file_that_is_no_json():
    with pytest.raises(InvalidRequest, match=r"Expected JSON in fields\.json"):
        read_schema(b"{type: object}", "fields.json")


def test_only_json_lines_hold_nested_fields():
    nested = of(shop={"type": "object", "properties": {"name": {"type": "string"}}})
    rows = of(rows={"type": "array", "items": {"type": "array", "items": {"type": "string"}}})
    for schema, told in ((nested, "'shop': object"), (rows, "'rows': array of array")):
        with pytest.raises(InvalidRequest, match=told) as refused:
            schema.check_flat()
        assert ".jsonl" in str(refused.value)
    of(tags={"type": "array", "items": {"type": "string"}}).check_flat()


UNFIT: dict[str, tuple[dict[str, object], object, str]] = {
    "text for an integer": ({"type": "integer"}, "12", 'expected integer, got "12"'),
    "text for a number": ({"type": "number"}, "1.5", 'expected number, got "1.5"'),
    "a half": ({"type": "integer"}, 1.5, "expected integer, got 1.5"),
    "a number for a boolean": ({"type": "boolean"}, 1, "expected boolean, got 1"),
    "a boolean for a number": ({"type": "number"}, True, "expected number, got true"),
    "none of the choices": ({"enum": ["a", "b"]}, "c", 'expected one of ["a", "b"], got "c"'),
    "no such day": ({"type": "string", "format": "date"}, "2024-02-30", "of the format date"),
    "no moment": ({"type": "string", "format": "date-time"}, "2024-02-03", "format date-time"),
    "inside an array": (
        {"type": "array", "items": {"type": "integer"}},
        [1, "2"],
        'at [1]: expected integer, got "2"',
    ),
    "nothing where something must be": ({"type": "string"}, None, MISSING),
    "nested and missing": (
        {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]},
        {},
        "'b' is a required property",
    ),
}


@pytest.mark.parametrize(("field", "value", "said"), UNFIT.values(), ids=UNFIT.keys())
def test_values_are_never_turned_into_others(field: dict[str, object], value: object, said: str):
    assert said in of(a=field).problems({"a": value})["a"]


def test_null_for_a_field_that_need_not_be_there_counts_as_left_out():
    schema = row_schema({"type": "object", "properties": {"a": {"type": "string"}}})
    assert schema.problems({"a": None}) == {}


def test_fingerprints_tell_schemas_apart():
    assert of(a={"type": "string"}).fingerprint == of(a={"type": "string"}).fingerprint
    assert of(a={"type": "string"}).fingerprint != of(a={"type": "number"}).fingerprint
    assert json.loads(json.dumps(of(a={"type": "string"}).schema))
