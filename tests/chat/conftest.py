"""A server with quirks and a deployment at it."""

import ssl
from collections.abc import AsyncIterator

import pytest
import trustme

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


@pytest.fixture(scope="session")
def encrypted() -> ssl.SSLContext:
    """TLS with a certificate for 127.0.0.1 from an authority that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context
