"""Recorded turns: what a model server was sent and answered."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from sightline.http.requests import Opened
from sightline.http.wire_json import JsonResponse
from sightline.turn_exports import SUFFIXES, Form, export

router = APIRouter(prefix="/api/turns", tags=["turns"])

_MEDIA: dict[Form, str] = {
    "curl": "text/plain; charset=utf-8",
    "python": "text/plain; charset=utf-8",
    "json": "application/json",
}


@router.get("", response_model=None)
async def turns(
    workspace: Opened,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JsonResponse:
    """A page of the recorded turns, the newest first."""
    page, total = await workspace.pool.run(workspace.turns.page, offset, limit)
    end = offset + len(page)
    following = end if page and end < total else None
    return JsonResponse({"turns": page, "total": total, "next_offset": following})


@router.get("/{turn}", response_model=None)
async def show(workspace: Opened, turn: str) -> JsonResponse:
    """One turn; its pictures are named by their SHA-256."""
    return JsonResponse(await workspace.pool.run(workspace.turns.shown, turn))


@router.get("/{turn}/export", response_model=None)
async def exported(
    workspace: Opened, turn: str, form: Annotated[Form, Query(alias="as")]
) -> Response:
    """One turn to run or to keep, with its pictures."""

    def text() -> bytes:
        return export(workspace.turns.get(turn), form).encode("utf-8", "replace")

    named = f'attachment; filename="{turn}.{SUFFIXES[form]}"'
    content = await workspace.pool.run(text)
    return Response(content, media_type=_MEDIA[form], headers={"content-disposition": named})


@router.delete("/{turn}", response_model=None)
async def delete(workspace: Opened, turn: str) -> JsonResponse:
    """Remove a turn and the pictures that no other turn shows."""
    await workspace.pool.run(workspace.turns.delete, turn)
    return JsonResponse({"deleted": turn})
