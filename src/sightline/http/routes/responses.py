"""The Responses API: the OpenAI path and both Azure forms, over the flow of chats."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from sightline.http.answering import answered, reachable
from sightline.http.links import Links
from sightline.http.requests import Addresses, Opened, Version, body_of
from sightline.http.responses_fields import ResponsesBody
from sightline.http.responses_reply import ResponsesReply
from sightline.http.responses_wire import AskedResponse, asked_response
from sightline.http.stream import Encoder
from sightline.http.wire_json import Json
from sightline.workspace import Workspace

router = APIRouter(tags=["responses"])


@router.post("/v1/responses", response_model=None, openapi_extra=body_of(ResponsesBody))
async def responses(request: Request, workspace: Opened, links: Addresses) -> Response:
    """An answer from the deployment that `model` names, whole or streamed."""
    return await _answered(request, workspace, links)


@router.post("/openai/v1/responses", response_model=None, openapi_extra=body_of(ResponsesBody))
async def azure_responses(request: Request, workspace: Opened, links: Addresses) -> Response:
    """The same at the Azure address that needs no `api-version`."""
    return await _answered(request, workspace, links)


@router.post("/openai/responses", response_model=None, openapi_extra=body_of(ResponsesBody))
async def azure_dated_responses(
    request: Request, workspace: Opened, links: Addresses, version: Version
) -> Response:
    """The same at the Azure address of dated versions; any date is taken."""
    del version
    return await _answered(request, workspace, links)


async def _answered(request: Request, workspace: Workspace, links: Links) -> Response:
    def read(given: Json) -> tuple[AskedResponse, Encoder]:
        wanted = asked_response(given, reachable=reachable(request, workspace))
        return wanted, ResponsesReply(asked=wanted, links=links)

    return await answered(request, workspace, read)
