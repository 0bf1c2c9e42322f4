"""The connection to a model server: what to repeat, how long to wait, what counts as broken."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx2

from sightline.chat.base import Recorder
from sightline.chat.upstream.adaptations import Adapting
from sightline.chat.upstream.completion import Completion
from sightline.chat.upstream.connections import Connections
from sightline.chat.upstream.request_body import to_json
from sightline.chat.upstream.upstream_errors import Upstream, no_connection_hint, refused
from sightline.errors import (
    UpstreamError,
    UpstreamRateLimited,
    UpstreamTruncated,
    UpstreamUnreachable,
)
from sightline.events import Adapted


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds.

    `between_chunks` is long because a local engine can be silent for minutes while it looks at
    pictures. `overall` bounds a whole answer, retries included. `retry_after` is the longest wait
    that a busy server may ask for; `pause` comes before a repeated request. After the reason for
    the end, token counts may follow for `counts`; after `[DONE]` the end of the body for `end`,
    which keeps the connection for the next question.
    """

    connect: float = 10.0
    write: float = 60.0
    between_chunks: float = 300.0
    overall: float = 1200.0
    retry_after: float = 1.5  # longer waits are the client's, which learns of them with the 429
    pause: float = 0.5
    counts: float = 2.0
    end: float = 0.05


USUAL_PATIENCE = Patience()


