"""What stands before every request: whose browser may come in, and how much it may carry.

Guarded
- DNS rebinding. A page of a stranger can point its own name at 127.0.0.1; its scripts then talk to
  this server as to their own origin, and no same-origin rule stops them. The one thing such a
  page cannot forge is the Host header, which still carries the stranger's name. So only loopback
  names and configured names are let in.
- Writing from foreign pages. A browser sends simple POSTs to any address without asking first and
  names the page in Origin. An Origin that is not ours is refused for every method that may
  change something. Without `allowed_origins` there are no CORS headers, so foreign pages cannot
  read either.
- Memory. Bytes of a body are counted as they come, before anything is parsed; the stated length
  is believed only when it is already too long. A compressed body is refused.

Not guarded
- Who asks: that is what `key_guard` and `gate` are for.
- How often, how slowly, and by how many connections.
"""

import re
from collections.abc import Collection
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sightline.errors import HostNotAllowed
from sightline.http.errors import error_response

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Always let in, and any name below .localhost, which browsers resolve to loopback themselves."""

MEBIBYTE = 1 << 20


class RequestIds:
    """Every response says under which id the log speaks of it (`x-request-id`).

    An id that the client sends is kept when it is plain; it is put into the request's state.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request, pass it on, and say the name in the response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _PLAIN_ID.fullmatch(given) else f"req_{uuid4().hex}"
        scope.setdefault("state", {})["request_id"] = request_id

        async def naming(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        await self._app(scope, receive, naming)


class HostGuard:
    """Lets in requests that are meant for this server; see the module for why."""

    def __init__(
        self, app: ASGIApp, hosts: Collection[str] = (), origins: Collection[str] = ()
    ) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._hosts = LOOPBACK | {host.lower().rstrip(".") for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is meant for this server, answer the rest with 403."""
        if scope["type"] == "http" and (refused := self._refusal(scope)) is not None:
            await error_response(refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> HostNotAllowed | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._ours(f"//{host}"):
            return HostNotAllowed(
                f"Expected a Host header that names this server, got {host!r}.",
                hint="Add the name to `allowed_hosts` if this server should answer to it.",
            )
        origin = headers.get("origin")
        changes = scope["method"] not in READING
        if origin is not None and changes and not (origin in self._origins or self._ours(origin)):
            return HostNotAllowed(
                f"Expected a page of this server, got a request from a page of {origin!r}.",
                hint="Add it to `allowed_origins` if that page may change things here.",
            )
        return None

    def _ours(self, address: str) -> bool:
        try:
            name = (urlsplit(address).hostname or "").rstrip(".")
        except ValueError:
            return False
        return name in self._hosts or name.endswith(".localhost")


class BodyLimit:
    """Refuses bodies above `limit` bytes with 413 while they arrive, before they are parsed.

    Those of uploads, which are written to disk piece by piece, may have `uploads` bytes.
    """

    def __init__(self, app: ASGIApp, limit: int, uploads: int) -> None:
        self._app = app
        self._limit = limit
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that ends in 413 when it grows too long."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        coding = headers.get("content-encoding", "identity")
        stated = headers.get("content-length", "")
        limit = self._uploads if _UPLOADS.fullmatch(scope["path"]) else self._limit
        arrived = 0

        async def counting() -> Message:
            nonlocal arrived
            if coding.lower() != "identity":
                raise HTTPException(415, f"Expected a plain body, got content-encoding {coding!r}.")
            if stated.isdecimal() and int(stated) > limit:
                raise _too_large(int(stated), limit)
            message = await receive()
            if message["type"] == "http.request":
                arrived += len(message.get("body", b""))
                if arrived > limit:
                    raise _too_large(arrived, limit)
            return message

        await self._app(scope, counting, send)


def _too_large(size: int, limit: int) -> HTTPException:
    return HTTPException(
        413,
        f"Expected a body of at most {limit / MEBIBYTE:g} MiB, "
        f"got at least {size / MEBIBYTE:.1f} MiB.",
    )


_UPLOADS = re.compile(r"/api/uploads(/[^/]+/files)?")
_PLAIN_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
READING = frozenset({"GET", "HEAD", "OPTIONS"})
