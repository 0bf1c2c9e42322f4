"""A chat model behind any endpoint that speaks the chat completions API of OpenAI.

The answer is always streamed from the server: closing a stream stops the work behind it at once,
while several servers run an unstreamed answer to its end for nobody. The body says no more than
it must, since servers refuse fields they do not know.

What this guards: a broken stream never passes for a whole answer; the API key never appears in a
message; redirects are not followed and the environment's proxies are not used, so that the key goes
to the configured address only; pictures leave as data, never as an address to fetch.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import httpx2

from sightline.bridge import Pool
from sightline.chat.base import Capabilities, Prompt
from sightline.chat.completion import Completion
from sightline.chat.openai_messages import encode
from sightline.chat.server_events import AnswerBody, EventTooLarge
from sightline.chat.upstream_errors import Upstream, names_field, refused
from sightline.errors import (
    InvalidInput,
    UpstreamError,
    UpstreamRateLimited,
    UpstreamTruncated,
    UpstreamUnreachable,
)
from sightline.events import ModelEvent, Warned
from sightline.messages import Sampling
from sightline.prompt import render


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds.

    `between_chunks` is long because a local engine can be silent for minutes while it looks at
    pictures. `overall` bounds a whole answer, retries included. `retry_after` is the longest wait
    that a busy server may ask for; `pause` comes before a repeated request. After the reason for
    the end, token counts may follow for `counts`; after `[DONE]` the end of the body for `end`,
    which keeps the connection for the next question.
    """

    connect: float = 5.0
    write: float = 60.0
    between_chunks: float = 300.0
    overall: float = 1200.0
    retry_after: float = 30.0
    pause: float = 0.5
    counts: float = 2.0
    end: float = 0.05


class OpenAICompatible:
    """A deployment at `base_url`, by its own name there (`model`).

    `base_url` ends in `/v1` for most servers, in `/openai/deployments/<name>?api-version=…` for
    Azure; its query is kept. `azure` sends the key as `api-key` instead of a bearer token.
    `pool` runs what would block the event loop; without it the loop's own threads do.

    Connections open with the first question and belong to the running event loop.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        model: str,
        capabilities: Capabilities,
        api_key: str | None = None,
        azure: bool = False,
        patience: Patience = Patience(),
        pool: Pool | None = None,
    ) -> None:
        self._name = name
        self._capabilities = capabilities
        self._model = model
        self._patience = patience
        self._run: Callable[..., Awaitable[Any]] = pool.run if pool else asyncio.to_thread
        self._url = _completions_url(base_url)
        key = _usable_key(name, api_key)
        self._headers = {"accept": "text/event-stream", "content-type": "application/json"}
        if key:
            self._headers |= {"api-key": key} if azure else {"authorization": f"Bearer {key}"}
        shown = self._url.copy_with(username=None, password=None, query=None, fragment=None)
        self._upstream = Upstream(deployment=name, address=str(shown), secret=key)
        self._client: httpx2.AsyncClient | None = None
        self._unknown_fields: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The deployment's name."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._capabilities

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """The answer as it arrives; what was yielded before an error stays true.

        Warnings come when the server has accepted the question. Raises UpstreamError, or
        UnreadableImage for a picture of the user that cannot be decoded.
        """
        deadline = asyncio.get_running_loop().time() + self._patience.overall
        rendered = render(prompt, self._capabilities)
        encoded = await self._run(encode, rendered)
        body = _body(self._model, encoded.messages, prompt.sampling)
        response, adapted = await self._accepted(body, deadline)
        completion, answer = Completion(self._upstream), AnswerBody()
        try:
            for warning in (*encoded.warnings, *adapted):
                yield warning
            async with aclosing(self._received(response, completion, deadline)) as received:
                async for data in received:
                    for event in answer.feed(data):
                        for words in completion.feed(event):
                            yield words
            if rest := answer.rest():
                feed = completion.feed_unfinished if answer.is_stream else completion.feed
                for words in feed(rest):
                    yield words
        except EventTooLarge as error:
            raise UpstreamError(f"{self._upstream} sent {error}.") from error
        finally:
            await response.aclose()
        for last in completion.verdict(prompt_tokens=encoded.tokens):
            yield last

    async def close(self) -> None:
        """Let go of connections; a later question opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _accepted(
        self, body: dict[str, Any], deadline: float
    ) -> tuple[httpx2.Response, list[Warned]]:
        """The response whose status is 2xx, after the repetitions that are safe.

        Nothing of the answer has come yet, so a repetition cannot say anything twice. A status 500
        is not repeated: engines answer it for pictures they cannot read, after minutes of work.
        """
        adaptations = [change for change in _ADAPTATIONS if change.applies(body)]
        for change in adaptations:
            if change.field in self._unknown_fields:
                change.apply(body)
        warnings: list[Warned] = []
        resets, busy = 1, 2
        while True:
            try:
                response = await self._sent(body, deadline)
            except _RESET as error:
                if not resets:
                    raise self._unreachable(error) from error
                resets -= 1
                await asyncio.sleep(self._patience.pause)
                continue
            except (httpx2.HTTPError, TimeoutError) as error:
                raise self._unreachable(error) from error
            if response.is_success:
                self._unknown_fields |= {warning.code for warning in warnings}
                return response, warnings
