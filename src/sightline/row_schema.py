"""The JSON Schema of one row: what fields it has, and whether values fit it.

What is understood is what model servers can be held to: an object with fields that are strings,
numbers, integers, booleans, one of several values, arrays and objects of these. References within
the schema are put in place, and a choice between one kind and null is a kind that may be null.
Anything else is refused by name, because a field that nobody checks would look like a checked one.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, cast

from sightline.errors import InvalidRequest
from sightline.untrusted import one_line, shortened

Json = dict[str, Any]

DEEPEST: Final = 6
"""Levels of objects and arrays, the row itself included."""

MOST_FIELDS: Final = 500
OWN_COLUMNS: Final = ("key", "asset", "status", "error", "warnings")
"""Columns that every row has besides its fields."""

MISSING: Final = "required, and not found"
"""What is said of a field that must be filled and is not."""

_SIMPLE: Final = ("string", "number", "integer", "boolean")
_KINDS: Final = (*_SIMPLE, "array", "object")
_REFUSED: Final = (
    *("anyOf", "oneOf", "allOf", "not", "if", "then", "else", "$dynamicRef", "prefixItems"),
    *("patternProperties", "dependentSchemas", "propertyNames", "unevaluatedProperties"),
)
_LONGEST_SHOWN: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a row. `kind` is its JSON type; `schema` is its own part of the schema."""

    name: str
    kind: str
    schema: Mapping[str, Any]
    nullable: bool
    required: bool

    @property
    def choices(self) -> tuple[object, ...]:
        """The values that it is limited to, null left out; none when it is not limited."""
        return tuple(value for value in self.schema.get("enum", ()) if value is not None)

    @property
    def items(self) -> "Field | None":
        """What an array is made of."""
        inner = self.schema.get("items")
        return None if inner is None else field_of(self.name, inner, required=True)


@dataclass(frozen=True)
class RowSchema:
    """A checked schema with its references put in place."""

    schema: Json

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """In the order in which the schema has them."""
        required = self.schema.get("required", ())
        return tuple(
            field_of(name, inner, required=name in required)
            for name, inner in self.schema["properties"].items()
        )

    @property
    def fingerprint(self) -> str:
        """The same for schemas that ask for the same, in the same words."""
        return hashlib.sha256(json.dumps(self.schema).encode()).hexdigest()[:16]

    def check_flat(self) -> None:
        """Raises InvalidRequest for fields that no cell of a table can hold."""
        for field in self.fields:
            held = field.items if field.kind == "array" else field
            if held is not None and held.kind not in _SIMPLE:
                raise _bad(
                    f"Expected fields that fit into a cell, got {field.name!r}: {field.kind}"
                    f"{' of ' + held.kind if held is not field else ''}.",
                    "Write .jsonl, which holds nested values, or take the inner fields up a level.",
                )

    def problems(self, values: Mapping[str, Any]) -> dict[str, str]:
        """What does not fit, by field; "" is the row as a whole. None fits everything.

        A field that is null, and need be neither there nor filled, counts as left out.
        """
        found: dict[str, str] = {}
        given = dict(values)
        for field in self.fields:
            if given.get(field.name, field) is None and not field.nullable:
                del given[field.name]
            if field.required and field.name not in given:
                found[field.name] = MISSING
        for error in self._validator.iter_errors(given):
            if error.absolute_path:
                found.setdefault(str(error.absolute_path[0]), _told(error))
            elif error.validator != "required":
                found.setdefault("", _told(error))
        return found

    @cached_property
    def _validator(self) -> Any:  # noqa: ANN401
        from jsonschema import Draft202012Validator  # noqa: PLC0415 (it is slow)

        return Draft202012Validator(self.schema, format_checker=_formats())


