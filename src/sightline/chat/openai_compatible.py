"""A chat model behind any endpoint that speaks the chat completions API of OpenAI.

The answer is always streamed from the server: closing a stream stops the work behind it at once,
while several servers run an unstreamed answer to its end for nobody. The body says no more than
it must, since servers refuse fields they do not know.

What this guards: a broken stream never passes for a whole answer; the API key never appears in a
message; redirects are not followed and the environment's proxies are not used, so that the key goes
to the configured address only; pictures leave as data, never as an address to fetch.
"""

import asyncio
import logging
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Collection,
    Sequence,
)
from contextlib import aclosing
from copy import copy
from functools import partial
from typing import Any, Self

import httpx2

from sightline.chat.base import BackEnd, Capabilities, Prompt, Recorder
from sightline.chat.upstream.adaptations import known_steps
from sightline.chat.upstream.back_end import UNRECORDED, back_end
from sightline.chat.upstream.completion import Completion, estimated_tokens
from sightline.chat.upstream.model_server import USUAL_PATIENCE, ModelServer, Patience
from sightline.chat.upstream.openai_messages import EncodedPrompt, encode
from sightline.chat.upstream.request_body import NEEDED, request_body, texts
from sightline.chat.upstream.served_models import COMPLETIONS, Told, told
from sightline.chat.upstream.server_events import AnswerBody, EventTooLarge
from sightline.chat.upstream.upstream_errors import Upstream
from sightline.errors import InvalidInput, SightlineError, UpstreamError
from sightline.events import Adapted, Finished, ModelEvent, Warned
from sightline.prompt import render

log = logging.getLogger("sightline.chat")


