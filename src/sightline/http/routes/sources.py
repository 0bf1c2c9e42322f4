"""Sources: where pictures come from, kept in step with an index, by hand or at an interval."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from sightline.http.links import Links
from sightline.http.requests import Addresses, Opened, body_of, parsed
from sightline.http.routes.ingestions import (
    SourceBody,
    Work,
    ingestion_json,
    ingestion_response,
    rounded,
)
from sightline.http.wire_json import Json, JsonResponse, checked, read_object
from sightline.jobs import Jobs
from sightline.known_sources import Look, add_source, last_ingestion, look, remove_source
from sightline.storage.records import SourceRecord
from sightline.views import look_json, source_json

router = APIRouter(prefix="/api/sources", tags=["sources"])

MOST_INGESTIONS = 20
"""Runs that are shown with one source, the newest first."""


class PlaceBody(BaseModel):
    """A source to look at."""

    model_config = ConfigDict(extra="forbid")

    source: SourceBody
    read_text: bool = Field(default=True, description="Read the text in the pictures.")


class NewSourceBody(PlaceBody):
    """A source to remember."""

    index: str
    name: str | None = Field(None, description="What to call it; made of its address if left out.")
    refresh_minutes: int = Field(default=0, description="0: only when asked.")


class ChangeBody(BaseModel):
    """What to change of a source; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    read_text: bool | None = None
    refresh_minutes: int | None = None


class SyncBody(BaseModel):
    """How to bring a source in."""

    model_config = ConfigDict(extra="forbid")

    force: bool = Field(default=False, description="Let an empty source empty the index.")


@router.post("", response_model=None, openapi_extra=body_of(NewSourceBody))
async def create(request: Request, workspace: Opened, jobs: Work, links: Addresses) -> JsonResponse:
    """Remember a source, once it can be opened and listed; `found` says what it holds."""
    body = await parsed(request, workspace, partial(checked, NewSourceBody))
    kind, value = body.source.chosen

    def added() -> Json:
        made, seen = add_source(
            jobs,
            kind=kind,
            value=value,
            index=body.index,
            name=body.name,
            read_text=body.read_text,
            refresh_minutes=body.refresh_minutes,
        )
        return _shown(jobs, made, links) | {"found": _found(jobs, seen, body)}

    made = await workspace.pool.run(added)
    jobs.start()  # with an interval it is due at once
    return JsonResponse(made, 201, {"location": str(made["url"])})


@router.get("", response_model=None)
async def sources(workspace: Opened, jobs: Work, links: Addresses) -> JsonResponse:
    """All sources by name, each with its last ingestion and when it is due again."""

    def listed() -> list[Json]:
        return [_shown(jobs, record, links) for record in jobs.sources.all()]

    return JsonResponse({"sources": await workspace.pool.run(listed)})


@router.post("/test", response_model=None, openapi_extra=body_of(PlaceBody))
async def test(request: Request, workspace: Opened, jobs: Work) -> JsonResponse:
    """Open and list a source and say what it holds; nothing is kept."""
    body = await parsed(request, workspace, partial(checked, PlaceBody))
    kind, value = body.source.chosen
    seen = await workspace.pool.run(lambda: _found(jobs, look(jobs.source(kind, value)), body))
    return JsonResponse(seen)


@router.get("/{source}", response_model=None)
async def show(workspace: Opened, jobs: Work, links: Addresses, source: str) -> JsonResponse:
    """One source, with its latest ingestions."""

    def shown() -> Json:
        record = jobs.sources.get(source)
        runs = jobs.ingestions.of(record.id, 0, MOST_INGESTIONS)
        return _shown(jobs, record, links) | {
            "ingestions": [ingestion_json(run, links) for run in runs]
        }

    return JsonResponse(await workspace.pool.run(shown))


@router.patch("/{source}", response_model=None, openapi_extra=body_of(ChangeBody))
async def change(
    request: Request, workspace: Opened, jobs: Work, links: Addresses, source: str
) -> JsonResponse:
    """Set what is given; a new interval counts from now."""
    body = await parsed(request, workspace, partial(checked, ChangeBody))

    def changed() -> Json:
        record = jobs.sources.change(
            source,
            name=body.name,
            read_text=body.read_text,
            refresh_minutes=body.refresh_minutes,
        )
        return _shown(jobs, record, links)

    return JsonResponse(await workspace.pool.run(changed))


@router.delete("/{source}", response_model=None)
async def remove(
    workspace: Opened,
    jobs: Work,
    source: str,
    rows: Annotated[Literal["keep", "remove"], Query()] = "remove",
) -> JsonResponse:
    """Forget a source and take its pictures out of the index; the files stay where they are."""

    def removed() -> Json:
        record = jobs.sources.get(source)
        files = remove_source(jobs, workspace.indexes, record, keep_rows=rows == "keep")
        return {"removed": record.id, "name": record.name, "rows": rows, "files": files}

    return JsonResponse(await workspace.pool.run(removed))


@router.post("/{source}/sync", response_model=None)
async def sync(
    request: Request, workspace: Opened, jobs: Work, links: Addresses, source: str
) -> JsonResponse:
    """An ingestion of this source, or the one that is under way."""
    given = await request.body()
    body = checked(SyncBody, read_object(given)) if given.strip() else SyncBody()
    found, new = await workspace.pool.run(
        lambda: jobs.sync(jobs.sources.get(source), force=body.force)
    )
    return ingestion_response(found, new, links)


def _found(jobs: Jobs, seen: Look, body: PlaceBody) -> Json:
    seconds = jobs.ingestions.seconds_for(seen.pictures, read_text=body.read_text)
    return look_json(seen) | {"estimated_seconds": rounded(seconds)}


def _shown(jobs: Jobs, record: SourceRecord, links: Links) -> Json:
    last = last_ingestion(jobs, record)
    shown = source_json(record, None)
    return shown | {
        "url": f"{links.base}api/sources/{record.id}",
        "last_ingestion": None if last is None else ingestion_json(last, links),
    }