class ModelServer:
    """One address that answers questions. It connects with the first one, in its event loop.

    It remembers what the server refused, so that later questions are adapted before they are sent.
    """

    def __init__(
        self,
        upstream: Upstream,
        url: httpx2.URL,
        headers: Mapping[str, str],
        patience: Patience,
        run: Callable[..., Awaitable[Any]],
    ) -> None:
        self._upstream = upstream
        self._url = url
        self._headers = headers
        self._patience = patience
        self._run = run
        self._client: httpx2.AsyncClient | None = None
        self._adaptations: dict[str, None] = {}

    async def accepted(
        self,
        body: dict[str, Any],
        deadline: float,
        recorder: Recorder,
        *,
        known: Collection[str] = (),
        optional: Collection[str] = (),
    ) -> tuple[httpx2.Response, list[Adapted]]:
        """The response whose status is 2xx, after the repetitions that are safe.

        Nothing of the answer has come yet, so a repetition cannot say anything twice. A status 500
        is not repeated: engines answer it for pictures they cannot read, after minutes of work.
        `known` are steps of `adaptations` that it needs; `optional` are further fields that are
        taken out when the server refuses them.
        """
        adapting = Adapting(body, dict.fromkeys((*known, *self._adaptations)), optional)
        left = _Repetitions(self._patience)
        while True:
            try:
                response = await self._sent(body, deadline, recorder)
            except _RESET as error:
                recorder.ended(UpstreamUnreachable.code)
                if not left.resets:
                    raise self._no_answer(error) from error
                left.resets -= 1
                await asyncio.sleep(self._patience.pause)
                continue
            if response.is_success:
                self._adaptations |= dict.fromkeys(adapting.lasting)
                return response, adapting.adapted
            words = await self._error_body(response, deadline, recorder)
            refusal = refused(self._upstream, response.status_code, response.headers, words)
            recorder.ended(refusal.code)
            if adapting.does_without(response.status_code, words, refusal.message):
                continue
            pause = left.pause_after(refusal, response.status_code)
            if pause is None:
                raise refusal
            await asyncio.sleep(pause)

    async def _sent(
        self, body: dict[str, Any], deadline: float, recorder: Recorder
    ) -> httpx2.Response:
        """The response with its status and headers, its body still to come."""
        content = await self._run(to_json, body)
        recorder.sent(content)
        if self._client is None:
            self._client = self._connected()
        request = self._client.build_request(
            "POST", self._url, headers=self._headers, content=content
        )
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._client.send(request, stream=True)
        except _RESET:
            raise
        except (httpx2.HTTPError, TimeoutError) as error:
            raise self._no_answer(error) from error
        recorder.reply(response.status_code, response.headers)
        return response

    async def _error_body(
        self, response: httpx2.Response, deadline: float, recorder: Recorder
    ) -> bytes:
        """The beginning of a refusal's body; what of it arrives before the connection breaks."""
        body = b""
        try:
            async with asyncio.timeout_at(deadline):
                async for received in response.aiter_bytes():
                    recorder.chunk(received)
                    body += received
                    if len(body) > _LARGEST_ERROR:
                        break
        except (httpx2.HTTPError, TimeoutError):
            pass
        finally:
            await response.aclose()
        return body

    async def received(
        self,
        response: httpx2.Response,
        completion: Completion,
        deadline: float,
        recorder: Recorder,
    ) -> AsyncGenerator[bytes]:
        """Bytes of the body as they come; ends quietly once the answer is complete."""
        now = asyncio.get_running_loop().time
        packed = "content-encoding" in response.headers
        body = response.aiter_bytes() if packed else response.aiter_raw()
        async with aclosing(body) as chunks:
            while True:
                until = deadline
                if completion.done:
                    until = now() + self._patience.end
                elif completion.complete:
                    until = now() + self._patience.counts
                try:
                    if until - now() > self._patience.between_chunks:
                        # The client's own timeout comes first: no second clock for each chunk.
                        received = await anext(chunks, None)
                    else:
                        async with asyncio.timeout_at(until):
                            received = await anext(chunks, None)
                except (httpx2.HTTPError, TimeoutError) as error:
                    if completion.complete or completion.done:
                        return
                    raise self._cut(error, completion) from error
                if received is None:
                    return
                recorder.chunk(received)
                yield received

    def _connected(self) -> httpx2.AsyncClient:
        patience = self._patience
        return httpx2.AsyncClient(
            trust_env=False,
            transport=Connections(httpx2.create_ssl_context(trust_env=False), most_idle=20),
            follow_redirects=False,
            timeout=httpx2.Timeout(
                patience.between_chunks, connect=patience.connect, write=patience.write, pool=None
            ),
        )

    def _no_answer(self, error: Exception) -> UpstreamUnreachable:
        return UpstreamUnreachable(
            f"{self._upstream} did not answer: {self._described(error)}.",
            hint=_AT_WORK if isinstance(error, _SILENCE) else no_connection_hint(error),
        )

    def _cut(self, error: Exception, completion: Completion) -> UpstreamError:
        described = self._described(error)
        if completion.begun:
            return UpstreamTruncated(
                f"{self._upstream} broke off in its answer: {described}.", hint=_AT_WORK
            )
        return UpstreamUnreachable(
            f"{self._upstream} broke off before its answer: {described}.", hint=_AT_WORK
        )

    def _described(self, error: Exception) -> str:
        match error:
            case httpx2.ConnectTimeout():
                return f"no connection within {self._patience.connect:g} s"
            case httpx2.ReadTimeout():
                return f"nothing came for {self._patience.between_chunks:g} s"
            case httpx2.WriteTimeout():
                return f"the question could not be sent within {self._patience.write:g} s"
            case TimeoutError():
                return f"no whole answer within {self._patience.overall:g} s"
        return self._upstream.quote(str(error)) or type(error).__name__

    async def close(self) -> None:
        """Let go of connections; a later question opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


@dataclass(slots=True)
class _Repetitions:
    """How often one question may still be sent again, for each reason."""

    patience: Patience
    resets: int = 1
    gateways: int = 1
    waits: int = 2

    def pause_after(self, refusal: UpstreamError, status: int) -> float | None:
        """Seconds until it is sent again; None when it is not."""
        if isinstance(refusal, UpstreamRateLimited):
            wait = refusal.retry_after
            if wait is None or wait > self.patience.retry_after or not self.waits:
                return None
            self.waits -= 1
            return wait
        if status not in _GATEWAY or not self.gateways:
            return None
        self.gateways -= 1
        return self.patience.pause


_RESET = (httpx2.ConnectError, httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)
"""What a connection that was closed while it lay idle looks like: nothing was answered on it."""

_SILENCE = (httpx2.ReadTimeout, TimeoutError)
_AT_WORK = "Its log may say what it was doing."

_GATEWAY = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
_LARGEST_ERROR = 64 * 1024
