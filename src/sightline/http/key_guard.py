"""What asks every request for a key, in the middle of the guards, and how it says no.

Each protocol has errors of its own shape; the path tells which protocol it is.
"""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sightline.errors import InvalidKey, SightlineError
from sightline.http import image_analysis_wire, search_wire, video_retrieval_wire
from sightline.http.errors import error_body, retry_headers, verdict
from sightline.http.gate import Gate
from sightline.http.scopes import need_of
from sightline.http.wire_json import Json, JsonResponse


class KeyGuard:
    """Passes on what the gate admits; `state.who` says who asks, for the routes and the log."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        need = need_of(scope["method"], path)
        request = HTTPConnection(scope)
        try:
            who = request.state.who = await self._gate.admit(request, need)
        except SightlineError as error:
            await refusal(error, path)(scope, receive, send)
            return

        async def noting(message: Message) -> None:
            started = message["type"] == "http.response.start"
            if started and message["status"] < HTTPStatus.BAD_REQUEST:
                await self._gate.note_removal(str(need.removes), who)
            await send(message)

        await self._app(scope, receive, noting if need.removes else send)


def refusal(error: SightlineError, path: str) -> JsonResponse:
    """Why somebody may not come in, as the protocol of that path says it."""
    return JsonResponse(_body(error, path), verdict(error).status, retry_headers(error))


def _body(error: SightlineError, path: str) -> Json:
    if path.startswith(("/indexes", "/servicestats")):
        return search_wire.plain_error(str(error))
    if path.startswith(("/openai/", "/computervision/")) and isinstance(error, InvalidKey):
        # Before any of Azure's services stands the same gateway, and this is how it speaks.
        return image_analysis_wire.plain_error(HTTPException(401, f"Access denied. {error}"))
    if path.startswith("/computervision/retrieval/indexes"):
        return video_retrieval_wire.error_json(error)
    if path.startswith("/computervision/"):
        return image_analysis_wire.error_json(error)
    return error_body(error)
