"""Videos that are about to be asked about, and what an index knows of a video along its time."""

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, Response, StreamingResponse

from sightline.assets import Asset, Where
from sightline.errors import NotFound
from sightline.http.links import Links
from sightline.http.requests import Addresses, Opened, body_of, parsed
from sightline.http.routes.indexes import asset_of
from sightline.http.routes.pictures import guarded
from sightline.http.wire_json import Json, JsonResponse, checked
from sightline.messages import VideoFile, VideoName
from sightline.passing_videos import State
from sightline.sources.address import is_url
from sightline.sources.opening import open_original
from sightline.workspace import Workspace

router = APIRouter(tags=["videos"])

MOST_FRAMES = 2000
PIECE = 1 << 20


class VideoBody(BaseModel):
    """Which video is to be indexed: an uploaded file, by its id."""

    model_config = ConfigDict(extra="forbid")

    file: str = Field(min_length=1)


@router.post("/api/videos", response_model=None, openapi_extra=body_of(VideoBody))
async def take_in(request: Request, workspace: Opened, links: Addresses) -> JsonResponse:
    """Index an uploaded video, so that it can be asked about; it is forgotten after a day.

    Answers at once, with the id under which `GET` says how far it has come.
    """
    body = await parsed(request, workspace, partial(checked, VideoBody))
    run = workspace.pool.run
    video = await run(workspace.videos.names.video, VideoName("file", body.file))
    passing = workspace.videos.passing
    assert isinstance(video, VideoFile)  # noqa: S101 - what a name of a file stands for
    name = await run(passing.begin, video)
    taking = asyncio.ensure_future(workspace.videos.pool.run(passing.finish, name, video))
    under_way: set[asyncio.Future[None]] = request.app.state.videos_under_way
    under_way.add(taking)
    taking.add_done_callback(under_way.discard)
    return JsonResponse(await run(_shown, workspace, links, name), 202)


@router.get("/api/videos/{id}", response_model=None)
async def show(workspace: Opened, links: Addresses, id: str) -> JsonResponse:
    """How far a video has come, and once it is indexed what is known of it."""
    return JsonResponse(await workspace.pool.run(_shown, workspace, links, id))


@router.delete("/api/videos/{id}", response_model=None)
async def forget(workspace: Opened, id: str) -> JsonResponse:
    """Forget a video now; the uploaded file stays."""
    await workspace.pool.run(workspace.videos.passing.forget, id)
    return JsonResponse({"deleted": id})


@router.get("/api/indexes/{name}/timeline", response_model=None)
async def timeline(
    workspace: Opened,
    links: Addresses,
    name: str,
    key: Annotated[str, Query(min_length=1)],
) -> JsonResponse:
    """A video of an index along its time: shots, and frames with thumbnail, text and tags."""

    def told() -> Json:
        frames = _frames(workspace, name, key)
        return _about(frames) | {
            "key": key,
            "shots": _shots(frames),
            "frames": [_frame(frame, name, links) for frame in frames],
        }

    return JsonResponse(await workspace.pool.run(told))


@router.get("/api/indexes/{name}/assets/{asset_id}/video", response_class=Response)
async def video(workspace: Opened, name: str, asset_id: str) -> Response:
    """The video that a frame is of, for a player: parts of it by `Range` where it lies here."""
    asset = await workspace.pool.run(asset_of, workspace, name, asset_id)
    if asset.film is None:
        raise NotFound(f"The asset {asset_id!r} is a picture and not a frame of a video.")
    headers = guarded(asset.name)
    file = await workspace.pool.run(open_original, asset, workspace.connections)
    if not is_url(asset.location):
        await workspace.pool.run(file.close)
        return FileResponse(asset.location, media_type=asset.media_type, headers=headers)

    def pieces() -> Any:  # noqa: ANN401 - bytes, one piece after the other
        with file:
            while piece := file.read(PIECE):
                yield piece

    headers["content-length"] = str(asset.size)
    return StreamingResponse(pieces(), media_type=asset.media_type, headers=headers)


def _shown(workspace: Workspace, links: Links, name: str) -> Json:
    status = workspace.videos.passing.status(name)
    shown: Json = {
        "id": name,
        "url": f"{links.base}api/videos/{name}",
        "name": status.name,
        "state": status.state,
        "seconds": round(status.seconds, 3),
        "duration": round(status.duration, 3),
        "error": None,
    }
    if status.error is not None:
        shown["error"] = {"code": status.error.code, "message": str(status.error)}
    if status.state == State.SUCCEEDED:
        frames = _frames(workspace, name)
        shown |= _about(frames) | {
            "key": frames[0].key,
            "index": name,
            "timeline_url": links.timeline(name, frames[0].key),
        }
    return shown


def _frames(workspace: Workspace, name: str, key: str | None = None) -> list[Asset]:
    """The frames of a video in order of time. Raises NotFound."""
    index = workspace.look_at(name)
    found = index.browse(0, MOST_FRAMES, Where(key_prefix=key) if key else None)
    frames = [asset for asset in found if asset.film and key in (None, asset.key)]
    if not frames:
        raise NotFound(f"The index {name!r} has no video {key!r}.")
    return sorted(frames, key=lambda frame: frame.seconds)


def _about(frames: list[Asset]) -> Json:
    first = frames[0]
    assert first.film is not None  # noqa: S101 - they were chosen by it
    return {
        "name": first.name,
        "media_type": first.media_type,
        "width": first.width,
        "height": first.height,
        "duration": first.film.duration,
        "coverage": first.film.coverage,
        "frames_kept": len(frames),
    }


def _shots(frames: list[Asset]) -> list[Json]:
    shots: dict[int, Json] = {}
    for frame in frames:
        if frame.film is not None:
            shot = shots.setdefault(frame.film.shot, {"start": frame.seconds})
            shot["until"] = frame.film.until
    return [{"shot": number, **times} for number, times in shots.items()]


def _frame(frame: Asset, name: str, links: Links) -> Json:
    return {
        "asset": frame.id,
        "seconds": frame.seconds,
        "until": frame.film.until if frame.film else frame.seconds,
        "shot": frame.film.shot if frame.film else 1,
        "text": frame.reading.text if frame.reading else None,
        "spoken": (frame.film.spoken if frame.film else "") or None,
        "tags": [tag.name for tag in frame.tags],
        "thumbnail_url": links.thumbnail(name, frame.id, frame.sha256[:16]),
    }
