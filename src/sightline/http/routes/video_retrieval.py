"""The retired Video Retrieval: indexes of videos, what is ingested into them, and moments found."""

import dataclasses
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sightline.assets import Hit, Where
from sightline.errors import InvalidRequest, SightlineError
from sightline.frames import Choice, aim_of
from sightline.http.errors import retry_headers, verdict
from sightline.http.image_analysis_wire import plain_error
from sightline.http.requests import Addresses, Opened, Version, body_of, parsed
from sightline.http.routes.ingestions import Work
from sightline.http.video_retrieval_fields import (
    IndexBody,
    IngestionBody,
    QueryBody,
    read_index,
    read_ingestion,
    read_query,
)
from sightline.http.video_retrieval_wire import (
    VERSIONS,
    document_json,
    error_json,
    index_json,
    ingestion_json,
    moments_json,
)
from sightline.http.wire_json import Json, JsonResponse, problem
from sightline.known_videos import (
    delete_index,
    ingest_videos,
    known_index,
    known_indexes,
    make_index,
    standing,
)
from sightline.messages import VideoPlace
from sightline.sources.base import Addressed
from sightline.sources.limits import PROMPT
from sightline.sources.opening import open_source
from sightline.storage.tables import LONGEST_NAME
from sightline.video_search import search_videos
from sightline.workspace import Workspace

MOST: Final = 1000
"""Things on one page."""


