"""A client that talks to the application without a socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from sightline.http.app import create_app
from sightline.workspace import Workspace
from wire.standin import standin


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """Three pictures in the index "tents" and the deployment "scripted"."""
    opened = standin(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def client(workspace: Workspace) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of that workspace."""
    transport = httpx2.ASGITransport(create_app(workspace))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as opened:
        yield opened
