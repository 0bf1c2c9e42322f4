"""JSON Schemas that requests bring along: which are taken, and what an answer has against one.

A schema comes from anybody and may be made to keep a checker busy: it must be small and flat, it
can refer to itself only, and a check ends after `MOST_STEPS`. What cannot be bounded (`pattern`,
`uniqueItems`, `unevaluated…`) and what is only a remark (`format`) is told to the model and not
checked.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from sightline.errors import InvalidRequest
from sightline.untrusted import shortened

LARGEST = 64 * 1024
"""Characters of a schema, written as JSON."""

DEEPEST = 50
"""Objects and arrays within each other, in a schema."""

MOST_STEPS = 50_000
"""Keywords that are looked at in one check, about a second."""

_MOST_PROBLEMS = 5
_UNCHECKED = ("pattern", "uniqueItems", "unevaluatedItems", "unevaluatedProperties", "format")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def check_schema(schema: object, where: str) -> None:
    """Raises InvalidRequest with `where` as its field for a schema that cannot be served."""
    if not isinstance(schema, dict):
        raise InvalidRequest(f"{where}: expected a JSON Schema as an object.", param=where)
    if _depth(schema) > DEEPEST:
        raise _refused(where, f"expected at most {DEEPEST} levels, got more")
    size = len(json.dumps(schema, ensure_ascii=False))
    if size > LARGEST:
        raise _refused(where, f"expected at most {LARGEST:,} characters, got {size:,}")
    if not isinstance(schema.get("$schema", ""), str):
        raise _refused(where, "expected $schema as a string")
    from jsonschema import SchemaError  # noqa: PLC0415 (it is slow)
    from jsonschema.validators import Draft202012Validator, validator_for  # noqa: PLC0415

    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as error:
        place = "".join(f".{step}" for step in error.absolute_path)
        said = shortened(error.message, 300)
        raise _refused(where, f"it is no JSON Schema: at {place or 'its root'}, {said}") from error
    _check_references(schema, where)
    if _root(schema).get("type") != "object":
        raise _refused(where, "its root must be of the type object")
    try:
        problems({}, schema)
    except Unusable as error:
        raise _refused(where, str(error)) from error


class Unusable(ValueError):
    """A schema that an answer cannot be checked against."""


def problems(value: object, schema: Mapping[str, Any]) -> list[str]:
    """What the value has against the schema, in words: the first few; empty when it fits.

    Raises Unusable when the check would never end or a reference leads nowhere. It takes up to a
    second, so it is for a worker thread.
    """
    from jsonschema.validators import (  # noqa: PLC0415
        Draft202012Validator,
        extend,
        validator_for,
    )
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    kind = validator_for(schema, default=Draft202012Validator)
    steps = _Steps()
    counted = {
        keyword: steps.counted(check)
        for keyword, check in kind.VALIDATORS.items()
        if keyword not in _UNCHECKED
    }
    bounded = extend(kind, {**counted, **dict.fromkeys(_UNCHECKED, _passes)})
    found: list[str] = []
    try:
        # An empty registry: without one, addresses in references would be fetched.
        for error in bounded(schema, registry=Registry()).iter_errors(value):
            found.append(f"{error.json_path}: {shortened(error.message, 200)}")
            if len(found) == _MOST_PROBLEMS:
                break
    except Unresolvable as error:
        raise Unusable(f"a reference leads nowhere: {shortened(str(error), 200)}") from error
    except (RecursionError, OverflowError, _TooManyStepsError) as error:
        raise Unusable("checking a value against it leads too far") from error
    return found


class _TooManyStepsError(Exception):
    pass


class _Steps:
    def __init__(self) -> None:
        self._left = MOST_STEPS

    def counted(self, check: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*given: Any) -> Any:  # noqa: ANN401 (the four arguments of a keyword)
            self._left -= 1
            if self._left < 0:
                raise _TooManyStepsError
            return check(*given)

        return counting


def _passes(*_: object) -> Iterator[Any]:
    return iter(())


def _check_references(schema: dict[str, Any], where: str) -> None:
    for part in _parts(schema):
        for keyword in _REFERENCES:
            target = part.get(keyword)
            if not isinstance(target, str):
                continue
            if not target.startswith("#"):
                raise _refused(where, f"{keyword} may point into the schema only, got {target!r}")
            if _at(schema, target) is None:
                raise _refused(where, f"{keyword} leads nowhere: {target!r}")
        if isinstance(part.get("patternProperties"), dict):
            raise _refused(where, "patternProperties is not served")


def _root(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The root or, as for types that contain themselves, what it refers to."""
    target = schema.get("$ref")
    if "type" in schema or not isinstance(target, str):
        return schema
    found = _at(schema, target)
    return found if isinstance(found, dict) else {}


def _at(schema: Mapping[str, Any], target: str) -> object:
    """What a reference within the schema points at (RFC 6901); None for nothing."""
    if not target.startswith("#/"):
        # An anchor is found, or not, when a value is checked.
        return schema
    found: Any = schema
    for step in unquote(target[2:]).split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            found = found[int(key)] if key.isdecimal() and int(key) < len(found) else None
        else:
            found = found.get(key) if isinstance(found, dict) else None
    return found


def _parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value:  # type: ignore[attr-defined]
        if isinstance(item, dict | list):
            yield from _parts(item)


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        level = [
            item
            for part in level
            if isinstance(part, dict | list)
            for item in (part.values() if isinstance(part, dict) else part)
        ]
        depth += 1
    return depth


def _refused(where: str, why: str) -> InvalidRequest:
    return InvalidRequest(f"{where}: {why}.", param=where)
