"""A server with quirks and a deployment at it."""

from collections.abc import AsyncIterator

import pytest

from chat.asking import deployed
from chat.quirks_server import (
    QuirksServer,
)
from sightline.chat.openai_compatible import OpenAICompatible


@pytest.fixture
async def server() -> AsyncIterator[QuirksServer]:
    async with QuirksServer() as running:
        yield running


@pytest.fixture
async def model(server: QuirksServer) -> AsyncIterator[OpenAICompatible]:
    opened = deployed(server.base_url)
    yield opened
    await opened.close()
