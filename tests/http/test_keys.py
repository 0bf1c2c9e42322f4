"""Every path of the server needs a key, and the right one."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.routing import BaseRoute, Mount, Route

from sightline.access import LOOK_AGAIN, SCOPES
from sightline.audit import AUDIT_FILE
from sightline.http.app import ROUTERS, create_app
from sightline.http.scopes import OPEN, TABLE, need_of
from sightline.storage.records import CATALOG_FILE
from sightline.workspace import Workspace
from wire.standin import standin

BASE = "http://127.0.0.1:8477"


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


def made(workspace: Workspace, *scopes: str, name: str = "") -> str:
    return workspace.access.create(name or "-".join(scopes), scopes, by="test")[1]


def audit(workspace: Workspace) -> list[dict[str, object]]:
    path = workspace.settings.workspace / AUDIT_FILE
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def routes_of(router: object) -> Iterator[BaseRoute]:
    """All routes, those of included routers among them."""
    for route in router.routes:  # type: ignore[attr-defined]
        inner = getattr(route, "original_router", None)
        yield from routes_of(inner) if inner is not None else (route,)


def asked(workspace: Workspace) -> list[tuple[str, str]]:
    """A method and a path for every route of the application."""
    found = []
    for route in routes_of(create_app(workspace).router):
        if isinstance(route, Mount):
            found.append(("GET", f"{route.path}/x"))
            continue
        assert isinstance(route, Route), route
        found += [(method, re.sub(r"{[^}]+}", "x", route.path)) for method in route.methods or ()]
    return found


def is_open(path: str) -> bool:
    return path in {"/", "/health", "/api/session"} or path.startswith("/studio/")


def test_the_walk_meets_every_route(workspace: Workspace):
    paths = asked(workspace)
    assert len(paths) > sum(len(router.routes) for router in ROUTERS)
    assert {("GET", "/openapi.json"), ("POST", "/v1/chat/completions")} <= set(paths)


async def test_without_a_key_every_route_says_401(workspace: Workspace, client: httpx2.AsyncClient):
    for method, path in asked(workspace):
        assert (need_of(method, path).scopes == ()) == is_open(path), (method, path)
        if is_open(path):
            continue
        reply = await client.request(method, path)
        assert reply.status_code == 401, (method, path)
        assert reply.headers["www-authenticate"] == 'Bearer realm="sightline"'
        assert method == "HEAD" or "Expected an API key, got none." in reply.text
        wrong = await client.request(method, path, headers={"api-key": ""})
        assert wrong.status_code == 401


async def test_with_another_scope_every_route_says_403_and_which_one_it_needs(
    workspace: Workspace, client: httpx2.AsyncClient
):
    keys = {scope: made(workspace, scope) for scope in SCOPES}
    for method, path in asked(workspace):
        if is_open(path):
            continue
        needed = need_of(method, path).scopes
        assert needed, (method, path)
        for scope in set(SCOPES) - {"admin", *needed}:
            reply = await client.request(method, path, headers={"api-key": keys[scope]})
            assert reply.status_code == 403, (method, path, scope)
            told = f"scope {' or '.join(needed)}, got one with {scope}"
            assert method == "HEAD" or told in reply.text
            assert 'error="insufficient_scope"' in reply.headers["www-authenticate"]


async def test_every_route_stands_in_the_table(workspace: Workspace):
    """One that does not is closed to all but `admin`, and nobody meant that."""
    rows = [row for _, group in (((), OPEN), *TABLE) for row in group]
    for method, path in asked(workspace):
        other = (
            path.startswith("/indexes")
            and method not in {"GET", "HEAD"}
            and need_of(method, path).scopes == ("admin",)
        )
        fitting = [row for row in rows if _fits(row, method, path)]
        assert fitting or other, (method, path)
    assert need_of("POST", "/api/what-comes-next").scopes == ("admin",)


def _fits(row: str, method: str, path: str) -> bool:
    methods, pattern = row.split(" ")
    parts = re.split(r"({[^}]+})", pattern)
    shape = "".join(
        (".*" if part.endswith(":path}") else "[^/]+") if part.startswith("{") else re.escape(part)
        for part in parts
    )
    wanted = "GET" if method == "HEAD" else method
    return methods in {"*", wanted} and re.fullmatch(shape, path) is not None


async def test_a_new_path_is_closed_to_all_but_admin(
    workspace: Workspace, client: httpx2.AsyncClient
):
    every = made(workspace, "read", "chat", "ingest")
    assert (await client.get("/new", headers={"api-key": every})).status_code == 403
    admin = made(workspace, "admin")
    assert (await client.get("/new", headers={"api-key": admin})).status_code == 404


async def test_what_is_open_needs_nothing(client: httpx2.AsyncClient):
    assert (await client.get("/health")).status_code == 200
    assert (await client.head("/health")).status_code == 200
    page = await client.get("/")
    assert page.status_code in {200, 503}  # 503: the Studio is not built
    told = await client.get("/api/session")
    assert told.json() == {"key_needed": True, "signed_in": None}


@pytest.mark.parametrize(
    "headers",
    [
        {"api-key": "{key}"},
        {"Ocp-Apim-Subscription-Key": "{key}"},
        {"authorization": "Bearer {key}"},
        {"authorization": "bearer  {key} "},
        {"api-key": "{key}", "authorization": "Bearer of something else"},
    ],
)
async def test_a_key_comes_in_any_of_three_headers(
    workspace: Workspace, client: httpx2.AsyncClient, headers: dict[str, str]
):
    key = made(workspace, "read")
    sent = {name: value.format(key=key) for name, value in headers.items()}
    assert (await client.get("/api/indexes", headers=sent)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"api-key": "wrong"},
        {"api-key": "wrong", "authorization": "Bearer {key}"},
        {"authorization": "Basic {key}"},
        {"x-api-key": "{key}"},
        {"api-key": "{key}x"},
        {"api-key": "{KEY}"},
        {"api-key": "schlüssel"},
    ],
)
async def test_anything_else_is_no_key(
    workspace: Workspace, client: httpx2.AsyncClient, headers: dict[str, str]
):
    key = made(workspace, "read")
    sent = {
        name: value.format(key=key, KEY=key.swapcase()).encode("latin-1")
        for name, value in headers.items()
    }
    assert (await client.get("/api/indexes", headers=sent)).status_code == 401


DIALECTS = {
    "/v1/models": {"code": "invalid_api_key", "type": "invalid_request_error"},
    "/api/indexes": {"code": "invalid_api_key", "type": "invalid_request_error"},
    "/openai/models": {"code": "401"},
    "/computervision/retrieval/indexes": {"code": "401"},
    "/indexes": {"code": "", "details": []},
    "/servicestats": {"code": "", "details": []},
}


@pytest.mark.parametrize(("path", "shape"), DIALECTS.items(), ids=DIALECTS.keys())
async def test_a_wrong_key_is_refused_as_the_protocol_does(
    client: httpx2.AsyncClient, path: str, shape: dict[str, object]
):
    reply = await client.get(path, headers={"api-key": "wrong"})
    assert reply.status_code == 401
    error = reply.json()["error"]
    assert shape.items() <= error.items()
    assert "wrong, revoked or expired" in error["message"]
    assert reply.headers["x-request-id"]


async def test_the_rest_of_azure_vision_too(workspace: Workspace, client: httpx2.AsyncClient):
    path = "/computervision/imageanalysis:analyze?api-version=2023-10-01"
    nobody = await client.post(path)
    assert nobody.json()["error"]["code"] == "401"
    headers = {"Ocp-Apim-Subscription-Key": made(workspace, "read")}
    reader = await client.post(path, headers=headers)
    assert reader.status_code == 403
    assert reader.json()["error"]["innererror"]["code"] == "missing_scope"


async def test_admin_opens_everything(workspace: Workspace, client: httpx2.AsyncClient):
    headers = {"api-key": made(workspace, "admin")}
    for path in ("/v1/models", "/api/indexes", "/api/turns", "/api/ingestions", "/openapi.json"):
        assert (await client.get(path, headers=headers)).status_code == 200, path


async def test_a_key_that_is_revoked_is_refused_at_once(
    workspace: Workspace, client: httpx2.AsyncClient
):
    headers = {"api-key": made(workspace, "read", name="laptop")}
    owner = {"api-key": made(workspace, "admin")}
    assert (await client.get("/api/indexes", headers=headers)).status_code == 200
    gone = await client.delete("/api/keys/laptop", headers=owner)
    assert gone.json() == {"revoked": "laptop"}
    assert (await client.get("/api/indexes", headers=headers)).status_code == 401
    assert (await client.delete("/api/keys/laptop", headers=owner)).status_code == 404


async def test_keys_are_made_listed_and_told_once(workspace: Workspace, client: httpx2.AsyncClient):
    owner = {"api-key": made(workspace, "admin", name="owner")}
    body = {"name": "app", "scopes": ["chat"], "expires_days": 30}
    reply = await client.post("/api/keys", json=body, headers=owner)
    assert reply.status_code == 201
    assert reply.headers["cache-control"] == "no-store"
    key = reply.json()["key"]
    assert (await client.get("/v1/models", headers={"api-key": key})).status_code == 200
    listed = await client.get("/api/keys", headers=owner)
    app, own = listed.json()["keys"]
    assert (app["name"], app["scopes"], app["expired"]) == ("app", ["chat"], False)
    assert app["last_used_at"] is not None
    assert own["expires_at"] is None
    assert key not in listed.text
    assert "sha256" not in listed.text
    again = await client.post("/api/keys", json=body, headers=owner)
    assert again.status_code == 409
    assert audit(workspace)[-1]["who"] == "owner"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a"},
        {"name": "a", "scopes": []},
        {"name": "a", "scopes": ["write"]},
        {"name": "a b", "scopes": ["read"]},
        {"name": "a", "scopes": ["read"], "expires_days": 0},
        {"name": "a", "scopes": ["read"], "days": 1},
    ],
)
async def test_what_no_key_can_have_is_named(
    workspace: Workspace, client: httpx2.AsyncClient, body: dict[str, object]
):
    owner = {"api-key": made(workspace, "admin")}
    reply = await client.post("/api/keys", json=body, headers=owner)
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "invalid_request"


async def test_who_tries_ten_wrong_keys_has_to_wait(
    workspace: Workspace, client: httpx2.AsyncClient
):
    right = {"api-key": made(workspace, "read")}
    for number in range(10):
        wrong = await client.get("/v1/models", headers={"api-key": f"wrong{number}"})
        assert wrong.status_code == 401
    waits = await client.get("/v1/models", headers={"api-key": "wrong"})
    assert waits.status_code == 429
    assert waits.json()["error"]["code"] == "too_many_wrong_keys"
    assert 1 <= int(waits.headers["retry-after"]) <= 60
    # Else it could go on trying, and hear which one is right.
    assert (await client.get("/v1/models", headers=right)).status_code == 429
    transport = httpx2.ASGITransport(create_app(workspace), client=("192.0.2.7", 1))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as neighbour:
        assert (await neighbour.get("/v1/models", headers=right)).status_code == 200
    assert (await client.get("/health")).status_code == 200


async def test_many_at_once_are_counted_too(workspace: Workspace, client: httpx2.AsyncClient):
    right = {"api-key": made(workspace, "read")}
    replies = await asyncio.gather(
        *(client.get("/v1/models", headers=right) for _ in range(30)),
    )
    assert {reply.status_code for reply in replies} == {200}
    replies = await asyncio.gather(
        *(client.get("/v1/models", headers={"api-key": f"wrong{n}"}) for n in range(30))
    )
    assert sorted(reply.status_code for reply in replies) == [401] * 10 + [429] * 20


async def test_nothing_is_read_of_somebody_without_a_key(client: httpx2.AsyncClient):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 1024

    reply = await client.post("/v1/chat/completions", content=endless())
    assert reply.status_code == 401
    assert sent == 0


async def test_a_catalog_that_cannot_be_read_lets_nobody_in(
    workspace: Workspace, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    headers = {"api-key": made(workspace, "read")}
    assert (await client.get("/api/indexes", headers=headers)).status_code == 200
    workspace.access.close()
    catalog = workspace.settings.workspace / CATALOG_FILE
    catalog.write_bytes(b"no database any more" * 1000)
    monkeypatch.setattr(workspace.access, "_looked", -LOOK_AGAIN)
    assert (await client.get("/api/indexes", headers=headers)).status_code == 503


async def test_refusals_are_written_once_a_minute(workspace: Workspace, client: httpx2.AsyncClient):
    reader = {"api-key": made(workspace, "read", name="reader")}
    for _ in range(3):
        await client.get("/api/indexes", headers={"api-key": "sl_secret"})
        await client.delete("/api/indexes/tents", headers=reader)
    refused = [line for line in audit(workspace) if line["event"] == "refused"]
    assert [(line["who"], line["why"], line["path"]) for line in refused] == [
        ("somebody without a key", "invalid_api_key", "/api/indexes"),
        ("reader", "missing_scope", "/api/indexes/tents"),
    ]
    assert refused[0]["address"] == "127.0.0.1"
    assert "sl_secret" not in json.dumps(audit(workspace))


async def test_the_deletion_of_an_index_is_written(
    workspace: Workspace, client: httpx2.AsyncClient
):
    owner = {"api-key": made(workspace, "admin", name="owner")}
    assert (await client.delete("/api/indexes/none", headers=owner)).status_code == 404
    assert (await client.delete("/api/indexes/tents", headers=owner)).status_code == 200
    (line,) = [line for line in audit(workspace) if line["event"] == "index_deleted"]
    assert (line["who"], line["index"]) == ("owner", "tents")


async def test_on_loopback_nothing_is_asked(tmp_path: Path):
    workspace = standin(tmp_path)
    transport = httpx2.ASGITransport(create_app(workspace))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        # Clients of the services send a key whether it is wanted or not.
        reply = await client.get("/api/indexes", headers={"api-key": "anything"})
        assert reply.status_code == 200
        told = await client.get("/api/session")
        assert told.json() == {"key_needed": False, "signed_in": None}
        assert (await client.post("/api/session", json={"key": "x"})).status_code == 403
        # Whoever passes by could make one for the day on which keys are asked for.
        body = {"name": "mine", "scopes": ["admin"]}
        assert (await client.post("/api/keys", json=body)).status_code == 403
        assert (await client.get("/api/keys")).status_code == 403
        assert (await client.delete("/api/indexes/tents")).status_code == 200
    (line,) = audit(workspace)
    assert (line["event"], line["who"]) == ("index_deleted", "anybody on this machine")
    await workspace.close()


async def test_an_address_of_others_needs_keys_without_being_told(tmp_path: Path):
    workspace = standin(tmp_path, host="192.0.2.1")
    transport = httpx2.ASGITransport(create_app(workspace))
    async with httpx2.AsyncClient(transport=transport, base_url="http://192.0.2.1") as client:
        assert (await client.get("/api/indexes")).status_code == 401
        headers = {"api-key": made(workspace, "read")}
        assert (await client.get("/api/indexes", headers=headers)).status_code == 200
    await workspace.close()
