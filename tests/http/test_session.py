"""Signing in with a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from sightline.errors import TooManyWrongKeys
from sightline.http.app import create_app
from sightline.http.sign_ins import HOURS, SignIns
from sightline.http.throttle import ADDRESSES, MOST, Throttle
from sightline.workspace import Workspace
from wire.standin import standin

BASE = "http://127.0.0.1:8477"
OURS = {"origin": BASE}


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    opened = standin(tmp_path, require_key=True)
    yield opened
    await opened.close()


@pytest.fixture
async def client(workspace: Workspace) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(create_app(workspace))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as opened:
        yield opened


@pytest.fixture
async def signed_in(workspace: Workspace, client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A browser of somebody with the key "laptop"."""
    _, key = workspace.access.create("laptop", ["read", "admin"], by="test")
    reply = await client.post("/api/session", json={"key": f" {key}\n"}, headers=OURS)
    assert reply.status_code == 200
    told = {"key": "laptop", "scopes": ["read", "admin"]}
    assert reply.json() == {"key_needed": True, "signed_in": told}
    assert key not in reply.headers["set-cookie"]
    return client


async def test_the_cookie_opens_what_the_key_does(signed_in: httpx2.AsyncClient):
    assert (await signed_in.get("/api/indexes")).status_code == 200
    listed = (await signed_in.get("/api/indexes/tents/assets")).json()
    picture = await signed_in.get(listed["assets"][0]["thumbnail_url"])
    assert picture.headers["content-type"] == "image/jpeg"
    told = (await signed_in.get("/api/session")).json()
    assert told["signed_in"]["key"] == "laptop"


async def test_no_script_and_no_other_site_gets_the_cookie(
    workspace: Workspace, client: httpx2.AsyncClient
):
    _, key = workspace.access.create("laptop", ["read"], by="test")
    plain = await client.post("/api/session", json={"key": key})
    words = plain.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= set(words.split("; "))
    assert "secure" not in words
    secure = await client.post(BASE.replace("http", "https") + "/api/session", json={"key": key})
    assert "; secure" in secure.headers["set-cookie"].lower()


ORIGINS = {
    "our page": ({"origin": BASE}, True),
    "our page without Origin": ({"sec-fetch-site": "same-origin"}, True),
    "another port": ({"origin": "http://127.0.0.1:3000"}, False),
    "another name of this machine": ({"origin": "http://localhost:8477"}, False),
    "a page of a sandbox": ({"origin": "null"}, False),
    "the same site": ({"sec-fetch-site": "same-site"}, False),
    "nothing told": ({}, False),
}


@pytest.mark.parametrize(("headers", "welcome"), ORIGINS.values(), ids=ORIGINS.keys())
async def test_what_changes_something_must_come_from_our_page(
    signed_in: httpx2.AsyncClient, headers: dict[str, str], welcome: bool
):
    reply = await signed_in.delete("/api/indexes/tents", headers=headers)
    assert reply.status_code == (200 if welcome else 403)
    assert (await signed_in.get("/api/indexes", headers=headers)).status_code == 200


async def test_with_a_key_there_is_no_page_to_come_from(
    workspace: Workspace, client: httpx2.AsyncClient
):
    _, key = workspace.access.create("program", ["admin"], by="test")
    gone = await client.delete("/api/indexes/tents", headers={"api-key": key})
    assert gone.status_code == 200


async def test_a_key_that_comes_along_counts_more_than_the_cookie(signed_in: httpx2.AsyncClient):
    reply = await signed_in.get("/api/indexes", headers={"api-key": "wrong"})
    assert reply.status_code == 401


async def test_revoking_the_key_signs_out(workspace: Workspace, signed_in: httpx2.AsyncClient):
    workspace.access.revoke("laptop", by="test")
    assert (await signed_in.get("/api/indexes")).status_code == 401
    assert (await signed_in.get("/api/session")).json()["signed_in"] is None


