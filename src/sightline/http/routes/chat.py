"""Chat completions: the OpenAI path and both Azure paths, one flow behind all of them."""

from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from sightline.documents.azure_search import origin
from sightline.errors import InvalidRequest
from sightline.http.azure_wire import AzureReply, dialect
from sightline.http.data_sources import Reachable
from sightline.http.fields import ChatBody
from sightline.http.links import Links
from sightline.http.openai_wire import Asked, Reply, asked
from sightline.http.requests import Addresses, Opened, Version, body_of, parsed
from sightline.http.stream import Encoder, StreamedReply, WholeReply
from sightline.http.wire_json import Json, kind_of
from sightline.workspace import Workspace

router = APIRouter(tags=["chat"])

Read = Callable[[Json], tuple[Asked, Encoder]]
"""From a JSON body to what is asked, and how the reply is written."""

RECORD = "x-sightline-record"
"""The header that asks for the turn to be recorded, or not to be."""

_AZURE = "/openai/deployments/{deployment}"


@router.post("/v1/chat/completions", response_model=None, openapi_extra=body_of(ChatBody))
async def completions(request: Request, workspace: Opened, links: Addresses) -> Response:
    """An answer from the deployment that `model` names, whole or streamed."""

    def read(given: Json) -> tuple[Asked, Encoder]:
        wanted = asked(given, reachable=_reachable(request, workspace))
        return wanted, Reply(asked=wanted, links=links)

    return await _answered(request, workspace, read)


@router.post(f"{_AZURE}/chat/completions", response_model=None, openapi_extra=body_of(ChatBody))
async def azure_completions(
    request: Request, workspace: Opened, links: Addresses, version: Version, deployment: str
) -> Response:
    """The same in the Azure dialects; `api-version` is required and chooses among them."""
    read = _azure_reader(request, workspace, links, version, deployment, extensions=False)
    return await _answered(request, workspace, read)


@router.post(
    f"{_AZURE}/extensions/chat/completions", response_model=None, openapi_extra=body_of(ChatBody)
)
async def azure_extensions(
    request: Request, workspace: Opened, links: Addresses, version: Version, deployment: str
) -> Response:
    """The path that clients of 2023 use for data sources and enhancements."""
    read = _azure_reader(request, workspace, links, version, deployment, extensions=True)
    return await _answered(request, workspace, read)


async def _answered(request: Request, workspace: Workspace, read: Read) -> Response:
    record = _record(request)
    wanted, encoder = await parsed(request, workspace, read)
    # In the pool, for opening the deployments may wait for an engine that another request opens.
    chat = replace(wanted.request, record=record)
    events = await workspace.pool.run(workspace.answer, chat)
    return StreamedReply(events, encoder) if wanted.stream else WholeReply(events, encoder)


def _record(request: Request) -> bool | None:
    """Whether the turn is to be recorded, where the client says so."""
    given = request.headers.get(RECORD, "").strip().lower()
    if given not in {"", "true", "false"}:
        raise InvalidRequest(
            f"Expected true or false in the header {RECORD}, got {kind_of(given)}.", param=RECORD
        )
    return given == "true" if given else None


def _reachable(request: Request, workspace: Workspace) -> Reachable:
    settings = workspace.settings
    return Reachable(
        here=request.url.netloc,
        search={origin(service.endpoint): service.name for service in settings.search_services},
        vision={origin(service.endpoint): service.name for service in settings.vision_services},
    )


def _azure_reader(
    request: Request,
    workspace: Workspace,
    links: Links,
    version: str,
    deployment: str,
    *,
    extensions: bool,
) -> Read:
    def read(given: Json) -> tuple[Asked, Encoder]:
        reachable = _reachable(request, workspace)
        wanted = asked(given, reachable=reachable, deployment=deployment)
        spoken = dialect(version, given, extensions=extensions)
        return wanted, AzureReply(plain=Reply(asked=wanted, links=links), dialect=spoken)

    return read
