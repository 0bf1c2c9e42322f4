"""What becomes of requests that are under way when the server stops."""

import asyncio

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from sightline.http.stopping import EndsWithServer, OpenRequests


async def slow(_: Request) -> PlainTextResponse:
    await asyncio.sleep(60)
    return PlainTextResponse("late")


async def endless(_: Request) -> StreamingResponse:
    async def words():
        yield "first "
        await asyncio.sleep(60)

    return StreamingResponse(words())


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [("/slow", 503, "The server is stopping."), ("/endless", 200, "first ")],
)
async def test_a_request_ends_where_it_is(
    monkeypatch: pytest.MonkeyPatch, path: str, status: int, text: str
):
    monkeypatch.setattr("sightline.http.stopping.GRACE", 0.05)
    requests = OpenRequests()
    app = Starlette(
        routes=[Route("/slow", slow), Route("/endless", endless)],
        middleware=[Middleware(EndsWithServer, requests=requests)],
    )
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        requests.end_soon()
        reply = await asyncio.wait_for(client.get(path), 10)
    assert (reply.status_code, text in reply.text) == (status, True)
    assert requests.tasks == set()
