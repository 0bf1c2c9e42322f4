"""JSON as it comes in and as it goes out."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError, model_validator
from pydantic_core import ErrorDetails, from_json
from starlette.responses import Response

from sightline.errors import InvalidRequest

Body = TypeVar("Body", bound=BaseModel)

Json = dict[str, Any]
"""A JSON object."""


def read_object(body: bytes) -> Json:
    """The JSON object of a request body. Raises InvalidRequest with the place of the mistake."""
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidRequest(f"Expected a JSON body, but it cannot be read: {error}.") from error
    if not isinstance(value, dict):
        raise InvalidRequest(f"Expected a JSON object as the body, got {kind_of(value)}.")
    return value


def write(value: Json) -> bytes:
    """One line of JSON in UTF-8; half a surrogate pair from a model becomes a question mark."""
    return _ENCODER.encode(value).encode("utf-8", "replace")


class JsonResponse(Response):
    """A JSON object as a response."""

    media_type = "application/json"

    def __init__(
        self, content: Json, status_code: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(write(content), status_code, headers)


def kind_of(value: object) -> str:
    """What a JSON value is, in words, without showing all of it."""
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return json.dumps(value)
        case str():
            return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")
        case list():
            return f"an array of {len(value)}"
        case _:
            return "an object"


def is_given(value: object) -> bool:
    """Whether a field says something: null, "", [] and {} do not, 0 and false do."""
    return value is not None and value not in ("", [], {})


def squashed(key: str) -> str:
    """A key without case and style: `dataSources`, `data_sources` and `Data-Sources` are one."""
    return key.replace("_", "").replace("-", "").lower()


def known_keys(model: type[BaseModel], data: object) -> object:
    """`data` with its keys spelled as the model's fields, whatever style they came in.

    Meant as a "before" validator. Raises ValueError when two spellings of one field are given.
    """
    if not isinstance(data, dict):
        return data
    names = {squashed(name): name for name in model.model_fields}
    renamed: Json = {}
    for key, value in data.items():
        name = names.get(squashed(str(key))) or str(key)
        if is_given(renamed.get(name)) and is_given(value):
            raise ValueError(f"{name!r} is given twice, in two spellings")
        if name not in renamed or is_given(value):
            renamed[name] = value
    return renamed


class AnySpelling(BaseModel):
    """A body whose fields may come as `data_sources`, `dataSources`, or in another style."""

    @model_validator(mode="before")
    @classmethod
    def _spelled_as_fields(cls, data: object) -> object:
        return known_keys(cls, data)


def checked(model: type[Body], given: Json) -> Body:
    """A body as its model. Raises InvalidRequest with the first problem."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise refusal(error) from error


def refusal(error: ValidationError, prefix: str = "") -> InvalidRequest:
    """The first problem that pydantic found as an error of ours; `prefix` is where it looked."""
    return problem(error.errors(include_url=False, include_context=False)[0], prefix)


def problem(details: ErrorDetails | Json, prefix: str = "") -> InvalidRequest:
    """One problem that pydantic found, as an error of ours that names the field."""
    where = prefix
    for step in details["loc"]:
        where += f"[{step}]" if isinstance(step, int) else f".{step}" if where else str(step)
    said = details["msg"].removeprefix("Value error, ")
    got = "nothing" if details["type"] == "missing" else kind_of(details["input"])
    return InvalidRequest(f"{where or 'The body'}: {said}, got {got}.", param=where or None)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_SHOWN = 60
