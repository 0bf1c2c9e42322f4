"""The one bridge from the events of an answer to a response.

An open answer holds a model, threads and sockets. So here, and only here, is decided when its
generator is pulled and when it is closed: at its end, on an error, and at once when the client is
gone, whether the reply is streamed or whole.

A streamed reply commits to status 200 with its first frame. The first words of the model are
therefore awaited before that, for `PATIENCE` seconds at most, so that a request that fails early
fails with a real status. Afterwards the dialect says what an error looks like: in that of chats it
is one frame `data: {"error": …}`, and the stream ends without `[DONE]`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sightline.errors import SightlineError, UpstreamTruncated
from sightline.events import Answer, AnswerEvent, Cited, Finished, Gathered, Progress, Warned, fold
from sightline.http.errors import error_body, unexpected_body
from sightline.http.wire_json import Json, JsonResponse, write

log = logging.getLogger("sightline.http")

PATIENCE = 2.0
"""Seconds that the first words may take before the status line goes out without them."""

QUIET = 10.0
"""Seconds of silence after which a comment keeps the connection alive."""

DONE = b"data: [DONE]\n\n"


class Encoder(Protocol):
    """What a wire dialect must do.

    `named`: each frame says its chunk's `type` as the name of the event, and the chunks themselves
    tell how the stream ends, so that no `[DONE]` follows.
    """

    @property
    def named(self) -> bool:
        """Whether frames have names."""
        ...

    def chunks(self, event: AnswerEvent) -> Sequence[Json]:
        """The frames of a stream for one event."""
        ...

    def body(self, answer: Answer) -> Json:
        """A whole reply."""
        ...

    def broken(self, error: Json) -> Sequence[Json]:
        """The last frames of a stream that failed after its start; `error` as in a response."""
        ...


class WholeReply(Response):
    """The answer as one JSON body, made while the client waits."""

    def __init__(self, events: AsyncGenerator[AnswerEvent], encoder: Encoder) -> None:
        super().__init__()
        self._events = events
        self._encoder = encoder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the answer and send it, unless the client leaves first."""
        await unless_gone(receive, self._reply(scope, receive, send))

    async def _reply(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = fold([event async for event in _whole(self._events)])
        finally:
            await _close(self._events)
        await JsonResponse(self._encoder.body(answer))(scope, receive, send)


class StreamedReply(Response):
    """The answer as server-sent events, one frame for each chunk."""

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncGenerator[AnswerEvent],
        encoder: Encoder,
        *,
        patience: float = PATIENCE,
        quiet: float = QUIET,
    ) -> None:
        super().__init__(headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._encoder = encoder
        self._patience = patience
        self._quiet = quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send frames as they are made, until the end or until the client leaves."""
        await unless_gone(receive, self._reply(scope, send))

    async def _reply(self, scope: Scope, send: Send) -> None:
        line = _Line(send, self.raw_headers)
        keeping = asyncio.ensure_future(self._keep_alive(line))
        try:
            async for event in _whole(self._events):
                before_words = isinstance(event, Progress | Warned | Gathered | Cited)
                await line.put(self._framed(event), hold=before_words)
            await line.put([] if self._encoder.named else [DONE])
        except SightlineError as error:
            if not line.begun:
                raise
            await line.put(self._frames(self._encoder.broken(error_body(error))))
        except Exception:
            if not line.begun:
                raise
            request_id = scope["state"]["request_id"]
            log.exception("request %s: the answer broke off", request_id)
            await line.put(self._frames(self._encoder.broken(unexpected_body(request_id))))
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await _close(self._events)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _keep_alive(self, line: "_Line") -> None:
        await asyncio.sleep(self._patience)
        await line.put([])
        while True:
            sent = line.sent
            await asyncio.sleep(self._quiet)
            if line.sent == sent:
                await line.put([b": still working\n\n"])

    def _framed(self, event: AnswerEvent) -> list[bytes]:
        if isinstance(event, Progress):
            return [f": {' '.join(event.message.split())}\n\n".encode("utf-8", "replace")]
        return self._frames(self._encoder.chunks(event))

    def _frames(self, chunks: Sequence[Json]) -> list[bytes]:
        if self._encoder.named:
            return [b"event: %b\n%b" % (chunk["type"].encode(), _frame(chunk)) for chunk in chunks]
        return [_frame(chunk) for chunk in chunks]


class _Line:
    """The way to the client. Frames wait until the first one that is not held; then all go out."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self._waiting: list[bytes] = []
        self._turn = asyncio.Lock()
        self.begun = False
        self.sent = 0

    async def put(self, frames: Sequence[bytes], *, hold: bool = False) -> None:
        """Send frames, after those that wait; with `hold` they wait, too, if nothing was sent."""
        async with self._turn:
            self._waiting += frames
            if hold and not self.begun:
                return
            if not self.begun:
                self.begun = True
                await self._send(
                    {"type": "http.response.start", "status": 200, "headers": self._headers}
                )
            body, self._waiting = b"".join(self._waiting), []
            self.sent += 1
            if body:
                await self._send({"type": "http.response.body", "body": body, "more_body": True})


async def _whole(events: AsyncGenerator[AnswerEvent]) -> AsyncIterator[AnswerEvent]:
    """The events up to `Finished`. Raises UpstreamTruncated when they end without it."""
    async for event in events:
        yield event
        if isinstance(event, Finished):
            return
    raise UpstreamTruncated("The answer ended without saying that it was complete.")


async def _close(events: AsyncGenerator[AnswerEvent]) -> None:
    """Close the generator, which ends the work behind it; by then the reply is decided."""
    try:
        await events.aclose()
    except Exception:
        log.warning("closing an answer failed", exc_info=True)


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Do the work; when the client leaves before it is done, cancel it and wait for its end."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        done = working.done()
        leaving.cancel()
        working.cancel()
        outcome, _ = await asyncio.gather(working, leaving, return_exceptions=True)
    if done:
        working.result()
    elif isinstance(outcome, Exception):
        log.warning("ending an answer whose client has gone failed", exc_info=outcome)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _frame(chunk: Json) -> bytes:
    return b"data: " + write(chunk) + b"\n\n"
