"""Deployments: added, shown, probed and removed while the server runs."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from sightline.deployment_views import deployment_json, found_json, probe_json
from sightline.http.requests import Opened, body_of, parsed
from sightline.http.stream import unless_gone
from sightline.http.wire_json import Json, JsonResponse, write
from sightline.local_servers import local_servers
from sightline.probing import Asking, Found, Probed
from sightline.settings import DeploymentSettings, deployment_settings
from sightline.workspace import Workspace

router = APIRouter(prefix="/api/deployments", tags=["deployments"])

PROBE_SECONDS = 300.0
"""After so long a probe asks nothing more and tells what it has."""


@router.get("", response_model=None)
async def deployments(workspace: Opened) -> JsonResponse:
    """All deployments, the built-in answerer first, each with its last probe."""

    def listed() -> list[Json]:
        named = workspace.named_deployments.all()
        return [deployment_json(one, named.get(one.name)) for one in workspace.deployments]

    return JsonResponse({"deployments": await workspace.pool.run(listed)})


@router.post("", response_model=None, openapi_extra=body_of(DeploymentSettings))
async def add(request: Request, workspace: Opened) -> JsonResponse:
    """Remember a deployment, usable at once. It is not asked anything yet."""
    given = await parsed(request, workspace, deployment_settings)
    add_it = partial(workspace.named_deployments.add, given, from_afar=True)
    added = await workspace.pool.run(add_it)
    location = f"{request.base_url!s}api/deployments/{given.name}"
    return JsonResponse(deployment_json(added.model, added), 201, {"location": location})


@router.get("/found", response_model=None)
async def found(workspace: Opened) -> JsonResponse:
    """Model servers on the usual ports of this machine; none is used by being found."""
    places = workspace.settings.local_servers
    servers = await local_servers(places)
    shown = [found_json(server) for server in servers]
    return JsonResponse({"servers": shown, "looked_at": list(places)})


@router.get("/{name}", response_model=None)
async def show(workspace: Opened, name: str) -> JsonResponse:
    """One deployment, with its last probe."""

    def shown() -> Json:
        model = workspace.deployment(name)
        return deployment_json(model, workspace.named_deployments.all().get(name))

    return JsonResponse(await workspace.pool.run(shown))


@router.delete("/{name}", response_model=None)
async def remove(workspace: Opened, name: str) -> JsonResponse:
    """Forget one that was added. Answers that it is giving are finished."""
    await workspace.pool.run(workspace.named_deployments.remove, name)
    return JsonResponse({"removed": name})


@router.post("/{name}/probe", response_model=None)
async def probe(request: Request, workspace: Opened, name: str) -> Response:
    """Ask it what it can do; as server-sent events for a client that accepts those.

    `asking` comes before each question, `found` with each finding, `probed` at the end. Nothing is
    kept if the client leaves before that.
    """
    await workspace.pool.run(workspace.named_deployments.askable, name)
    if "text/event-stream" in request.headers.get("accept", ""):
        headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
        return StreamingResponse(
            _told(workspace, name), media_type="text/event-stream", headers=headers
        )
    reply = Response(status_code=400)  # for nobody

    async def asked() -> None:
        nonlocal reply
        async for event in workspace.named_deployments.probe(name, limit=PROBE_SECONDS):
            if isinstance(event, Probed):
                reply = JsonResponse({"name": name} | probe_json(event.probe))

    await unless_gone(request.receive, asked())
    return reply


async def _told(workspace: Workspace, name: str) -> AsyncGenerator[bytes]:
    async with aclosing(workspace.named_deployments.probe(name, limit=PROBE_SECONDS)) as events:
        async for event in events:
            match event:
                case Asking():
                    kind, shown = "asking", asdict(event)
                case Found():
                    kind, shown = "found", asdict(event.finding)
                case Probed():
                    kind, shown = "probed", {"name": name} | probe_json(event.probe)
            yield f"event: {kind}\ndata: ".encode() + write(shown) + b"\n\n"
