"""Errors on the wire: one table from the error family to HTTP, and one shape for all of them.

`{"error": {"message", "type", "code", "param"}}`, plus "hint" where there is something to do. The
message ends with that, too, for the official clients show nothing else.
"""

import logging
import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sightline import errors
from sightline.errors import SightlineError
from sightline.http.wire_json import Json, JsonResponse, problem

log = logging.getLogger("sightline.http")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an error shows: status, OpenAI error `type`, and whether asking again may help.

    Clients repeat 408, 409, 429 and 5xx on their own. `retry` False tells them not to.
    """

    status: int
    type: str
    retry: bool = True


TABLE: dict[type[SightlineError], Verdict] = {
    errors.InvalidInput: Verdict(400, "invalid_request_error"),
    errors.UrlNotAllowed: Verdict(400, "invalid_request_error"),
    errors.Refused: Verdict(403, "permission_error"),
    errors.HostNotAllowed: Verdict(403, "permission_error"),
    errors.InvalidKey: Verdict(401, "invalid_request_error"),
    errors.MissingScope: Verdict(403, "permission_error"),
    errors.TooManyWrongKeys: Verdict(429, "rate_limit_error"),
    errors.WouldWipe: Verdict(409, "invalid_request_error", retry=False),
    errors.NotFound: Verdict(404, "invalid_request_error"),
    errors.OriginalGone: Verdict(410, "invalid_request_error"),
    errors.Conflict: Verdict(409, "invalid_request_error", retry=False),
    errors.IndexBusy: Verdict(409, "invalid_request_error"),
    errors.Unavailable: Verdict(503, "server_error", retry=False),
    errors.UpstreamError: Verdict(502, "server_error"),
    errors.UpstreamRejected: Verdict(502, "server_error", retry=False),
    errors.PromptTooLong: Verdict(400, "invalid_request_error"),
    errors.UpstreamRateLimited: Verdict(429, "rate_limit_error"),
}
"""The nearest class upwards decides."""

UNEXPECTED = Verdict(500, "server_error")


def verdict(error: SightlineError) -> Verdict:
    """The row of the table for an error."""
    rows = (TABLE[family] for family in type(error).__mro__ if family in TABLE)
    return next(rows, UNEXPECTED)


def error_body(error: SightlineError) -> Json:
    """The error as JSON, the same in a response and inside a stream."""
    return _body(error.message, verdict(error).type, error.code, error.param, error.hint)


def unexpected_body(request_id: str) -> Json:
    """What a client is told of a mistake of ours: where to look, and nothing of the inside."""
    return _body(
        "Something went wrong inside Sightline.",
        UNEXPECTED.type,
        "internal_error",
        hint=f"The server's log has the details under the request id {request_id}.",
    )


def error_response(error: SightlineError) -> JsonResponse:
    """The error as a whole response."""
    return JsonResponse(error_body(error), verdict(error).status, retry_headers(error))


def retry_headers(error: SightlineError) -> dict[str, str]:
    """Whether, when and with which key a client should ask again, where there is such a thing."""
    headers = {} if verdict(error).retry else {"x-should-retry": "false"}
    waits = errors.UpstreamRateLimited | errors.TooManyWrongKeys
    if isinstance(error, waits) and error.retry_after is not None:
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after)))
        headers["retry-after-ms"] = str(math.ceil(error.retry_after * 1000))
    match error:
        case errors.InvalidKey():
            headers["www-authenticate"] = 'Bearer realm="sightline"'
        case errors.MissingScope():
            needed = " ".join(error.scopes)
            headers["www-authenticate"] = f'Bearer error="insufficient_scope", scope="{needed}"'
        case _:
            pass
    return headers


async def on_sightline_error(request: Request, error: Exception) -> JsonResponse:
    """Handler for the whole family."""
    del request
    return error_response(cast("SightlineError", error))


async def on_invalid_parameters(request: Request, error: Exception) -> JsonResponse:
    """Handler for query parameters that FastAPI refused: the same words as for a body."""
    del request
    first = cast("RequestValidationError", error).errors()[0]
    # The place without its own first step, which is "query" or "path".
    return error_response(problem(first | {"loc": first["loc"][1:]}))


async def on_http_exception(request: Request, error: Exception) -> JsonResponse:
    """Handler for what the framework itself refuses: unknown path, wrong method."""
    error = cast("HTTPException", error)
    asked = f"{request.method} {request.url.path}"
    if error.status_code == HTTPStatus.NOT_FOUND:
        unknown = error.detail == HTTPStatus.NOT_FOUND.phrase
        said = f"Resource not found: {asked}"
        hint = "GET /openapi.json lists what is served." if unknown else error.detail
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "another method")
        said, hint = f"Method not allowed: {asked}", f"Use {allowed}."
    else:
        said, hint = error.detail, None
    body = _body(said, "invalid_request_error", str(error.status_code), hint=hint)
    return JsonResponse(body, error.status_code, error.headers)


class UnexpectedErrors:
    """Middleware: whatever nobody expected is logged with its request id and answered with 500.

    Once a response has begun nothing can be said any more; the connection is then cut by raising.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch what comes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watching(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watching)
        except Exception:
            if begun:
                raise
            request_id = scope["state"]["request_id"]
            log.exception("request %s: %s %s", request_id, scope["method"], scope["path"])
            response = JsonResponse(unexpected_body(request_id), UNEXPECTED.status)
            await response(scope, receive, send)


def _body(
    message: str, kind: str, code: str, param: str | None = None, hint: str | None = None
) -> Json:
    error: Json = {"message": message, "type": kind, "code": code, "param": param}
    if hint is not None:
        error |= {"message": f"{message} {hint}", "hint": hint}
    return {"error": error}
