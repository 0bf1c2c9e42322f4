"""A chat model that says what it was told to say: for tests, demos and a look at the screen."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from sightline.chat.base import Capabilities, Prompt
from sightline.errors import UpstreamTruncated
from sightline.events import Finished, ModelEvent

SEEING = Capabilities(sees=True, max_images=10, language_model=True)


class ScriptedChat:
    """Yields the same events for every prompt; an exception in the script is raised.

    `prompts` holds what it was asked, in order. `closed_early` counts the answers that were closed
    before their script ended. A script that ends without Finished fails as a model server does
    that breaks off. `delay` is the pause before each event in seconds.
    """

    def __init__(
        self,
        name: str,
        script: Sequence[ModelEvent | Exception],
        *,
        capabilities: Capabilities = SEEING,
        delay: float = 0.0,
    ) -> None:
        self.prompts: list[Prompt] = []
        self.closed_early = 0
        self._name = name
        self._script = tuple(script)
        self._capabilities = capabilities
        self._delay = delay

    @property
    def name(self) -> str:
        """The deployment's name."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """What it claims it can do."""
        return self._capabilities

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """The script, event by event."""
        self.prompts.append(prompt)
        ended = False
        try:
            for event in self._script:
                await asyncio.sleep(self._delay)
                ended = isinstance(event, Finished | Exception)
                if isinstance(event, Exception):
                    raise event
                yield event
                if ended:
                    return
            ended = True
            raise UpstreamTruncated(f"the script of {self._name!r} ended without Finished")
        finally:
            self.closed_early += not ended

    async def close(self) -> None:
        """Nothing is held."""
