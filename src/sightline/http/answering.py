"""From a request that asks something to its reply, the same for every dialect of questions."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from fastapi import Request
from starlette.responses import Response

from sightline.documents.azure_search import origin
from sightline.errors import InvalidRequest
from sightline.http.data_sources import Reachable
from sightline.http.requests import parsed
from sightline.http.stream import Encoder, StreamedReply, WholeReply
from sightline.http.wire_json import Json, kind_of
from sightline.messages import ChatRequest
from sightline.workspace import Workspace


class Wanted(Protocol):
    """What a body comes to in any dialect."""

    @property
    def request(self) -> ChatRequest:
        """The question."""
        ...

    @property
    def stream(self) -> bool:
        """Whether the answer is to be sent while it is made."""
        ...


Read = Callable[[Json], tuple[Wanted, Encoder]]
"""From a JSON body to what is asked, and how the reply is written."""


RECORD = "x-sightline-record"
"""The header that asks for the turn to be recorded, or not to be."""


async def answered(request: Request, workspace: Workspace, read: Read) -> Response:
    """The reply to a request whose body `read` understands, whole or streamed."""
    record = _record(request)
    wanted, encoder = await parsed(request, workspace, read)
    # In the pool, for opening the deployments may wait for an engine that another request opens.
    chat = replace(wanted.request, record=record)
    if any(message.videos for message in chat.messages):
        chat = await workspace.pool.run(workspace.videos.names.looked_up, chat)
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


def reachable(request: Request, workspace: Workspace) -> Reachable:
    """What endpoints in the body of this request may lead to."""
    settings = workspace.settings
    return Reachable(
        here=request.url.netloc,
        search={origin(service.endpoint): service.name for service in settings.search_services},
        vision={origin(service.endpoint): service.name for service in settings.vision_services},
    )