class _Route(APIRoute):
    """Replies say which versions there are, errors in the service's own shape, too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def telling(request: Request) -> Response:
            try:
                reply = await handler(request)
            except SightlineError as error:
                reply = _refused(error)
            except RequestValidationError as error:
                first = error.errors()[0]
                reply = _refused(problem(first | {"loc": first["loc"][1:]}))
            except HTTPException as error:
                reply = JsonResponse(plain_error(error), error.status_code)
            reply.headers["api-supported-versions"] = VERSIONS
            return reply

        return telling


def _refused(error: SightlineError) -> JsonResponse:
    return JsonResponse(error_json(error), verdict(error).status, retry_headers(error))


router = APIRouter(
    prefix="/computervision/retrieval/indexes", tags=["video retrieval"], route_class=_Route
)

Skip = Annotated[int, Query(alias="$skip", ge=0, lt=2**31)]
Top = Annotated[int, Query(alias="$top", ge=1, le=MOST)]


@router.get("", response_model=None)
async def indexes(
    request: Request,
    workspace: Opened,
    jobs: Work,
    version: Version,
    skip: Skip = 0,
    top: Top = 100,
) -> JsonResponse:
    """A page of the indexes of videos, by name."""
    found = await workspace.pool.run(lambda: known_indexes(jobs, workspace.indexes))
    told = [index_json(one) for one in found[skip : skip + top + 1]]
    return _page(request, told, version, skip, top)


@router.put("/{index}", response_model=None, openapi_extra=body_of(IndexBody))
async def create(
    request: Request, workspace: Opened, jobs: Work, version: Version, index: str
) -> JsonResponse:
    """Make an index, empty."""
    del version
    body = (
        await parsed(request, workspace, read_index)
        if (await request.body()).strip()
        else IndexBody()
    )

    def made() -> Json:
        new = body.named(index)
        make_index(jobs, workspace.writing, workspace.index_names(), new)
        return index_json(new, body.ignored)

    return JsonResponse(await workspace.pool.run(made), 201)


@router.get("/{index}", response_model=None)
async def show(workspace: Opened, jobs: Work, version: Version, index: str) -> JsonResponse:
    """One index."""
    del version
    found = await workspace.pool.run(lambda: known_index(jobs, workspace.indexes, index))
    return JsonResponse(index_json(found))


@router.patch("/{index}", response_model=None, openapi_extra=body_of(IndexBody))
async def change(
    request: Request, workspace: Opened, jobs: Work, version: Version, index: str
) -> JsonResponse:
    """Change what is said of an index: its fields, its user data."""
    del version
    body = await parsed(request, workspace, read_index)

    def changed() -> Json:
        before = known_index(jobs, workspace.indexes, index)
        values = body.changes()
        for field in values.get("fields", ()):
            there = before.field(field.name)
            if there is not None and there.type != field.type:
                raise InvalidRequest(
                    f"metadataSchema: expected {field.name!r} to stay a {there.type}, "
                    f"got a {field.type}.",
                    param="metadataSchema",
                )
        after = jobs.videos.change(index, **values)
        if after.fields != before.fields and jobs.videos.documents(index, 0, 1):
            # What is searchable is part of the rows.
            jobs.submit(index=index, kind="videos", source=index, read_text=True, force=True)
        idle = ["features: without effect, they stay as they were."] if body.features else []
        return index_json(after, [*idle, *body.ignored])

    return JsonResponse(await workspace.pool.run(changed))


@router.delete("/{index}", response_model=None)
async def delete(workspace: Opened, jobs: Work, version: Version, index: str) -> Response:
    """Delete an index with its documents; their files stay where they are."""
    del version

    def deleted() -> None:
        known_index(jobs, workspace.indexes, index)
        delete_index(jobs, index, workspace.delete_index)

    await workspace.pool.run(deleted)
    return Response(status_code=204)


@router.put(
    "/{index}/ingestions/{ingestion}", response_model=None, openapi_extra=body_of(IngestionBody)
)
async def ingest(
    request: Request,
    workspace: Opened,
    jobs: Work,
    links: Addresses,
    version: Version,
    index: str,
    ingestion: str,
) -> JsonResponse:
    """Add videos, change what is said of them, or remove them."""
    body = await parsed(request, workspace, read_ingestion)

    def begun() -> Json:
        known = known_index(jobs, workspace.indexes, index)
        made = ingest_videos(
            jobs,
            known,
            _named(ingestion),
            [video.order for video in body.videos],
            warnings=body.warnings(known),
            connections=workspace.connections,
            open_at=_promptly(workspace),
        )
        return ingestion_json(made, standing(jobs, workspace.indexes, index, made))

    told = await workspace.pool.run(begun)
    place = f"{links.base.rstrip('/')}{request.url.path}?api-version={version}"
    return JsonResponse(told, 202, {"operation-location": place})


@router.get("/{index}/ingestions/{ingestion}", response_model=None)
async def ingestion(
    workspace: Opened,
    jobs: Work,
    version: Version,
    index: str,
    ingestion: str,
    detail: Annotated[str, Query(alias="detailLevel")] = "full",
) -> JsonResponse:
    """How far an ingestion is, and what became of its videos."""
    del version
    level = detail.lower()
    if level not in _LEVELS:
        raise InvalidRequest(
            f"detailLevel: expected one of {', '.join(_LEVELS)}, got {detail[:100]!r}.",
            param="detailLevel",
        )

    def told() -> Json:
        known_index(jobs, workspace.indexes, index)
        found = jobs.videos.ingestion(index, ingestion)
        now = standing(jobs, workspace.indexes, index, found)
        return ingestion_json(found, now, details=level == "full")

    return JsonResponse(await workspace.pool.run(told))


@router.get("/{index}/ingestions", response_model=None)
async def ingestions(
    request: Request,
    workspace: Opened,
    jobs: Work,
    version: Version,
    index: str,
    skip: Skip = 0,
    top: Top = 100,
) -> JsonResponse:
    """A page of the ingestions of an index, the oldest first, without what became of videos."""

    def told() -> list[Json]:
        known_index(jobs, workspace.indexes, index)
        return [
            ingestion_json(one, standing(jobs, workspace.indexes, index, one), details=False)
            for one in jobs.videos.ingestions(index, skip, top + 1)
        ]

    return _page(request, await workspace.pool.run(told), version, skip, top)


@router.get("/{index}/documents", response_model=None)
async def documents(
    request: Request,
    workspace: Opened,
    jobs: Work,
    version: Version,
    index: str,
    skip: Skip = 0,
    top: Top = 100,
) -> JsonResponse:
    """A page of the documents of an index, in the order in which they came."""

    def told() -> list[Json]:
        known_index(jobs, workspace.indexes, index)
        return [document_json(one) for one in jobs.videos.documents(index, skip, top + 1)]

    return _page(request, await workspace.pool.run(told), version, skip, top)


@router.post("/{index}:queryByText", response_model=None, openapi_extra=body_of(QueryBody))
async def query_by_text(
    request: Request, workspace: Opened, jobs: Work, version: Version, index: str
) -> JsonResponse:
    """The moments of videos that fit a text best."""
    del version
    body = await parsed(request, workspace, read_query)

    def found() -> Json:
        names = dict.fromkeys([index, *body.additional_index_names])
        asked = [known_index(jobs, workspace.indexes, name) for name in names]

        def search(name: str, where: Where, top: int) -> list[Hit]:
            return workspace.search([name], text=body.query_text, where=where, top=top)

        aim = aim_of(body.query_text)

        def look(video: VideoPlace, count: int) -> Choice:
            return workspace.videos.watching.look_through(video, aim, count).choice

        moments = (
            search_videos(asked, jobs.videos.documents, body.query(), search, look)
            if body.looks_at_pictures
            else []
        )
        return moments_json(moments, body.warnings(asked))

    return JsonResponse(await workspace.pool.run(found))


def _promptly(workspace: Workspace) -> Callable[[str], Addressed]:
    """Opens places for somebody who waits."""
    limits = dataclasses.replace(PROMPT, largest=workspace.settings.max_file_mb * 2**20)
    return lambda place: open_source(place, workspace.connections, limits=limits)


def _named(ingestion: str) -> str:
    if len(ingestion) > LONGEST_NAME or not ingestion.isprintable():
        raise InvalidRequest(
            f"Expected the name of an ingestion: 1 to {LONGEST_NAME} printable characters, "
            f"got {ingestion[:200]!r}."
        )
    return ingestion


def _page(
    request: Request, found: Sequence[Json], version: str, skip: int, top: int
) -> JsonResponse:
    """So many, and where the next ones are; `found` has one more than are shown, if there is."""
    told: Json = {"value": list(found[:top])}
    if len(found) > top:
        asked = urlencode({"api-version": version, "$skip": skip + top, "$top": top}, safe="$")
        told["nextLink"] = f"{request.url.replace(query=asked)}"
    return JsonResponse(told)


_LEVELS: Final = ("full", "summary")
