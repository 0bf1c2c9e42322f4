"""The one bridge from the events of an answer to a response.

An open answer holds a model, threads and sockets. So here, and only here, is decided when its
generator is pulled and when it is closed: at its end, on an error, and at once when the client is
gone, whether the reply is streamed or whole.

A streamed reply commits to status 200 with its first frame. The first words of the model are
therefore awaited before that, for `PATIENCE` seconds at most, so that a request that fails early
fails with a real status. Afterwards an error is one frame `data: {"error": …}`, and the stream
ends without `[DONE]`.
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
    """What a wire dialect must do."""

    def chunks(self, event: AnswerEvent) -> Sequence[Json]:
        """The frames of a stream for one event."""
        ...

    def body(self, answer: Answer) -> Json:
        """A whole reply."""
        ...


class WholeReply(Response):
    """The answer as one JSON body, made while the client waits."""

    def __init__(self, events: AsyncGenerator[AnswerEvent], encoder: Encoder) -> None:
        super().__init__()
        self._events = events
        self._encoder = encoder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _unless_gone(receive, self._reply(scope, receive, send))

    async def _reply(self, scope: Scope, receive: Receive, send: Send) -> None:
        pulled = _Pulled(self._events)
        try:
            answer = fold([event async for event in pulled.all()])
        finally:
            await pulled.close()
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
        await _unless_gone(receive, self._reply(scope, send))

    async def _reply(self, scope: Scope, send: Send) -> None:
        pulled = _Pulled(self._events)
        try:
            first = await self._before_words(pulled)
            await send(
                {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            )
            for frame in first:
                await _send(send, frame)
            async for frame in self._frames(pulled, scope["state"]["request_id"]):
                await _send(send, frame)
        finally:
            await pulled.close()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _before_words(self, pulled: "_Pulled") -> list[bytes]:
        """The frames up to the first words or until patience ends. Raises what fails until then."""
        frames: list[bytes] = []
        clock = asyncio.get_running_loop()
        until = clock.time() + self._patience
        while (left := until - clock.time()) > 0:
            event = await pulled.next(left)
            if event is None:
                break
            frames += self._framed(event)
            if not isinstance(event, Progress | Warned | Gathered | Cited):
                break
        return frames

    async def _frames(self, pulled: "_Pulled", request_id: str) -> AsyncIterator[bytes]:
        try:
            while not pulled.finished:
                event = await pulled.next(self._quiet)
                if event is None:
                    yield b": still working\n\n"
                    continue
                for frame in self._framed(event):
                    yield frame
        except SightlineError as error:
            yield _frame(error_body(error))
            return
        except Exception:
            log.exception("request %s: the answer broke off", request_id)
            yield _frame(unexpected_body(request_id))
            return
        yield DONE

    def _framed(self, event: AnswerEvent) -> list[bytes]:
        if isinstance(event, Progress):
            return [f": {' '.join(event.message.split())}\n\n".encode("utf-8", "replace")]
        return [_frame(chunk) for chunk in self._encoder.chunks(event)]


class _Pulled:
    """Pulls events one at a time; a wait that is cut short loses none.

    The step that is under way runs on in a task of its own: cancelling it would end the generator.
    """

    def __init__(self, events: AsyncGenerator[AnswerEvent]) -> None:
        self._events = events
        self._step: asyncio.Task[AnswerEvent] | None = None
        self.finished = False

    async def next(self, patience: float | None = None) -> AnswerEvent | None:
        """The next event, or None when it takes longer than `patience` seconds.

        Raises what the answer raises, and UpstreamTruncated when it ends without `Finished`.
        """
        if self._step is None:
            self._step = asyncio.ensure_future(_anext(self._events))
        await asyncio.wait({self._step}, timeout=patience)
        if not self._step.done():
            return None
        step, self._step = self._step, None
        try:
            event = step.result()
        except StopAsyncIteration:
            raise UpstreamTruncated("The answer ended without saying that it was complete.") from None
        self.finished = isinstance(event, Finished)
        return event

    async def all(self) -> AsyncIterator[AnswerEvent]:
        """Every event up to `Finished`."""
        while not self.finished:
            event = await self.next()
            if event is not None:
                yield event

    async def close(self) -> None:
        """Stop the step under way, then close the generator, which ends the work behind it."""
        if self._step is not None:
            self._step.cancel()
            await asyncio.wait({self._step})
        await self._events.aclose()


async def _anext(events: AsyncGenerator[AnswerEvent]) -> AnswerEvent:
    return await anext(events)


async def _unless_gone(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Do the work; when the client leaves before it is done, cancel it and wait for its end."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        left_alone = not working.done()
        leaving.cancel()
        working.cancel()
        await asyncio.wait({working, leaving})
    if not left_alone:
        working.result()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _frame(chunk: Json) -> bytes:
    return b"data: " + write(chunk) + b"\n\n"


async def _send(send: Send, frame: bytes) -> None:
    await send({"type": "http.response.body", "body": frame, "more_body": True})