async def test_signing_out_ends_it_for_every_copy_of_the_cookie(signed_in: httpx2.AsyncClient):
    copy = {"cookie": "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())}
    assert (await signed_in.get("/api/indexes", headers=copy)).status_code == 200
    foreign = await signed_in.delete("/api/session", headers={"origin": "http://localhost:1"})
    assert foreign.status_code == 403
    assert (await signed_in.delete("/api/session", headers=OURS)).status_code == 200
    assert not signed_in.cookies
    assert (await signed_in.get("/api/indexes", headers=copy)).status_code == 401


async def test_cookies_of_others_do_not_stand_in_the_way(signed_in: httpx2.AsyncClient):
    (token,) = signed_in.cookies.values()
    odd = {"cookie": f'a[1]="x; sightline_session={token}; =; b={{}}'}
    signed_in.cookies.clear()
    assert (await signed_in.get("/api/indexes", headers=odd)).status_code == 200


async def test_no_other_page_signs_a_browser_in(workspace: Workspace, client: httpx2.AsyncClient):
    _, key = workspace.access.create("theirs", ["read"], by="test")
    headers = {"origin": "http://localhost:3000"}
    reply = await client.post("/api/session", json={"key": key}, headers=headers)
    assert reply.status_code == 403
    assert not client.cookies


@pytest.mark.parametrize("body", [{}, {"key": ""}, {"key": 1}, {"Key": "sl_mine"}, {"key": None}])
async def test_what_is_no_key_is_said_and_not_repeated(
    client: httpx2.AsyncClient, body: dict[str, object]
):
    reply = await client.post("/api/session", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "key"
    assert "sl_mine" not in reply.text


async def test_somebody_without_a_key_cannot_fill_the_memory(client: httpx2.AsyncClient):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1024
            yield b" " * 1024

    reply = await client.post("/api/session", content=endless())
    assert reply.status_code == 400
    assert sent < 10 * 1024


async def test_wrong_keys_are_counted_here_too(signed_in: httpx2.AsyncClient):
    for _ in range(MOST):
        wrong = await signed_in.post("/api/session", json={"key": "wrong"}, headers=OURS)
        assert wrong.status_code == 401
    waits = await signed_in.post("/api/session", json={"key": "wrong"}, headers=OURS)
    assert waits.status_code == 429
    # Who is signed in already does not suffer from others behind the same address.
    assert (await signed_in.get("/api/indexes")).status_code == 200


def test_a_sign_in_ends_by_itself():
    now = 0.0
    open_ones = SignIns(lambda: now)
    token = open_ones.open("hash")
    now = HOURS * 3600 - 1
    assert open_ones.key_of(token) == "hash"
    now = HOURS * 3600
    assert open_ones.key_of(token) is None
    assert open_ones.key_of("") is None


def wrong(throttle: Throttle, address: str, times: int = MOST) -> None:
    for _ in range(times):
        throttle.check(address)
        throttle.count(address)


def test_after_a_minute_one_may_try_again():
    now = 0.0
    throttle = Throttle(lambda: now)
    wrong(throttle, "192.0.2.1")
    now = 59.5
    with pytest.raises(TooManyWrongKeys) as waits:
        throttle.check("192.0.2.1")
    assert waits.value.retry_after == 0.5
    throttle.check("192.0.2.2")
    now = 60.0
    throttle.check("192.0.2.1")


def test_slow_mistakes_are_forgiven():
    now = 0.0
    throttle = Throttle(lambda: now)
    for _ in range(5 * MOST):
        wrong(throttle, "192.0.2.1", 1)
        now += 6.0


def test_all_addresses_of_an_ipv6_network_are_one():
    throttle = Throttle(lambda: 0.0)
    for number in range(MOST):
        wrong(throttle, f"2001:db8::{number:x}", 1)
    with pytest.raises(TooManyWrongKeys):
        throttle.check("2001:db8::ffff")
    throttle.check("2001:db8:0:1::1")


def test_the_memory_of_addresses_is_bounded():
    throttle = Throttle(lambda: 0.0)
    wrong(throttle, "192.0.2.1")
    for number in range(ADDRESSES):
        throttle.count(f"name{number}")
    throttle.check("192.0.2.1")
    assert len(throttle._wrong) == ADDRESSES
