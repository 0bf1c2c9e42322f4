"""Indexes and documents as the official clients of Azure AI Search ask for them.

Every path exists in two forms: `/indexes('name')`, which the clients send, and `/indexes/name`.
"""

import hashlib
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from sightline.documents.base import Action, Documents
from sightline.documents.schema import json_of, notes
from sightline.errors import InvalidRequest, Refused, SightlineError, UnknownIndex
from sightline.http.errors import verdict
from sightline.http.links import Links
from sightline.http.requests import Addresses, Opened, parsed
from sightline.http.search_wire import (
    MOST_ACTIONS,
    actions_of,
    asked,
    asked_by_address,
    definition_in,
    error_json,
    plain_error,
    results_json,
    written_json,
)
from sightline.http.wire_json import Json, JsonResponse, kind_of, write
from sightline.index.names import unknown
from sightline.workspace import Workspace

_NO_QUOTA = 2**62


class _Route(APIRoute):
    """Errors of these paths in the protocol's own shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def telling(request: Request) -> Response:
            try:
                return await handler(request)
            except SightlineError as error:
                name = _named(request) if "name" in request.path_params else ""
                return JsonResponse(error_json(error, name), verdict(error).status)
            except HTTPException as error:
                return JsonResponse(plain_error(error.detail), error.status_code)

        return telling


def _version(request: Request) -> None:
    if not request.query_params.get("api-version"):
        raise InvalidRequest(
            "api-version: expected a version of the protocol, got nothing.", param="api-version"
        )


# The protocol is described elsewhere, and every path would stand in the API page twice.
router = APIRouter(include_in_schema=False, route_class=_Route, dependencies=[Depends(_version)])


def _named(request: Request) -> str:
    """The name of an index in a path; a quote inside is doubled there."""
    return str(request.path_params["name"]).replace("''", "'")


Name = Annotated[str, Depends(_named)]


def _both(*paths: str) -> list[str]:
    """Every path below an index, in both forms."""
    return [form + path for path in paths for form in ("/indexes('{name}')", "/indexes/{name}")]


_OTHER = ("/indexes({rest:path}", "/indexes/{rest:path}")


def _route(method: str, *paths: str) -> Callable[[Any], Any]:
    def register(function: Any) -> Any:  # noqa: ANN401 (a route's function)
        for path in paths:
            router.add_api_route(path, function, methods=[method], response_model=None)
        return function

    return register


@_route("GET", "/servicestats")
async def service_statistics(workspace: Opened, links: Addresses) -> JsonResponse:
    """How much there is of everything; nothing has a quota."""

    def counted() -> Json:
        opened = [one for _, one in _every(workspace, links)]
        readable = [one for one in opened if not isinstance(one, SightlineError)]
        counts = {
            "documentCount": sum(one.count() for one in readable),
            "indexesCount": len(opened),
            "storageSize": sum(one.size() for one in readable),
        }
        empty = (
            "indexersCount",
            "dataSourcesCount",
            "synonymMaps",
            "skillsetCount",
            "aliasesCount",
        )
        counters = {
            name: {"usage": counts.get(name, 0), "quota": None}
            for name in (*counts, *empty, "vectorIndexSize")
        }
        limits = {"maxFieldsPerIndex": 1000, "maxFieldNestingDepthPerIndex": 0}
        return {"counters": counters, "limits": limits}

    return JsonResponse(await workspace.pool.run(counted))


@_route("GET", "/indexes")
async def indexes(request: Request, workspace: Opened, links: Addresses) -> JsonResponse:
    """All indexes, those of pictures among them; one that cannot be read says so in its notes."""
    select = [part for part in request.query_params.get("$select", "").split(",") if part.strip()]

    def listed() -> Json:
        shown = [
            {"name": name, "fields": [], "@sightline.notes": [f"It cannot be read: {one}"]}
            if isinstance(one, SightlineError)
            else _definition_json(one)
            for name, one in _every(workspace, links)
        ]
        kept = select if select and select != ["*"] else None
        return {
            "value": [
                one if kept is None else {k: v for k, v in one.items() if k in kept}
                for one in shown
            ]
        }

    return JsonResponse(await workspace.pool.run(listed))


@_route("POST", "/indexes")
async def create(request: Request, workspace: Opened) -> JsonResponse:
    """Make an index of documents."""
    definition = await parsed(request, workspace, definition_in)
    made = await workspace.pool.run(workspace.documents.create, definition)
    return JsonResponse(_definition_json(made), 201)


@_route("GET", *_both(""))
async def definition(workspace: Opened, links: Addresses, name: Name) -> JsonResponse:
    """The definition of an index."""
    return JsonResponse(
        await workspace.pool.run(lambda: _definition_json(_opened(workspace, links, name)))
    )


@_route("PUT", *_both(""))
async def redefine(
    request: Request, workspace: Opened, links: Addresses, name: Name
) -> JsonResponse:
    """Make an index of documents, or add fields to it."""

    def parse(given: Json) -> Any:  # noqa: ANN401
        if given.get("name", name) != name:
            raise InvalidRequest(
                f"name: expected {name!r} as in the path, got {kind_of(given['name'])}.",
                param="name",
            )
        return definition_in({**given, "name": name})

    wanted = await parsed(request, workspace, parse)

    def done() -> tuple[bool, Json]:
        there = name in workspace.documents.names()
        _check_conditions(request, workspace, links, name)
        made = workspace.documents.create(wanted, replace=True)
        return there, _definition_json(made)

    there, shown = await workspace.pool.run(done)
    return JsonResponse(shown, 200 if there else 201)


@_route("DELETE", *_both(""))
async def delete(request: Request, workspace: Opened, links: Addresses, name: Name) -> Response:
    """Delete an index of documents; one of pictures is deleted by its own path."""

    def done() -> None:
        if name not in workspace.documents.names():
            if name in workspace.indexes.names():
                raise Refused(
                    f"The index {name!r} holds pictures; it is not deleted by this protocol.",
                    hint=f"DELETE /api/indexes/{name}, or `sightline index delete {name}`.",
                )
            raise unknown(name)
        _check_conditions(request, workspace, links, name)
        workspace.documents.delete(name)

    await workspace.pool.run(done)
    return Response(status_code=204)


@_route("GET", *_both("/search.stats", "/stats"))
async def statistics(workspace: Opened, links: Addresses, name: Name) -> JsonResponse:
    """How many documents there are, and how many bytes they take."""

    def counted() -> Json:
        opened = _opened(workspace, links, name)
        return {
            "documentCount": opened.count(),
            "storageSize": opened.size(),
            "vectorIndexSize": 0,
        }

    return JsonResponse(await workspace.pool.run(counted))


@_route("POST", *_both("/docs/search.index", "/docs/index"))
async def change(request: Request, workspace: Opened, links: Addresses, name: Name) -> JsonResponse:
    """Upload, merge and delete documents; each fails alone."""
    actions = await parsed(request, workspace, _batch)
    written = await workspace.pool.run(lambda: _opened(workspace, links, name).write(actions))
    failed = any(one.status >= HTTPStatus.BAD_REQUEST for one in written)
    return JsonResponse(written_json(written), 207 if failed else 200)


@_route("POST", *_both("/docs/search.post.search", "/docs/search"))
async def search(request: Request, workspace: Opened, links: Addresses, name: Name) -> Response:
    """The documents that fit words, vectors, pictures and a filter."""
    wanted = await parsed(request, workspace, asked)
    url = str(request.url)

    def found() -> bytes:
        results = _opened(workspace, links, name).search(wanted.query)
        return write(results_json(wanted, results, url))

    return Response(await workspace.pool.run(found), media_type="application/json")


@_route("GET", *_both("/docs"))
async def search_by_address(
    request: Request, workspace: Opened, links: Addresses, name: Name
) -> JsonResponse:
    """The same by words and a filter in the address, to try in a browser."""
    wanted = asked_by_address(request.query_params)

    def found() -> Json:
        results = _opened(workspace, links, name).search(wanted.query)
        return results_json(wanted, results, str(request.url))

    reply = await workspace.pool.run(found)
    following = reply.pop("@search.nextPageParameters", None)
    if following is not None:
        address = request.url.remove_query_params(["skip", "top", "$skip", "$top"])
        place = {f"${word}": following[word] for word in ("skip", "top") if word in following}
        reply["@odata.nextLink"] = str(address.include_query_params(**place))
    return JsonResponse(reply)


@_route("GET", *_both("/docs/$count"))
async def count(workspace: Opened, links: Addresses, name: Name) -> PlainTextResponse:
    """How many documents there are, as a bare number."""
    number = await workspace.pool.run(lambda: _opened(workspace, links, name).count())
    return PlainTextResponse(str(number))


@_route("GET", *_both("/docs('{key}')", "/docs/{key}"))
async def document(
    request: Request, workspace: Opened, links: Addresses, name: Name, key: str
) -> JsonResponse:
    """One document by its key."""
    select = [part.strip() for part in request.query_params.get("$select", "").split(",")]
    wanted = [part for part in select if part]
    return JsonResponse(
        await workspace.pool.run(lambda: dict(_opened(workspace, links, name).get(key, wanted)))
    )


@_route("GET", *_OTHER)
@_route("POST", *_OTHER)
@_route("PUT", *_OTHER)
@_route("PATCH", *_OTHER)
@_route("DELETE", *_OTHER)
async def not_served(request: Request) -> Response:
    """Whatever else the protocol has: suggestions, analysis of texts, and their like."""
    raise HTTPException(404, f"{request.method} {request.url.path} is not served.")


def _every(workspace: Workspace, links: Links) -> Iterator[tuple[str, Documents | SightlineError]]:
    """All indexes by name, or why one cannot be read; one that was just deleted is left out."""
    for name in sorted({*workspace.documents.names(), *workspace.indexes.names()}):
        try:
            yield name, _opened(workspace, links, name)
        except UnknownIndex:
            continue
        except SightlineError as error:
            yield name, error


def _opened(workspace: Workspace, links: Links, name: str) -> Documents:
    return workspace.open_documents(
        name,
        url_of=partial(links.original, name),
        thumbnail_of=partial(links.thumbnail, name),
    )


def _definition_json(documents: Documents) -> Json:
    """The definition with its mark for conditional writes, and what in it has no effect here."""
    shown = json_of(documents.definition)
    shown["@odata.etag"] = _etag(documents)
    told = notes(documents.definition)
    return shown | ({"@sightline.notes": told} if told else {})


def _etag(documents: Documents) -> str:
    shown = {k: v for k, v in json_of(documents.definition).items() if k != "@odata.etag"}
    return f'"{hashlib.sha256(write(shown)).hexdigest()[:16]}"'


def _check_conditions(request: Request, workspace: Workspace, links: Links, name: str) -> None:
    """`If-Match` and `If-None-Match` of a write (RFC 9110). Raises HTTPException 412."""
    there = name in workspace.documents.names()
    etag = _etag(_opened(workspace, links, name)) if there else None
    wanted = request.headers.get("if-match")
    unwanted = request.headers.get("if-none-match")
    differs = wanted is not None and (etag is None or wanted not in {"*", etag})
    is_there = unwanted is not None and etag is not None and unwanted in {"*", etag}
    if differs or is_there:
        raise HTTPException(412, f"The index {name!r} is not as the request expects it to be.")


def _batch(given: Json) -> list[Action]:
    actions = actions_of(given)
    if len(actions) > MOST_ACTIONS:
        raise HTTPException(
            413, f"Expected at most {MOST_ACTIONS:,} documents, got {len(actions):,}."
        )
    return actions
