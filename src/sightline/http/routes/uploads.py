"""Uploads: files come in, are judged one by one, get descriptions, and wait to be ingested."""

from contextlib import suppress
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from sightline.errors import SightlineError
from sightline.http.links import Links
from sightline.http.parts import FileParts
from sightline.http.requests import Addresses, Opened, body_of, parsed
from sightline.http.routes.indexes import LONGEST_DESCRIPTION
from sightline.http.routes.ingestions import Work, rounded
from sightline.http.wire_json import Json, JsonResponse, checked
from sightline.jobs import Jobs
from sightline.storage.intake import Intake
from sightline.storage.records import Upload, UploadFile
from sightline.workspace import Workspace

router = APIRouter(prefix="/api/uploads", tags=["uploads"])

PIECE = 256 * 1024
"""Bytes of a body that are taken to a worker thread at once, and all that is held of it."""

MOST_FILES = 1000

_FILES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            }
        },
    }
}


class DescriptionBody(BaseModel):
    """What is said about one file."""

    model_config = ConfigDict(extra="forbid")

    description: str = Field(max_length=LONGEST_DESCRIPTION)


class DescriptionsBody(BaseModel):
    """What is said about several files, by their ids; all are set, or none."""

    model_config = ConfigDict(extra="forbid")

    descriptions: dict[str, Annotated[str, Field(max_length=LONGEST_DESCRIPTION)]] = Field(
        max_length=10_000
    )


@router.post("", response_model=None, openapi_extra=_FILES)
async def create(request: Request, workspace: Opened, jobs: Work, links: Addresses) -> Response:
    """A new upload with the files of a multipart body; there may be none yet.

    A body that breaks off leaves nothing behind, for its sender does not know the id.
    """
    made = await workspace.pool.run(_created, jobs)
    whole = False
    try:
        taken = await _take(request, workspace, jobs, made.id)
        whole = taken is not None
    finally:
        if not whole:
            await workspace.pool.run(jobs.delete_upload, made.id)
    return await _reply(workspace, jobs, links, made.id, taken, 201)


@router.get("/{upload}", response_model=None)
async def show(
    workspace: Opened,
    jobs: Work,
    links: Addresses,
    upload: str,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_FILES)] = 100,
    read_text: bool = True,
) -> JsonResponse:
    """One upload with a page of its files, in the order they came, and how long it will take."""

    def shown() -> Json:
        found = jobs.uploads.get(upload)
        files = jobs.uploads.files(upload, offset, limit)
        end = offset + len(files)
        total = found.uploaded + found.failed
        seconds = jobs.ingestions.seconds_for(found.uploaded, read_text=read_text)
        return _upload_json(found, links) | {
            "estimated_seconds": rounded(seconds),
            "files": [_file_json(file) for file in files],
            "next_offset": end if files and end < total else None,
        }

    return JsonResponse(await workspace.pool.run(shown))


@router.post("/{upload}/files", response_model=None, openapi_extra=_FILES)
async def more(
    request: Request, workspace: Opened, jobs: Work, links: Addresses, upload: str
) -> Response:
    """More files for an upload. Of a body that breaks off, the files that were whole are kept."""
    await workspace.pool.run(lambda: jobs.uploads.get(upload))
    taken = await _take(request, workspace, jobs, upload)
    return await _reply(workspace, jobs, links, upload, taken, 200)


@router.put(
    "/{upload}/files/{file}/description",
    response_model=None,
    openapi_extra=body_of(DescriptionBody),
)
async def describe(
    request: Request, workspace: Opened, jobs: Work, upload: str, file: str
) -> JsonResponse:
    """Set the description of a file; "" takes it away."""
    body = await parsed(request, workspace, partial(checked, DescriptionBody))
    (described,) = await workspace.pool.run(
        lambda: jobs.uploads.describe(upload, {file: body.description.strip()})
    )
    return JsonResponse(_file_json(described))


@router.put("/{upload}/descriptions", response_model=None, openapi_extra=body_of(DescriptionsBody))
async def describe_all(
    request: Request, workspace: Opened, jobs: Work, upload: str
) -> JsonResponse:
    """Set the descriptions of several files at once."""
    body = await parsed(request, workspace, partial(checked, DescriptionsBody))
    wanted = {file: text.strip() for file, text in body.descriptions.items()}
    described = await workspace.pool.run(lambda: jobs.uploads.describe(upload, wanted))
    return JsonResponse({"files": [_file_json(file) for file in described]})


@router.delete("/{upload}", response_model=None)
async def delete(workspace: Opened, jobs: Work, upload: str) -> JsonResponse:
    """Remove an upload and its files. What was indexed stays searchable, without originals."""
    await workspace.pool.run(jobs.delete_upload, upload)
    return JsonResponse({"deleted": upload})


def _created(jobs: Jobs) -> Upload:
    return jobs.uploads.create()


async def _take(request: Request, workspace: Workspace, jobs: Jobs, upload: str) -> Intake | None:
    """Take the body's files in; None when the client left in the middle."""
    run = workspace.pool.run
    intake = await run(lambda: Intake(upload, jobs.uploads, jobs.blobs, jobs.limits))
    parts = FileParts(request.headers.get("content-type", ""), intake)
    held = bytearray()
    try:
        async for piece in request.stream():
            held += piece
            if len(held) >= PIECE:
                await run(parts.feed, bytes(held))
                held.clear()
        await run(parts.feed, bytes(held))
        parts.finish()
    except ClientDisconnect:
        with suppress(SightlineError):  # what came whole counts
            await run(parts.feed, bytes(held))
        return None
    finally:
        await run(intake.drop)
    return intake


async def _reply(
    workspace: Workspace, jobs: Jobs, links: Links, upload: str, taken: Intake | None, status: int
) -> Response:
    if taken is None:
        return Response(status_code=400)  # nobody reads it
    found = await workspace.pool.run(lambda: jobs.uploads.get(upload))
    reply = _upload_json(found, links) | {"files": [_file_json(file) for file in taken.files]}
    if taken.left_out:
        reply["notice"] = (
            f"An upload holds at most {jobs.limits.files:,} files; {taken.left_out:,} more "
            "were left out."
        )
    return JsonResponse(reply, status)


def _upload_json(upload: Upload, links: Links) -> Json:
    return {
        "id": upload.id,
        "url": f"{links.base}api/uploads/{upload.id}",
        "created_at": upload.created_at.isoformat(),
        "uploaded": upload.uploaded,
        "failed": upload.failed,
        "size": upload.size,
    }


def _file_json(file: UploadFile) -> Json:
    shown: Json = {
        "id": file.id,
        "name": file.key,
        "state": file.state,
        "size": file.size,
        "sha256": file.sha256,
        "media_type": file.media_type,
        "description": file.description or "",
        "error": None,
    }
    if file.state == "Failed":
        shown["error"] = {"code": file.code, "message": file.message}
    return shown
