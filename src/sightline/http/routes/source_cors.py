"""Whether a browser may read a source's pictures by itself, and making it so."""

from functools import partial

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from sightline.http.requests import Opened, body_of, parsed
from sightline.http.routes.ingestions import Work
from sightline.http.wire_json import Json, JsonResponse, checked
from sightline.sources import cors
from sightline.sources.address import is_url, scheme_of
from sightline.sources.opening import reached
from sightline.storage.records import SourceRecord
from sightline.workspace import Workspace

router = APIRouter(prefix="/api/sources/{source}/cors", tags=["sources"])


class OriginBody(BaseModel):
    """Whose pages may read."""

    model_config = ConfigDict(extra="forbid")

    origin: str | None = Field(None, description="Scheme, host and port; this server's own if not.")


@router.get("", response_model=None)
async def show(
    request: Request, workspace: Opened, jobs: Work, source: str, origin: str | None = None
) -> JsonResponse:
    """Whether pages of an origin (this server's own, if none is named) may read the container."""
    wanted = _origin(request, origin)

    def told() -> Json:
        return _told(workspace, jobs.sources.get(source), wanted)

    return JsonResponse(await workspace.pool.run(told))


@router.put("", response_model=None, openapi_extra=body_of(OriginBody))
async def allow(request: Request, workspace: Opened, jobs: Work, source: str) -> JsonResponse:
    """Let pages of an origin read the container; rules for other origins stay."""
    empty = not (await request.body()).strip()
    body = (
        OriginBody(origin=None)
        if empty
        else await parsed(request, workspace, partial(checked, OriginBody))
    )
    wanted = _origin(request, body.origin)

    def done() -> Json:
        record = jobs.sources.get(source)
        if _is_container(record):
            address, access = reached(record.value, workspace.connections)
            cors.allow(address, access, wanted)
        return _told(workspace, record, wanted)

    return JsonResponse(await workspace.pool.run(done))


def _told(workspace: Workspace, record: SourceRecord, origin: str) -> Json:
    if not _is_container(record):
        hint = "Its pictures come through this server; nothing has to be set."
        return {"origin": origin, "readable": True, "settable": False, "hint": hint}
    address, access = reached(record.value, workspace.connections)
    readable = cors.may_read(address, access, origin)
    settable = cors.can_allow(access)
    command = cors.command(address, access, origin)
    told = f"PUT sets the rule, or: {command}" if settable else f"Set the rule with: {command}"
    reply: Json = {"origin": origin, "readable": readable, "settable": settable}
    return reply | {"hint": None if readable else told}


def _is_container(record: SourceRecord) -> bool:
    return record.kind == "url" and is_url(record.value) and scheme_of(record.value) != "file"


def _origin(request: Request, given: str | None) -> str:
    own = f"{request.base_url.scheme}://{request.base_url.netloc}"
    return cors.checked_origin(given or own)
