"""One value of a document: from JSON to what is stored, and back."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from sightline.assets import Vector
from sightline.documents.definition import Definition, Field
from sightline.errors import InvalidRequest
from sightline.index.words import plain

MOST_KEY: Final = 1024
"""Characters of a key."""

_KEY: Final = re.compile(r"[A-Za-z0-9_\-=]+")
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE
)
_SHOWN: Final = 80
_WHOLE: Final = {"Edm.Int32": 31, "Edm.Int64": 63}


def key_of(document: Mapping[str, Any], definition: Definition) -> str:
    """The key of a document. Raises InvalidRequest for one that no document can have."""
    name = definition.key.name
    key = document.get(name)
    if key is None or key == "":
        raise InvalidRequest(f"The key {name!r} of a document is missing or empty.")
    if not isinstance(key, str):
        raise InvalidRequest(f"Expected the key {name!r} as a text, got {_shown(key)}.")
    if len(key) > MOST_KEY:
        raise InvalidRequest(
            f"The key {name!r} has {len(key)} characters; {MOST_KEY} are the most."
        )
    if not _KEY.fullmatch(key):
        raise InvalidRequest(
            f"Invalid document key: {_shown(key)}. Keys can only contain letters, digits, "
            "underscore (_), dash (-) or equal sign (=). Encode other keys as URL-safe Base64."
        )
    return key


def stored(document: Mapping[str, Any], definition: Definition) -> dict[str, Any]:
    """The given fields of a document as they are stored. Raises InvalidRequest for the first bad.

    A vector becomes an array of float32, a time a datetime in UTC (to the microsecond).
    """
    fields = {field.name: field for field in definition.fields}
    for name in document:
        if name not in fields:
            raise InvalidRequest(
                f"The property {name!r} does not exist on type 'search.documentFields'. Make sure "
                "to only use property names that are defined by the type."
            )
    return {name: _stored(fields[name], value) for name, value in document.items()}


def shown(field: Field, value: Any) -> Any:  # noqa: ANN401 - JSON
    """A stored value as JSON has it."""
    if value is None:
        return [] if field.kind == "Collection(Edm.String)" else None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.tolist() if isinstance(value, np.ndarray) else value


def vector_of(field: Field, numbers: Any) -> Vector:  # noqa: ANN401 - JSON
    """A list of numbers as a vector. Raises InvalidRequest for another length or kind."""
    if isinstance(numbers, np.ndarray):
        numbers = numbers.tolist()
    if not isinstance(numbers, (list, tuple)) or not set(map(type, numbers)) <= {int, float}:
        raise InvalidRequest(
            f"Expected the vector {field.name!r} as a list of numbers, got {_shown(numbers)}."
        )
    if len(numbers) != field.dimensions:
        raise InvalidRequest(
            f"The vector field {field.name!r} has {field.dimensions} dimensions, the vector that "
            f"was given has {len(numbers)}."
        )
    try:
        with np.errstate(over="ignore"):
            vector = np.array(numbers, np.float64).astype(np.float32)
    except OverflowError:
        vector = np.full(1, np.inf, np.float32)
    if not np.isfinite(vector).all():
        raise InvalidRequest(
            f"The vector {field.name!r} holds entries that are no numbers or too large."
        )
    return vector


def _stored(field: Field, value: Any) -> Any:  # noqa: ANN401, PLR0911 - one return a kind
    if value is None:
        return [] if field.kind == "Collection(Edm.String)" else None
    match field.kind, value:
        case "Edm.String", str():
            return plain(value)
        case "Collection(Edm.String)", list() | tuple() if all(
            isinstance(one, str) for one in value
        ):
            return [plain(one) for one in value]
        case "Edm.Boolean", bool():
            return value
        case "Edm.Double", int() | float() if not isinstance(value, bool):
            return _double(field, value)
        case (("Edm.Int32" | "Edm.Int64"), int() | float()) if not isinstance(value, bool):
            return _whole(field, value)
        case "Edm.DateTimeOffset", str():
            return _time(field, value)
        case "Edm.DateTimeOffset", datetime():
            return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
        case "Collection(Edm.Single)", _:
            return vector_of(field, value)
    raise InvalidRequest(f"Expected {field.kind} for {field.name!r}, got {_shown(value)}.")


def _double(field: Field, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidRequest(f"Expected a finite number for {field.name!r}, got {_shown(value)}.")
    return number


def _whole(field: Field, value: float) -> int:
    bound = 1 << _WHOLE[field.kind]
    if value != value or value in (math.inf, -math.inf) or int(value) != value:  # noqa: PLR0124
        raise InvalidRequest(f"Expected a whole number for {field.name!r}, got {_shown(value)}.")
    if not -bound <= value < bound:
        raise InvalidRequest(
            f"Expected {field.kind} for {field.name!r}, from {-bound} to {bound - 1}; "
            f"got {_shown(value)}."
        )
    return int(value)


def _time(field: Field, text: str) -> datetime:
    """In UTC; the service's clients write up to seven digits of a second, six are kept."""
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or outside of the years 1..9999
        pass
    raise InvalidRequest(
        f"Expected a time with its offset like '2024-05-31T12:00:00Z' for {field.name!r}, "
        f"got {_shown(text)}."
    )


def _shown(value: object) -> str:
    """A value in a message, cut when it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
