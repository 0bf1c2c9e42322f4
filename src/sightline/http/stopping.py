"""Requests that are still being answered when the server stops: they end, and it is no fault."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sightline.errors import Unavailable
from sightline.http.errors import error_response

GRACE = 3.0
"""Seconds that requests have to end by themselves; the server waits a little longer than that."""


class OpenRequests:
    """All requests that are being answered, to be ended together."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[object]] = set()
        self.ended: set[asyncio.Task[object]] = set()

    def end_soon(self) -> None:
        """End those that are not through after a moment. Call it in the server's event loop."""
        asyncio.get_running_loop().call_later(GRACE, self._end)

    def _end(self) -> None:
        for task in self.tasks:
            self.ended.add(task)
            task.cancel()


class EndsWithServer:
    """Ends a response where it is when the server stops; one that has not begun says so."""

    def __init__(self, app: ASGIApp, requests: OpenRequests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        task = asyncio.current_task()
        if scope["type"] != "http" or task is None:
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        self._requests.tasks.add(task)
        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            if task not in self._requests.ended:
                raise
            task.uncancel()
            if begun:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                stopping = Unavailable("The server is stopping.", hint="Ask again in a moment.")
                await error_response(stopping)(scope, receive, send)
        finally:
            self._requests.tasks.discard(task)
            self._requests.ended.discard(task)
