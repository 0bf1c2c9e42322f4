"""`response_format` of a chat, and `text.format` of a response, to `OutputFormat`."""

import re

from sightline.chat.json_schema import check_schema
from sightline.errors import InvalidRequest
from sightline.http.wire_json import Json, kind_of
from sightline.messages import OutputFormat

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def output_of(given: Json | None) -> OutputFormat | None:
    """The form that the answer must have; None for text. Raises InvalidRequest with the field."""
    match given:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object", "schema": dict() as schema}:  # as llama.cpp takes it
            check_schema(schema, "response_format.schema")
            return OutputFormat(schema=schema)
        case {"type": "json_object"}:
            return OutputFormat()
        case {"type": "json_schema", "json_schema": dict() as named}:
            return _named(named, "response_format.json_schema")
        case {"type": "json_schema"}:
            raise _refused("response_format.json_schema", "an object", given.get("json_schema"))
        case _:
            expected = "text, json_object or json_schema"
            raise _refused("response_format.type", expected, given.get("type"))


def response_output_of(given: Json) -> OutputFormat | None:
    """The same for `text.format`, where name and schema stand beside the type."""
    match given:
        case {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return OutputFormat()
        case {"type": "json_schema"}:
            return _named(given, "text.format")
        case _:
            expected = "text, json_object or json_schema"
            raise _refused("text.format.type", expected, given.get("type"))


def _named(given: Json, where: str) -> OutputFormat:
    schema, name = given.get("schema"), given.get("name", "answer")
    strict, description = given.get("strict") or False, given.get("description") or ""
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise _refused(f"{where}.name", "up to 64 letters, digits, _ and -", name)
    if not isinstance(strict, bool):
        raise _refused(f"{where}.strict", "true or false", strict)
    if not isinstance(description, str):
        raise _refused(f"{where}.description", "words", description)
    if not isinstance(schema, dict):
        raise _refused(f"{where}.schema", "a JSON Schema as an object", schema)
    check_schema(schema, f"{where}.schema")
    return OutputFormat(schema=schema, name=name, description=description, strict=strict)


def _refused(where: str, expected: str, got: object) -> InvalidRequest:
    return InvalidRequest(f"{where}: expected {expected}, got {kind_of(got)}.", param=where)
