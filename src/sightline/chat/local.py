"""A chat model that runs on this machine: asked like any other, in a server of our own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from copy import copy
from typing import Any, Self

from sightline.chat.base import BackEnd, Capabilities, Prompt, Recorder
from sightline.chat.local_server import LocalServer
from sightline.chat.openai_compatible import OpenAICompatible
from sightline.chat.upstream.back_end import UNRECORDED
from sightline.errors import UpstreamError, UpstreamTruncated, UpstreamUnreachable
from sightline.events import ModelEvent


class LocalChat:
    """A deployment behind a `LocalServer`, which starts with the first question.

    A server that dies before it has answered is started once more for that question. One that dies
    in its answer is an error, and starts with the next question.
    """

    def __init__(
        self,
        name: str,
        server: LocalServer,
        *,
        model: str,
        capabilities: Capabilities,
        run: Callable[..., Awaitable[Any]] = asyncio.to_thread,
    ) -> None:
        self._name = name
        self._server = server
        self._model = model
        self._capabilities = capabilities
        self._run = run
        self._recorder: Recorder = UNRECORDED
        self._clients: dict[str, OpenAICompatible] = {}  # the one of the running server, by its key

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
        """The program; its address and its key change with each start, and are not told."""
        return BackEnd(address="llama-server", model=self._model)

    def recorded(self, recorder: Recorder) -> Self:
        """The same deployment with somebody who hears what it sends and is sent."""
        heard = copy(self)
        heard._recorder = recorder  # noqa: SLF001 (its own copy)
        return heard

    def check(self) -> str:
        """What it runs with; raises as `LocalServer.check`."""
        return self._server.check()

    def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """As `OpenAICompatible.stream`, with `Progress` while the server starts.

        Raises what `LocalServer.ready` raises, too.
        """
        return self._asked(lambda client: client.stream(prompt))

    def resend(self, body: dict[str, Any]) -> AsyncGenerator[ModelEvent]:
        """As `OpenAICompatible.resend`; raises as `stream`."""
        return self._asked(lambda client: client.resend(body))

    async def _asked(
        self, ask: Callable[[OpenAICompatible], AsyncGenerator[ModelEvent]]
    ) -> AsyncGenerator[ModelEvent]:
        starts = 2
        while True:
            starts -= 1
            async with aclosing(self._server.ready()) as progress:
                async for step in progress:
                    yield step
            begun = False
            try:
                async with aclosing(ask(await self._client())) as events:
                    async for event in events:
                        begun = True
                        yield event
            except UpstreamError as error:
                obituary = await self._obituary(error)
                if not obituary:
                    raise
                if begun or not starts or not isinstance(error, UpstreamUnreachable):
                    raise type(error)(f"{error.message} {obituary}") from error
            else:
                return

    async def close(self) -> None:
        """End the server and let go of connections."""
        await self._let_go()
        await self._server.close()

    async def _client(self) -> OpenAICompatible:
        """The client of the server as it runs now."""
        key = self._server.key
        if key not in self._clients:
            await self._let_go()
            self._clients[key] = OpenAICompatible(
                self._name,
                base_url=self._server.address,
                model=self._model,
                capabilities=self._capabilities,
                api_key=key,
                run=self._run,
            )
        return self._clients[key].recorded(self._recorder)

    async def _let_go(self) -> None:
        while self._clients:
            _, client = self._clients.popitem()
            await client.close()

    async def _obituary(self, error: UpstreamError) -> str:
        """How the server ended, if that is why the question failed."""
        if isinstance(error, UpstreamUnreachable | UpstreamTruncated):
            # A connection breaks a moment before its process is gone.
            for _ in range(10):
                if not self._server.alive:
                    break
                await asyncio.sleep(0.05)
        return self._server.obituary
