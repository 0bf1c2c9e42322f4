"""What every route takes from a request: the workspace, the addresses, and the JSON body."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from sightline.http.azure_wire import is_version
from sightline.http.links import Links
from sightline.http.wire_json import Json, read_object
from sightline.workspace import Workspace

T = TypeVar("T")

SMALL = 64 * 1024
"""Bytes of a body that are parsed at once: under a millisecond. Pictures go to the pool."""

_CHECKED = b'"schema"'
"""In a body that brings a JSON Schema along: checking that takes from milliseconds to a second."""


# Coroutines, for the framework sends plain functions to a thread, one switch for each.
async def _workspace(request: Request) -> Workspace:
    opened: Workspace = request.app.state.workspace
    return opened


async def _links(request: Request) -> Links:
    return Links(str(request.base_url))


Opened = Annotated[Workspace, Depends(_workspace)]
"""The workspace that this server serves."""

Addresses = Annotated[Links, Depends(_links)]
"""Addresses below the one that the client used; the guards have checked its Host."""


async def _version(version: Annotated[str | None, Query(alias="api-version")] = None) -> str:
    if version is None or not is_version(version):
        raise HTTPException(404, "This path needs ?api-version=YYYY-MM-DD or YYYY-MM-DD-preview.")
    return version


Version = Annotated[str, Depends(_version)]
"""The `api-version` of an Azure path. Without one there is no such resource, as in the service."""


async def parsed(request: Request, workspace: Workspace, parse: Callable[[Json], T]) -> T:
    """The body, read as a JSON object and parsed by `parse`; a long one in a worker thread."""
    body = await request.body()
    whole = partial(_parse, body, parse)
    quick = len(body) <= SMALL and _CHECKED not in body
    return whole() if quick else await workspace.pool.run(whole)


def body_of(model: type[BaseModel]) -> Json:
    """The description of a JSON body for the OpenAPI page, for routes that parse it themselves."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    inline = _inlined(schema, definitions)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": inline}}}}


def _parse(body: bytes, parse: Callable[[Json], T]) -> T:
    return parse(read_object(body))


def _inlined(schema: Any, definitions: Json) -> Any:  # noqa: ANN401 (any JSON)
    """The schema with its references written out: a route's part of the page has no `$defs`."""
    match schema:
        case {"$ref": str(reference)}:
            return _inlined(definitions[reference.rsplit("/", 1)[-1]], definitions)
        case dict():
            return {key: _inlined(value, definitions) for key, value in schema.items()}
        case list():
            return [_inlined(value, definitions) for value in schema]
        case _:
            return schema
