"""The search protocol's dialect: bodies to a `Query` and to actions, results and errors to JSON.

The protocol is the REST of Azure AI Search as its official clients speak it. What would change
the meaning of a search and is not served is refused by name; what has no effect is noted in
`@sightline.notes`, which those clients pass over.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sightline.assets import Vector
from sightline.documents.base import Action, ActionKind, Query, Results, VectorQuery, Written
from sightline.documents.definition import Definition
from sightline.documents.schema import definition_of
from sightline.documents.searching import SCORE
from sightline.errors import (
    InvalidRequest,
    SightlineError,
    UnknownField,
    UnknownIndex,
    UrlNotAllowed,
)
from sightline.http.pictures import is_data_url, picture_bytes
from sightline.http.search_options import check_options, check_vector_options, without_effect
from sightline.http.wire_json import Json, kind_of, known_keys, refusal

PAGE: Final = 50
"""Results at once when nobody says how many."""

MOST: Final = 1000
"""Results in one reply; clients ask for the next page by themselves."""

MOST_SKIPPED: Final = 100_000
"""Results that may be passed over; who wants more filters by a field that can be ordered by."""

MOST_ACTIONS: Final = 10_000
"""Documents in one request. The service takes fewer; the client of 2025 fails when it is told to
send them in two halves."""

_SIMPLE_OPERATORS: Final = re.compile(r'"|(?<!\S)[-+]\S|\*\s|\*$|\S\|\S|\s\|\s')
_LUCENE_OPERATORS: Final = re.compile(
    r'["~^*?:\\/(){}\[\]]|(?<!\S)[-+!]\S|\b(?:AND|OR|NOT)\b|&&|\|\|'
)


def _said(data: object) -> object:
    """Without the keys that are null and so say nothing; the clients send some."""
    return {k: v for k, v in data.items() if v is not None} if isinstance(data, dict) else data


class VectorBody(BaseModel):
    """One of `vectorQueries`."""

    model_config = ConfigDict(extra="allow")

    kind: Literal["vector", "text", "imageUrl", "imageBinary"] = "vector"
    vector: list[float] | None = None
    text: str | None = None
    url: str | None = None
    base64_image: str | None = None
    fields: str = ""
    k: int = PAGE
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    exhaustive: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _spelling(cls, data: object) -> object:
        return _said(known_keys(cls, data))


class SearchRequest(BaseModel):
    """The body of a search."""

    model_config = ConfigDict(extra="allow")

    search: str | None = None
    search_mode: Literal["any", "all"] = "any"
    search_fields: str = ""
    query_type: Literal["simple", "full", "semantic"] = "simple"
    filter: str = ""
    select: str = ""
    orderby: str = ""
    top: Annotated[int, Field(ge=0)] | None = None
    skip: int = Field(0, ge=0, le=MOST_SKIPPED)
    count: bool = False
    minimum_coverage: Annotated[float, Field(ge=0, le=100)] | None = None
    vector_queries: list[VectorBody] = Field(default_factory=list, max_length=10)

    @model_validator(mode="before")
    @classmethod
    def _spelling(cls, data: object) -> object:
        return _said(known_keys(cls, data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as it came: one result more is looked for than the page holds, to see if it ends."""

    given: Json
    query: Query
    page: int
    left: int | None
    notes: tuple[str, ...]
    coverage: bool


def asked(given: Json) -> Asked:
    """What a body asks for. Raises InvalidRequest that names the field, UrlNotAllowed."""
    check_options(given, SearchRequest)
    try:
        body = SearchRequest.model_validate(given)
    except ValidationError as error:
        raise refusal(error) from error
    words = (body.search or "").strip()
    if body.query_type == "full" and _LUCENE_OPERATORS.search(words) and words != "*":
        raise InvalidRequest(
            "search: Lucene's operators are not served, got some with queryType 'full'.",
            hint="Send plain words, and conditions in `filter`.",
            param="search",
        )
    page = min(PAGE if body.top is None else body.top, MOST)
    return Asked(
        given=given,
        query=Query(
            words=words,
            every_word=body.search_mode == "all",
            search_fields=_listed(body.search_fields),
            vectors=tuple(_vector(one, n) for n, one in enumerate(body.vector_queries)),
            filter=body.filter,
            order=_order(body.orderby),
            select=_listed(body.select),
            top=page + 1 if page else 0,
            skip=body.skip,
            count=body.count,
        ),
        page=page,
        left=None if body.top is None else body.top - page,
        notes=tuple(_notes(given, body, words)),
        coverage=body.minimum_coverage is not None,
    )


def results_json(asked: Asked, results: Results, url: str) -> Json:
    """A page of results; where more are left, with the body that asks for the next page."""
    found = results.found[: asked.page]
    reply: Json = {}
    if results.total is not None:
        reply["@odata.count"] = results.total
    if asked.coverage:
        reply["@search.coverage"] = 100.0  # an index lies in one piece: all of it was searched
    if asked.notes:
        reply["@sightline.notes"] = list(asked.notes)
    reply["value"] = [{"@search.score": one.score, **one.document} for one in found]
    reachable = asked.query.skip + asked.page <= MOST_SKIPPED
    if len(results.found) > asked.page and asked.left != 0 and reachable:
        following = {**asked.given, "skip": asked.query.skip + asked.page}
        if asked.left is not None:
            following["top"] = asked.left
        reply["@search.nextPageParameters"] = following
        reply["@odata.nextLink"] = url
    return reply


