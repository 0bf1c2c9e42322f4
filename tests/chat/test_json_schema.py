"""Schemas that requests bring along."""

from typing import Any

import pytest

from sightline.chat.json_schema import check_schema, problems
from sightline.errors import InvalidRequest

TREE = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
        }
    },
    "$ref": "#/$defs/Node",
}

DEEP: dict[str, Any] = {"type": "object"}
for _ in range(40):
    DEEP = {"type": "object", "properties": {"a": DEEP}}

DOUBLING = {str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(25)}

BAD: dict[str, tuple[object, str]] = {
    "no object": ([], "as an object"),
    "another root": ({"type": "array"}, "type object"),
    "no schema": ({"type": "object", "properties": 3}, "at .properties"),
    "an address": ({"type": "object", "not": {"$ref": "http://127.0.0.1/x"}}, "into the schema"),
    "a reference to nothing": ({"type": "object", "not": {"$ref": "#/$defs/x"}}, "leads nowhere"),
    "a reference to itself": ({"type": "object", "$ref": "#"}, "leads too far"),
    "patterns of names": ({"type": "object", "patternProperties": {"a": {}}}, "is not served"),
    "too deep": (DEEP, "levels"),
    "too long": ({"type": "object", "description": "x" * 70_000}, "characters"),
    "ever more": (
        {"type": "object", "allOf": [{"$ref": "#/$defs/0"}], "$defs": {**DOUBLING, "25": {}}},
        "leads too far",
    ),
}


@pytest.mark.parametrize(("schema", "words"), BAD.values(), ids=BAD.keys())
def test_bad_schemas_are_refused_with_the_field(schema: object, words: str):
    with pytest.raises(InvalidRequest, match=words) as raised:
        check_schema(schema, "response_format.schema")
    assert raised.value.param == "response_format.schema"


def test_a_type_that_contains_itself():
    check_schema(TREE, "s")
    assert problems({"kids": [{"kids": []}]}, TREE) == []
    assert problems({"kids": [{"kids": 3}]}, TREE) == ["$.kids[0].kids: 3 is not of type 'array'"]


def test_a_pattern_that_would_take_for_ever_is_not_tried():
    slow = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    check_schema(slow, "s")
    assert problems({"a": "a" * 60 + "!"}, slow) == []