class OpenAICompatible:
    """A deployment at `base_url`, by its own name there (`model`).

    `base_url` ends in `/v1` for most servers, in `/openai/deployments/<name>?api-version=…` for
    Azure; its query is kept. `azure` sends the key as `api-key` instead of a bearer token.
    `key_variable` says where the key came from. `run` takes a function and its arguments to a
    worker thread.

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
        key_variable: str = "",
        patience: Patience = USUAL_PATIENCE,
        run: Callable[..., Awaitable[Any]] = asyncio.to_thread,
    ) -> None:
        self._name = name
        self._capabilities = capabilities
        self._model = model
        self._patience = patience
        self._run = run
        url, key = _completions_url(base_url), _usable_key(name, api_key)
        headers = {"accept": "text/event-stream", "content-type": "application/json"}
        if key:
            headers |= {"api-key": key} if azure else {"authorization": f"Bearer {key}"}
        address = str(url.copy_with(query=None))
        self._upstream = Upstream(deployment=name, address=address, secret=key)
        self._server = ModelServer(self._upstream, url, headers, patience, run)
        self._told = partial(
            told, url, headers | {"accept": "application/json"}, model, self._upstream
        )
        self._back_end = back_end(url, model, key, azure=azure, key_variable=key_variable)
        self._recorder: Recorder = UNRECORDED

    @property
    def name(self) -> str:
        """The deployment's name."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._capabilities

    @property
    def back_end(self) -> BackEnd:
        """The server it is at."""
        return self._back_end

    def recorded(self, recorder: Recorder) -> Self:
        """The same deployment with somebody who hears what it sends and is sent."""
        heard = copy(self)
        heard._recorder = recorder  # noqa: SLF001 (its own copy)
        return heard

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """The answer as it arrives; what was yielded before an error stays true.

        Warnings come when the server has accepted the question. Raises UpstreamError, or
        UnreadableImage for a picture of the user that cannot be decoded.
        """
        deadline = asyncio.get_running_loop().time() + self._patience.overall
        encoded: EncodedPrompt = await self._run(_encoded, prompt, self._capabilities)
        body = request_body(self._model, encoded.messages, prompt)
        known = known_steps(self._capabilities)
        answered = self._answered(body, deadline, encoded.tokens, encoded.warnings, known=known)
        async with aclosing(answered) as events:
            async for event in events:
                yield event

    async def resend(self, body: dict[str, Any]) -> AsyncGenerator[ModelEvent]:
        """The answer to a body made for another server; see `ServedModel`.

        Raises UpstreamError.
        """
        deadline = asyncio.get_running_loop().time() + self._patience.overall
        body = body | {"model": self._model}
        tokens = estimated_tokens(sum(len(text) for text in texts(body.get("messages"))))
        optional = [field for field in body if field not in NEEDED]
        async with aclosing(self._answered(body, deadline, tokens, optional=optional)) as events:
            async for event in events:
                yield event

    async def _answered(
        self,
        body: dict[str, Any],
        deadline: float,
        tokens: int,
        warnings: Sequence[Warned] = (),
        *,
        known: Collection[str] = (),
        optional: Collection[str] = (),
    ) -> AsyncGenerator[ModelEvent]:
        """What comes of sending a body; the recorder hears how it ended before it is over."""
        recorder, outcome = self._recorder, "left"
        completion = Completion(
            self._upstream,
            tools="tools" in body,
            logprobs=body.get("logprobs") is True,
            stop=body.get("stop", ()),
        )
        try:
            response, adapted = await self._server.accepted(
                body, deadline, recorder, known=known, optional=optional
            )
            async with aclosing(response):
                for warning in (*warnings, *adapted):
                    if isinstance(warning, Adapted):
                        log.info("%s: %s", self._name, warning.message)
                    yield warning
                async with aclosing(self._words(response, completion, deadline)) as said:
                    async for words in said:
                        yield words
            for last in completion.verdict(prompt_tokens=tokens):
                if isinstance(last, Finished):
                    # Before it goes out: who takes it may write the recording at once.
                    outcome = "complete"
                    recorder.ended(outcome)
                yield last
        except SightlineError as error:
            outcome = error.code
            raise
        except Exception:
            outcome = "internal_error"
            raise
        finally:
            recorder.ended(outcome)

    async def _words(
        self, response: httpx2.Response, completion: Completion, deadline: float
    ) -> AsyncGenerator[ModelEvent]:
        """The words of the body, fed to `completion` as they come."""
        answer = AnswerBody()
        received = self._server.received(response, completion, deadline, self._recorder)
        try:
            async with aclosing(received):
                async for data in received:
                    for event in answer.feed(data):
                        for piece in completion.feed(event):
                            yield piece
                    if completion.stopped:
                        break
            if rest := answer.rest():
                feed = completion.feed_unfinished if answer.is_stream else completion.feed
                for piece in feed(rest):
                    yield piece
        except EventTooLarge as error:
            raise UpstreamError(f"{self._upstream} sent {error}.") from error

    async def told(self) -> Told:
        """What its server tells about itself. Raises UpstreamError."""
        return await self._told()

    async def close(self) -> None:
        """Let go of connections; a later question opens new ones."""
        await self._server.close()


def _encoded(prompt: Prompt, capabilities: Capabilities) -> EncodedPrompt:
    return encode(render(prompt, capabilities), capabilities)


def _completions_url(base_url: str) -> httpx2.URL:
    try:
        url = httpx2.URL(base_url.strip())
    except httpx2.InvalidURL as error:
        raise _bad_address(base_url) from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise _bad_address(base_url)
    if url.userinfo:
        raise InvalidInput(
            f"base_url must not hold a user name or password (host {url.host!r}).",
            hint="Give the key as the deployment's API key.",
            param="base_url",
        )
    path = url.path.rstrip("/")
    if not path.endswith(COMPLETIONS):
        path += COMPLETIONS
    return url.copy_with(path=path, fragment=None)


def _bad_address(base_url: str) -> InvalidInput:
    return InvalidInput(
        f"Expected an address that begins with http:// or https://, got {base_url!r}.",
        hint="For Ollama it is http://127.0.0.1:11434/v1.",
        param="base_url",
    )


def _usable_key(name: str, api_key: str | None) -> str | None:
    key = (api_key or "").strip()
    if not (key.isascii() and key.isprintable()):
        # The header would be refused later, with the key in the message.
        raise InvalidInput(
            f"The API key of {name!r} holds characters that no key has.", param="api_key"
        )
    return key or None
