"""Questions to a deployment at the quirks server, for the tests of this folder."""

from typing import Any

import pytest

from sightline.chat.base import Capabilities, Prompt
from sightline.chat.openai_compatible import OpenAICompatible
from sightline.chat.upstream.model_server import Patience
from sightline.errors import (
    UpstreamError,
)
from sightline.events import ModelEvent, TextDelta, fold

SEEING = Capabilities(sees=True, max_images=4, language_model=True)


QUICK = Patience(retry_after=1, pause=0.01)


KEY = "sk-very-secret-0123456789"


def deployed(base_url: str, name: str = "gpt", **settings: object) -> OpenAICompatible:
    given: dict[str, Any] = {
        "model": "tiny",
        "api_key": KEY,
        "capabilities": SEEING,
        "patience": QUICK,
        **settings,
    }
    return OpenAICompatible(name, base_url=base_url, **given)


def asking(question: str = "How are you?", **parts: object) -> Prompt:
    given: dict[str, Any] = {"history": (), "images": (), "evidence": (), **parts}
    return Prompt(question=question, **given)


async def events_of(model: OpenAICompatible, prompt: Prompt | None = None) -> list[ModelEvent]:
    return [event async for event in model.stream(prompt or asking())]


async def text_of(model: OpenAICompatible) -> str:
    return fold(await events_of(model)).text


async def failure_of(model: OpenAICompatible) -> tuple[str, UpstreamError]:
    """The words that came before the failure, and the failure."""
    words: list[str] = []
    try:
        async for event in model.stream(asking()):
            words.extend([event.text] if isinstance(event, TextDelta) else [])
    except UpstreamError as error:
        return "".join(words), error
    pytest.fail(f"a whole answer came: {words}")