def definition_in(given: Json) -> Definition:
    """The definition in a body, without the remarks that came with it when it was read."""
    return definition_of({k: v for k, v in given.items() if not k.startswith("@")})


def asked_by_address(parameters: Mapping[str, str]) -> Asked:
    """What the address of a GET asks for: the same names, those of OData with a $ before them."""
    given = {k.removeprefix("$"): v for k, v in parameters.items() if k != "api-version"}
    return asked(given)


def actions_of(given: Json) -> list[Action]:
    """The actions of a batch; one that is no action at all fails when it is done."""
    batch = given.get("value")
    if not isinstance(batch, list) or not all(isinstance(one, dict) for one in batch):
        raise InvalidRequest(
            f"value: expected an array of objects, got {kind_of(batch)}.",
            param="value",
        )
    return [_action(one, number) for number, one in enumerate(batch)]


def written_json(written: list[Written]) -> Json:
    """What became of each action."""
    return {
        "value": [
            {
                "key": one.key,
                "status": one.status < HTTPStatus.BAD_REQUEST,
                "errorMessage": one.message or None,
                "statusCode": one.status,
            }
            for one in written
        ]
    }


def error_json(error: SightlineError, index: str) -> Json:
    """An error in the service's shape; its `code` is often empty there, too.

    `index` is the one that the path names.
    """
    code, detail = "", ""
    if isinstance(error, UnknownField):
        code, detail = "InvalidRequestParameter", "UnknownField"
    elif isinstance(error, InvalidRequest) and error.param:
        code, detail = "InvalidRequestParameter", error.param
    said = str(error)
    if isinstance(error, UnknownIndex):
        said = f"The index {index!r} for service 'sightline' was not found."
    details = [{"code": detail, "message": error.message}] if detail else []
    return plain_error(said, code=code, details=details)


def plain_error(message: str, *, code: str = "", details: list[Json] | None = None) -> Json:
    """An error body of the protocol."""
    return {"error": {"code": code, "message": message, "details": details or []}}


def _vector(body: VectorBody, number: int) -> VectorQuery:
    place = f"vectorQueries[{number}]"
    check_vector_options(body.model_extra or {}, VectorBody, place)
    given = {
        "vector": body.vector,
        "text": body.text,
        "imageUrl": body.url,
        "imageBinary": body.base64_image,
    }[body.kind]
    if given is None or given == "":
        raise InvalidRequest(
            f"{place}: expected what a query of the kind {body.kind!r} searches with, got nothing.",
            param=place,
        )
    return VectorQuery(
        fields=_listed(body.fields),
        vector=_numbers(body.vector, place) if body.kind == "vector" else None,
        text=body.text if body.kind == "text" else None,
        picture=_picture(body, place),
        k=body.k,
        weight=body.weight,
        exhaustive=bool(body.exhaustive),
    )


def _numbers(vector: list[float] | None, place: str) -> Vector:
    with np.errstate(over="ignore"):
        numbers = np.asarray(vector, np.float32)
    if not np.isfinite(numbers).all():
        raise InvalidRequest(
            f"{place}.vector: expected numbers within the range of a single float, "
            "got larger ones.",
            param=f"{place}.vector",
        )
    return numbers


def _picture(body: VectorBody, place: str) -> bytes | None:
    if body.kind == "imageBinary":
        return picture_bytes(body.base64_image, f"{place}.base64Image")
    if body.kind == "imageUrl":
        if not is_data_url(body.url or ""):
            raise UrlNotAllowed(
                f"{place}.url: expected the picture itself, got an address.",
                hint="This server does not fetch addresses. Send a query of the kind "
                "'imageBinary', or a data URL.",
                param=place,
            )
        return picture_bytes(body.url, f"{place}.url")
    return None


def _notes(given: Json, body: SearchRequest, words: str) -> Iterator[str]:
    if body.query_type == "semantic":
        yield "There is no semantic ranker here; the order is that of words and vectors."
    if body.query_type != "full" and words != "*" and _SIMPLE_OPERATORS.search(words):
        yield "Signs in `search` are read as blanks; operators have no effect here."
    if names := ", ".join(without_effect(given)):
        yield f"Without effect here: {names}."


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    order = []
    for part in _listed(text):
        name, _, direction = part.partition(" ")
        if direction.strip() not in {"", "asc", "desc"}:
            raise InvalidRequest(
                f"orderby: expected 'field asc' or 'field desc', got {part!r}.", param="orderby"
            )
        order.append((SCORE if name == SCORE else name, direction.strip() == "desc"))
    return tuple(order)


def _action(given: Mapping[str, Any], number: int) -> Action:
    kind = given.get("@search.action", "upload")
    if kind not in get_args(ActionKind):
        raise InvalidRequest(
            f"value[{number}].@search.action: expected one of {', '.join(get_args(ActionKind))}, "
            f"got {kind_of(kind)}.",
            param=f"value[{number}].@search.action",
        )
    document = {name: value for name, value in given.items() if name != "@search.action"}
    return Action(kind, document)
