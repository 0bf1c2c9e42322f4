"""The deployments: which chat models there are and what each can do."""

import time

from fastapi import APIRouter

from sightline.chat.base import ChatModel
from sightline.deployment_views import capabilities_json
from sightline.http.requests import Opened, Version
from sightline.http.wire_json import Json, JsonResponse

router = APIRouter(tags=["models"])

_STARTED = int(time.time())


@router.get("/v1/models", response_model=None)
async def models(workspace: Opened) -> JsonResponse:
    """All deployments, the built-in answerer first."""
    found = await workspace.pool.run(lambda: workspace.deployments)
    return JsonResponse({"object": "list", "data": [_model(model) for model in found]})


@router.get("/v1/models/{name:path}", response_model=None)
async def model(workspace: Opened, name: str) -> JsonResponse:
    """One deployment."""
    return JsonResponse(_model(await workspace.pool.run(workspace.deployment, name)))


@router.get("/openai/models", response_model=None)
async def azure_models(workspace: Opened, version: Version) -> JsonResponse:
    """All deployments, for clients of the Azure dialects, the same in every version."""
    del version
    return await models(workspace)


def _model(deployment: ChatModel) -> Json:
    """`capabilities` has the words of the Azure list and ours; `notice` is for people."""
    can = deployment.capabilities
    return {
        "id": deployment.name,
        "object": "model",
        "created": _STARTED,
        "owned_by": "sightline",
        "capabilities": {
            "chat_completion": True,
            "inference": True,
            "completion": False,
            "embeddings": False,
            "fine_tune": False,
            **capabilities_json(can),
        },
        "notice": can.notice,
    }
