"""Ingestions: start one, see how far it is, stop it. The work itself is done by another process."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)
from starlette.responses import StreamingResponse

from sightline.errors import InvalidRequest
from sightline.http.links import Links
from sightline.http.requests import Addresses, Opened, body_of, parsed
from sightline.http.wire_json import Json, JsonResponse, checked, write
from sightline.jobs import Jobs
from sightline.storage.records import Ingestion, Remark, RemarkKind, SourceKind
from sightline.workspace import Workspace

router = APIRouter(prefix="/api/ingestions", tags=["ingestions"])

MOST_REMARKS = 1000
MOST_INGESTIONS = 500

LOOK = 0.3
"""Seconds between looks at the record for a stream of progress."""

QUIET = 10.0
"""Seconds of silence after which a comment keeps the connection alive."""


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


Work = Annotated[Jobs, Depends(_jobs)]
"""The uploads and ingestions of the workspace that this server serves."""


class SourceBody(BaseModel):
    """Where the pictures are: exactly one of these."""

    model_config = ConfigDict(extra="forbid")

    upload: str | None = Field(None, description="The id of an upload.")
    folder: str | None = Field(None, description="The whole path of a folder on the server.")
    url: str | None = Field(None, description="The address of a source.")

    @model_validator(mode="after")
    def _one(self) -> "SourceBody":
        if len(self.model_fields_set) != 1 or not any(self.model_dump().values()):
            *names, last = (repr(name) for name in type(self).model_fields)
            raise ValueError(f"expected exactly one of {', '.join(names)} and {last}")
        return self

    @property
    def chosen(self) -> tuple[SourceKind, str]:
        """The kind and the value that is given."""
        if self.upload is not None:
            return "upload", self.upload
        if self.folder is not None:
            return "folder", self.folder
        return "url", self.url or ""


class AnySourceBody(SourceBody):
    """Where the pictures are, or a source that has a record; then index and reading are its own."""

    source: str | None = Field(None, description="The id of a source.")


class IngestionBody(BaseModel):
    """What to bring into which index."""

    model_config = ConfigDict(extra="forbid")

    index: str | None = Field(None, description="Required, unless the source has a record.")
    source: AnySourceBody
    read_text: bool = Field(default=True, description="Read the text in the pictures.")
    force: bool = Field(default=False, description="Let an empty source empty the index.")


@router.post("", response_model=None, openapi_extra=body_of(IngestionBody))
async def create(request: Request, workspace: Opened, jobs: Work, links: Addresses) -> JsonResponse:
    """Take an ingestion down; a worker begins with it within seconds."""
    body = await parsed(request, workspace, partial(checked, IngestionBody))
    return ingestion_response(*await workspace.pool.run(_submitted, jobs, body), links)


@router.get("", response_model=None)
async def ingestions(
    workspace: Opened,
    jobs: Work,
    links: Addresses,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_INGESTIONS)] = 50,
) -> JsonResponse:
    """All ingestions, the newest first."""
    page, total = await workspace.pool.run(lambda: jobs.ingestions.page(offset, limit))
    end = offset + len(page)
    return JsonResponse(
        {
            "ingestions": [ingestion_json(one, links) for one in page],
            "total": total,
            "next_offset": end if page and end < total else None,
        }
    )


@router.get("/{ingestion}", response_model=None)
async def show(
    workspace: Opened,
    jobs: Work,
    links: Addresses,
    ingestion: str,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_REMARKS)] = 100,
) -> JsonResponse:
    """One ingestion, with a page of the files that failed and one of what else is worth knowing."""

    def shown() -> Json:
        found = jobs.ingestions.get(ingestion)
        return ingestion_json(found, links) | {
            "failures": _remarks(jobs, ingestion, "failure", offset, limit),
            "notices": _remarks(jobs, ingestion, "notice", offset, limit),
        }

    return JsonResponse(await workspace.pool.run(shown))


@router.post("/{ingestion}/cancel", response_model=None)
async def cancel(workspace: Opened, jobs: Work, links: Addresses, ingestion: str) -> JsonResponse:
    """Stop an ingestion, at once when it waits, else between two files; one that ended stays so."""
    found = await workspace.pool.run(lambda: jobs.ingestions.cancel(ingestion))
    return JsonResponse(ingestion_json(found, links))


@router.get("/{ingestion}/events", response_model=None)
async def events(
    workspace: Opened, jobs: Work, links: Addresses, ingestion: str
) -> StreamingResponse:
    """Progress as server-sent events: `progress` at each change, `end` with the final state."""
    first = await workspace.pool.run(lambda: jobs.ingestions.get(ingestion))
    return StreamingResponse(
        _told(workspace, jobs, links, first),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
    )


async def _told(
    workspace: Workspace, jobs: Jobs, links: Links, first: Ingestion
) -> AsyncIterator[bytes]:
    now, spoken = first, time.monotonic()
    told: tuple[object, ...] = ()
    while not now.finished:
        # The heartbeat is no news.
        news = now.state, now.progress, now.waiting, now.cancel_requested
        if news != told:
            yield _frame("progress", ingestion_json(now, links))
            told, spoken = news, time.monotonic()
        elif time.monotonic() - spoken > QUIET:
            yield b": still working\n\n"
            spoken = time.monotonic()
        await asyncio.sleep(LOOK)
        now = await workspace.pool.run(lambda: jobs.ingestions.get(first.id))
    yield _frame("end", ingestion_json(now, links))


def ingestion_response(ingestion: Ingestion, new: bool, links: Links) -> JsonResponse:
    """One that was asked for: 201 when it is new, 200 when it is under way already."""
    shown = ingestion_json(ingestion, links)
    return JsonResponse(shown, 201 if new else 200, {"location": str(shown["url"])})


def _submitted(jobs: Jobs, body: IngestionBody) -> tuple[Ingestion, bool]:
    if body.source.source is not None:
        record = jobs.sources.get(body.source.source)
        for field, theirs in (("index", record.index_name), ("read_text", record.read_text)):
            if field in body.model_fields_set and getattr(body, field) != theirs:
                raise InvalidRequest(
                    f"{field}: expected {theirs!r} as the source {record.name!r} has it, or "
                    f"nothing; got {getattr(body, field)!r}.",
                    param=field,
                )
        return jobs.sync(record, force=body.force)
    if body.index is None:
        raise InvalidRequest("index: Field required, got nothing.", param="index")
    kind, source = body.source.chosen
    made = jobs.submit(
        index=body.index, kind=kind, source=source, read_text=body.read_text, force=body.force
    )
    return made, True


def ingestion_json(ingestion: Ingestion, links: Links) -> Json:
    """An ingestion as it is shown everywhere."""
    progress = ingestion.progress
    url = f"{links.base}api/ingestions/{ingestion.id}"
    error: Json | None = None
    if ingestion.error_code:
        error = {"code": ingestion.error_code, "message": ingestion.error_message}
    return {
        "id": ingestion.id,
        "url": url,
        "events_url": f"{url}/events",
        "index": ingestion.index_name,
        "source": {ingestion.source_kind: ingestion.source},
        "source_id": ingestion.source_id,
        "asked_by": ingestion.asked_by,
        "read_text": ingestion.read_text,
        "force": ingestion.force,
        "state": ingestion.state,
        "waiting": ingestion.waiting,
        "cancel_requested": ingestion.cancel_requested,
        "progress": {
            "stage": progress.stage,
            "under_way": progress.under_way,
            "total": progress.total,
            "opened": progress.opened,
            "done": progress.done,
            "files_per_second": None if progress.rate is None else round(progress.rate, 2),
            "seconds_left": rounded(ingestion.seconds_left),
        },
        "counts": {
            "added": progress.added,
            "updated": progress.updated,
            "skipped": progress.skipped,
            "removed": progress.removed,
            "failed": progress.failed,
            "noticed": progress.noticed,
            "undescribed": progress.undescribed,
        },
        "error": error,
        "worker": {"process": ingestion.worker, "heartbeat_at": _iso(ingestion.heartbeat_at)},
        "created_at": _iso(ingestion.created_at),
        "started_at": _iso(ingestion.started_at),
        "updated_at": _iso(ingestion.updated_at),
        "finished_at": _iso(ingestion.finished_at),
    }


def _remarks(jobs: Jobs, id: str, kind: RemarkKind, offset: int, limit: int) -> Json:
    page, total = jobs.ingestions.remarks(id, kind, offset, limit)
    end = offset + len(page)
    return {
        "files": [_remark(remark) for remark in page],
        "total": total,
        "next_offset": end if page and end < total else None,
    }


def _remark(remark: Remark) -> Json:
    return {"key": remark.key, "code": remark.code, "message": remark.message}


def _frame(event: str, shown: Json) -> bytes:
    return f"event: {event}\ndata: ".encode() + write(shown) + b"\n\n"


def rounded(seconds: float | None) -> float | None:
    """Seconds as they are shown."""
    return None if seconds is None else round(seconds, 1)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
