"""A chat model behind any endpoint that speaks the chat completions API of OpenAI.

The answer is always streamed from the server: closing a stream stops the work behind it at once,
while several servers run an unstreamed answer to its end for nobody. The body says no more than
it must, since servers refuse fields they do not know.

What this guards: a broken stream never passes for a whole answer; the API key never appears in a
message; redirects are not followed and the environment's proxies are not used, so that the key goes
to the configured address only; pictures leave as data, never as an address to fetch.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import httpx2

from sightline.chat.base import Capabilities, Prompt
from sightline.chat.upstream.completion import Completion
from sightline.chat.upstream.model_server import USUAL_PATIENCE, ModelServer, Patience
from sightline.chat.upstream.openai_messages import EncodedPrompt, encode
from sightline.chat.upstream.request_body import request_body
from sightline.chat.upstream.server_events import AnswerBody, EventTooLarge
from sightline.chat.upstream.upstream_errors import Upstream
from sightline.errors import InvalidInput, UpstreamError
from sightline.events import ModelEvent
from sightline.prompt import render


class OpenAICompatible:
    """A deployment at `base_url`, by its own name there (`model`).

    `base_url` ends in `/v1` for most servers, in `/openai/deployments/<name>?api-version=…` for
    Azure; its query is kept. `azure` sends the key as `api-key` instead of a bearer token.
    `run` takes a function and its arguments to a worker thread.

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
        encoded: EncodedPrompt = await self._run(_encoded, prompt, self._capabilities)
        body = request_body(self._model, encoded.messages, prompt.sampling)
        response, adapted = await self._server.accepted(body, deadline)
        completion = Completion(self._upstream, prompt.sampling.stop)
        answer = AnswerBody()
        try:
            for warning in (*encoded.warnings, *adapted):
                yield warning
            async with aclosing(self._server.received(response, completion, deadline)) as received:
                async for data in received:
                    for event in answer.feed(data):
                        for words in completion.feed(event):
                            yield words
                    if completion.stopped:
                        break
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
        await self._server.close()


def _encoded(prompt: Prompt, capabilities: Capabilities) -> EncodedPrompt:
    return encode(render(prompt, capabilities))


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
    if not path.endswith("/chat/completions"):
        path += "/chat/completions"
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
