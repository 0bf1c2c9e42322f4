"""A chat model that runs on this machine: asked like any other, in a server of our own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from sightline.chat.base import Capabilities, Prompt
from sightline.chat.local_server import LocalServer
from sightline.chat.openai_compatible import OpenAICompatible
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
        self._asked: tuple[str, OpenAICompatible] | None = None

    @property
    def name(self) -> str:
        """The deployment's name."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._capabilities

    def check(self) -> str:
        """What it runs with; raises as `LocalServer.check`."""
        return self._server.check()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """As `OpenAICompatible.stream`, with `Progress` while the server starts.

        Raises what `LocalServer.ready` raises, too.
        """
        starts = 2
        while True:
            starts -= 1
            async with aclosing(self._server.ready()) as progress:
                async for step in progress:
                    yield step
            begun = False
            try:
                async with aclosing((await self._client()).stream(prompt)) as events:
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
        if self._asked is None or self._asked[0] != key:
            await self._let_go()
            client = OpenAICompatible(
                self._name,
                base_url=self._server.address,
                model=self._model,
                capabilities=self._capabilities,
                api_key=key,
                run=self._run,
            )
            self._asked = key, client
        return self._asked[1]

    async def _let_go(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            await asked[1].close()

    async def _obituary(self, error: UpstreamError) -> str:
        """How the server ended, if that is why the question failed."""
        if isinstance(error, UpstreamUnreachable | UpstreamTruncated):
            # A connection breaks a moment before its process is gone.
            for _ in range(10):
                if not self._server.alive:
                    break
                await asyncio.sleep(0.05)
        return self._server.obituary
