"""Who may come in, and how much he may carry."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from sightline.errors import InvalidRequest
from sightline.http.app import create_app
from sightline.settings import load_settings
from wire.standin import standin

HOSTS = {
    "127.0.0.1:8477": True,
    "127.0.0.1": True,
    "localhost:1": True,
    "LOCALHOST": True,
    "localhost.": True,
    "[::1]:8477": True,
    "studio.localhost": True,
    "pictures.lan": True,
    "PICTURES.LAN:80": True,
    "evil.example": False,
    "evil.example:8477": False,
    "127.0.0.1.evil.example": False,
    "localhost.evil.example": False,
    "evil.example#127.0.0.1": False,
    "127.0.0.1@evil.example": False,
    "192.168.0.7": False,
    "0.0.0.0": False,
    "[::1": False,
    "": False,
}


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A server that has a further name and takes one mebibyte."""
    workspace = standin(tmp_path, allowed_hosts=("pictures.lan",), max_body_mb=1)
    transport = httpx2.ASGITransport(create_app(workspace))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as client:
        yield client
    await workspace.close()


@pytest.mark.parametrize(("host", "welcome"), HOSTS.items(), ids=HOSTS.keys())
async def test_only_a_host_that_names_this_server(
    guarded: httpx2.AsyncClient, host: str, welcome: bool
):
    reply = await guarded.get("/health", headers={"host": host})
    if welcome:
        assert reply.status_code == 200
        return
    assert reply.status_code == 403
    assert reply.json()["error"]["code"] == "host_not_allowed"
    assert reply.headers["x-request-id"].startswith("req_")


ORIGINS = {
    "http://127.0.0.1:3000": True,
    "http://localhost:8477": True,
    "http://pictures.lan": True,
    "https://evil.example": False,
    "null": False,
}


@pytest.mark.parametrize(("origin", "welcome"), ORIGINS.items(), ids=ORIGINS.keys())
async def test_pages_of_others_cannot_change_anything(
    guarded: httpx2.AsyncClient, origin: str, welcome: bool
):
    deleted = await guarded.delete("/api/indexes/tents", headers={"origin": origin})
    assert deleted.status_code == (200 if welcome else 403)
    read = await guarded.get("/health", headers={"origin": origin})
    assert read.status_code == 200
    assert "access-control-allow-origin" not in read.headers


async def test_a_stated_length_above_the_limit_is_refused(guarded: httpx2.AsyncClient):
    reply = await guarded.post("/v1/chat/completions", content=b"x" * ((1 << 20) + 1))
    assert reply.status_code == 413
    error = reply.json()["error"]
    assert error["code"] == "413"
    assert "at most 1 MiB, got at least 1.0 MiB" in error["message"]


async def test_bytes_are_counted_when_no_length_is_stated(guarded: httpx2.AsyncClient):
    sent = 0

    async def four_mebibytes() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1 << 16
            yield b" " * (1 << 16)

    reply = await guarded.post("/v1/chat/completions", content=four_mebibytes())
    assert reply.status_code == 413
    assert sent <= (1 << 20) + 3 * (1 << 16)


async def test_a_body_at_the_limit_is_read(guarded: httpx2.AsyncClient):
    body = b'{"messages": []}'.ljust(1 << 20)
    reply = await guarded.post("/v1/chat/completions", content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "messages"


async def test_a_compressed_body_is_refused(guarded: httpx2.AsyncClient):
    headers = {"content-encoding": "gzip"}
    reply = await guarded.post("/v1/chat/completions", content=b"\x1f\x8b", headers=headers)
    assert reply.status_code == 415
    assert "'gzip'" in reply.json()["error"]["message"]


async def test_request_ids_are_made_or_kept_when_plain(guarded: httpx2.AsyncClient):
    made = (await guarded.get("/health")).headers["x-request-id"]
    assert made.startswith("req_")
    assert (await guarded.get("/health")).headers["x-request-id"] != made
    kept = await guarded.get("/nowhere", headers={"x-request-id": "trace-1.a"})
    assert kept.headers["x-request-id"] == "trace-1.a"
    odd = await guarded.get("/health", headers={"x-request-id": "a b<script>"})
    assert odd.headers["x-request-id"].startswith("req_")


STUDIO = "https://studio.example"


@pytest.fixture
async def opened_to_a_page(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    workspace = standin(tmp_path, allowed_origins=STUDIO)
    transport = httpx2.ASGITransport(create_app(workspace))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as client:
        yield client
    await workspace.close()


async def test_an_allowed_page_may_read_and_change(opened_to_a_page: httpx2.AsyncClient):
    asked = {"origin": STUDIO, "access-control-request-method": "DELETE"}
    preflight = await opened_to_a_page.options("/api/indexes/tents", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == STUDIO
    read = await opened_to_a_page.get("/health", headers={"origin": STUDIO})
    assert read.headers["access-control-allow-origin"] == STUDIO
    assert "x-request-id" in read.headers["access-control-expose-headers"]
    missing = await opened_to_a_page.get("/api/indexes/none", headers={"origin": STUDIO})
    assert (missing.status_code, missing.headers["access-control-allow-origin"]) == (404, STUDIO)
    gone = await opened_to_a_page.delete("/api/indexes/tents", headers={"origin": STUDIO})
    assert gone.status_code == 200


async def test_other_pages_still_get_nothing(opened_to_a_page: httpx2.AsyncClient):
    other = {"origin": "https://other.example"}
    read = await opened_to_a_page.get("/health", headers=other)
    assert "access-control-allow-origin" not in read.headers
    assert (await opened_to_a_page.delete("/api/indexes/tents", headers=other)).status_code == 403


@pytest.mark.parametrize("origins", ["*", "studio.example", "https://studio.example/page"])
def test_allowed_origins_are_origins(tmp_path: Path, origins: str):
    with pytest.raises(InvalidRequest, match="allowed_origins"):
        load_settings(workspace=tmp_path, allowed_origins=origins)