def read_schema(data: bytes | str, name: str = "the schema") -> RowSchema:
    """A schema from the text of its file. Raises InvalidRequest."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _bad(f"Expected JSON in {name}, got: {error}.") from error
    return row_schema(found)


def row_schema(schema: object) -> RowSchema:
    """A schema, checked. Raises InvalidRequest that names the place of what is not understood."""
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 (it is slow)

    if not isinstance(schema, dict):
        raise _bad(f"Expected a JSON Schema (an object), got {_shown(schema)}.")
    inner = schema.get("schema")
    if "properties" not in schema and isinstance(inner, dict):
        schema = inner  # as `response_format` wraps it
    whole = _put_in_place(schema, schema, "the schema", 0, ())
    try:
        Draft202012Validator.check_schema(whole)
    except SchemaError as error:
        where = ".".join(map(str, error.absolute_path)) or "its top level"
        raise _bad(f"Expected a valid JSON Schema, got at {where}: {error.message}.") from error
    if whole.get("type") != "object" or not whole.get("properties"):
        raise _bad(
            f'Expected a schema of "type": "object" with "properties", got '
            f"{_shown(whole.get('type'))}.",
        )
    whole = {key: value for key, value in whole.items() if key not in {"$defs", "definitions"}}
    _check(whole, "the schema", 0)
    taken = [name for name in OWN_COLUMNS if name in whole["properties"]]
    if taken:
        raise _bad(
            f"Expected fields besides {', '.join(OWN_COLUMNS)}, which every row has, got "
            f"{', '.join(taken)}.",
            "Give the field another name.",
        )
    return RowSchema(whole)


def field_of(name: str, schema: Mapping[str, Any], *, required: bool) -> Field:
    """A part of a checked schema as a field."""
    kinds = _types(schema)
    return Field(
        name=name,
        kind=next((kind for kind in kinds if kind != "null"), "string"),
        schema=schema,
        nullable="null" in kinds,
        required=required,
    )


def _put_in_place(
    part: object, root: Json, where: str, level: int, within: tuple[str, ...]
) -> Json:
    """References replaced by what they name, one kind or null by a kind that may be null."""
    if not isinstance(part, dict):
        raise _bad(f"Expected an object at {where}, got {_shown(part)}.")
    if level > DEEPEST:
        raise _bad(f"Expected at most {DEEPEST} levels of objects and arrays, got more at {where}.")
    whole = _one_kind(part, root, where, level, within)
    reference = whole.pop("$ref", None)
    if reference is not None:
        if reference in within:
            raise _bad(f"Expected a schema that ends, got {reference!r} within itself at {where}.")
        within = (*within, reference)
        named = _named(root, str(reference), where)
        return {**_put_in_place(named, root, where, level, within), **whole}
    if "const" in whole:
        whole["enum"] = [whole.pop("const")]
    if "type" not in whole and isinstance(whole.get("enum"), list):
        whole["type"] = sorted({_kind_of(v) for v in whole["enum"]}, key=lambda k: (k == "null", k))
    if isinstance(whole.get("properties"), dict):
        whole["properties"] = {
            name: _put_in_place(inner, root, f"{where}.{name}", level + 1, within)
            for name, inner in whole["properties"].items()
        }
    if "items" in whole:
        whole["items"] = _put_in_place(whole["items"], root, f"{where}[]", level + 1, within)
    return whole


def _one_kind(part: Json, root: Json, where: str, level: int, within: tuple[str, ...]) -> Json:
    """A choice between one kind and null, or of one kind only, as that kind."""
    whole = {**part}
    for word in ("anyOf", "oneOf", "allOf"):
        inner = whole.get(word, ())
        if not isinstance(inner, list):
            continue
        others = [one for one in inner if one != {"type": "null"}]
        if len(others) == 1:
            del whole[word]
            whole = {**_put_in_place(others[0], root, where, level, within), **whole}
            whole = whole if len(others) == len(inner) else _or_null(whole)
    return whole


def _named(root: Json, reference: str, where: str) -> object:
    found: object = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        plain = step.replace("~1", "/").replace("~0", "~")
        if not reference.startswith("#/") or not isinstance(found, dict) or plain not in found:
            raise _bad(
                f"Expected a reference to a part of this schema at {where}, got {reference!r}.",
                "Put what it names into the same file.",
            )
        found = found[plain]
    return found


def _or_null(schema: Json) -> Json:
    types = list(dict.fromkeys((*_types(schema), "null")))
    choices = schema.get("enum")
    extra = {"enum": [*choices, None]} if choices and None not in choices else {}
    return {**schema, "type": types, **extra}


def _check(schema: Mapping[str, Any], where: str, level: int) -> None:
    """That every part is of a kind that is understood."""
    refused = [word for word in _REFUSED if word in schema]
    if refused:
        raise _bad(
            f"Expected plain fields, got {', '.join(refused)} at {where}.",
            "A field has one type (with null, if it may be empty); a choice is an enum.",
        )
    kinds = [kind for kind in _types(schema) if kind != "null"]
    if len(kinds) != 1 or kinds[0] not in _KINDS:
        raise _bad(
            f'Expected one "type" out of {", ".join(_KINDS)} (and null) at {where}, got '
            f"{_shown(schema.get('type'))}."
        )
    if kinds[0] == "array":
        if "items" not in schema:
            raise _bad(f'Expected "items", the type of what is in it, at {where}, got none.')
        _check(schema["items"], f"{where}[]", level + 1)
    if kinds[0] == "object":
        inner = schema.get("properties", {})
        if not inner or len(inner) > MOST_FIELDS:
            raise _bad(f"Expected 1 to {MOST_FIELDS} fields at {where}, got {len(inner)}.")
        for name, field in inner.items():
            _check(field, f"{where}.{name}", level + 1)


def _types(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type")
    return cast("list[str]", kinds if isinstance(kinds, list) else [kinds] if kinds else [])


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = {str: "string", int: "integer", float: "number", type(None): "null", list: "array"}
    return kinds.get(type(value), "object")


def _formats() -> Any:  # noqa: ANN401
    """Formats that are checked, whatever else is installed: date, date-time and email."""
    from jsonschema import FormatChecker  # noqa: PLC0415 (it is slow)

    checker = FormatChecker(formats=("date", "email"))
    checker.checkers = {**checker.checkers, "date-time": (_is_moment, ValueError)}
    return checker


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or (bool(datetime.fromisoformat(value)) and "T" in value)


def _told(error: Any) -> str:  # noqa: ANN401
    """What did not fit, in our words where there are some."""
    inside = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in _inside(error))
    place = f"at {inside.lstrip('.')}: " if inside else ""
    match error.validator:
        case "type":
            wanted = error.validator_value
            told = f"expected {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
        case "enum":
            told = f"expected one of {_shown(error.validator_value)}"
        case "format":
            told = f"expected a value of the format {error.validator_value}"
        case _:
            return place + one_line(error.message, 2 * _LONGEST_SHOWN)
    return f"{place}{told}, got {_shown(error.instance)}"


def _inside(error: Any) -> Iterator[str | int]:  # noqa: ANN401
    yield from list(error.absolute_path)[1:]


def _shown(value: object) -> str:
    return shortened(json.dumps(value, ensure_ascii=False, default=str), _LONGEST_SHOWN)


def _bad(message: str, hint: str | None = None) -> InvalidRequest:
    return InvalidRequest(message, hint=hint, param="schema")
