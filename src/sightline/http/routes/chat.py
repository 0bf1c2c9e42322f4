"""Chat completions: the OpenAI path and both Azure paths, one flow behind all of them."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from sightline.http.answering import Read, answered, reachable
from sightline.http.azure_wire import AzureReply, dialect
from sightline.http.fields import ChatBody
from sightline.http.links import Links
from sightline.http.openai_wire import Asked, Reply, asked
from sightline.http.requests import Addresses, Opened, Version, body_of
from sightline.http.stream import Encoder
from sightline.http.wire_json import Json
from sightline.workspace import Workspace

router = APIRouter(tags=["chat"])

_AZURE = "/openai/deployments/{deployment}"


@router.post("/v1/chat/completions", response_model=None, openapi_extra=body_of(ChatBody))
async def completions(request: Request, workspace: Opened, links: Addresses) -> Response:
    """An answer from the deployment that `model` names, whole or streamed."""

    def read(given: Json) -> tuple[Asked, Encoder]:
        wanted = asked(given, reachable=reachable(request, workspace))
        return wanted, Reply(asked=wanted, links=links)

    return await answered(request, workspace, read)


@router.post(f"{_AZURE}/chat/completions", response_model=None, openapi_extra=body_of(ChatBody))
async def azure_completions(
    request: Request, workspace: Opened, links: Addresses, version: Version, deployment: str
) -> Response:
    """The same in the Azure dialects; `api-version` is required and chooses among them."""
    read = _azure_reader(request, workspace, links, version, deployment, extensions=False)
    return await answered(request, workspace, read)


@router.post(
    f"{_AZURE}/extensions/chat/completions", response_model=None, openapi_extra=body_of(ChatBody)
)
async def azure_extensions(
    request: Request, workspace: Opened, links: Addresses, version: Version, deployment: str
) -> Response:
    """The path that clients of 2023 use for data sources and enhancements."""
    read = _azure_reader(request, workspace, links, version, deployment, extensions=True)
    return await answered(request, workspace, read)


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
        wanted = asked(given, reachable=reachable(request, workspace), deployment=deployment)
        spoken = dialect(version, given, extensions=extensions)
        return wanted, AzureReply(plain=Reply(asked=wanted, links=links), dialect=spoken)

    return read
