"""Whether the server works."""

from fastapi import APIRouter

from sightline import __version__
from sightline.http.requests import Opened
from sightline.http.wire_json import Json, JsonResponse
from sightline.workspace import Workspace

router = APIRouter(tags=["health"])


@router.get("/health", response_model=None)
async def health(workspace: Opened) -> JsonResponse:
    """Ready when the indexes can be listed and the deployments are there; an error otherwise."""
    return JsonResponse(await workspace.pool.run(_state, workspace))


def _state(workspace: Workspace) -> Json:
    return {
        "status": "ok",
        "ready": True,
        "version": __version__,
        "indexes": len(workspace.indexes.names()),
        "deployments": len(workspace.deployments),
    }
