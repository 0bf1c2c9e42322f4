"""What every path has in common: errors in one shape, the page at /, no surprises."""

import logging

import httpx2
import pytest

from sightline.chat.fake import ScriptedChat
from sightline.workspace import Workspace

CHAT = "/v1/chat/completions"
AZURE = "/openai/deployments/scripted/chat/completions"

REFUSED = {
    "unknown path": ("GET", "/v2/chat", None, 404, "404"),
    "unknown method": ("GET", CHAT, None, 405, "405"),
    "not JSON": ("POST", CHAT, b"{", 400, "invalid_request"),
    "no body": ("POST", CHAT, b"", 400, "invalid_request"),
    "not UTF-8": ("POST", CHAT, b'{"model": "\xff"}', 400, "invalid_request"),
    "not a number of JSON": ("POST", CHAT, b'{"temperature": NaN}', 400, "invalid_request"),
    "half a surrogate pair": ("POST", CHAT, b'{"model": "\\ud83d"}', 400, "invalid_request"),
    "too deep": ("POST", CHAT, b"[" * 60000, 400, "invalid_request"),
    "an array": ("POST", CHAT, b"[]", 400, "invalid_request"),
    "no api-version": ("POST", AZURE, b"{}", 404, "404"),
    "odd api-version": ("POST", f"{AZURE}?api-version=latest", b"{}", 404, "404"),
    "no api-version, models": ("GET", "/openai/models", None, 404, "404"),
    "unknown deployment": ("GET", "/v1/models/gpt-4", None, 404, "DeploymentNotFound"),
    "query out of range": ("GET", "/api/indexes/tents/assets?limit=0", None, 400,
                           "invalid_request"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"), REFUSED.values(), ids=REFUSED.keys()
)
async def test_every_error_has_the_same_shape(
    client: httpx2.AsyncClient, method: str, path: str, body: bytes | None, status: int, code: str
):
    reply = await client.request(method, path, content=body)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/json"
    error = reply.json()["error"]
    assert error["code"] == code
    assert error["type"] == "invalid_request_error"
    assert set(error) - {"hint"} == {"message", "type", "code", "param"}


async def test_a_missing_api_version_says_so(client: httpx2.AsyncClient):
    error = (await client.post(AZURE, json={})).json()["error"]
    assert error["message"].startswith("Resource not found")
    assert "api-version" in error["hint"]


async def test_a_wrong_method_says_the_right_one(client: httpx2.AsyncClient):
    reply = await client.get(CHAT)
    assert reply.headers["allow"] == "POST"
    assert reply.json()["error"]["hint"] == "Use POST."


async def test_a_query_parameter_is_named(client: httpx2.AsyncClient):
    error = (await client.get("/api/indexes/tents/assets?limit=0")).json()["error"]
    assert error["param"] == "limit"
    assert error["message"] == "limit: Input should be greater than or equal to 1, got '0'."


@pytest.mark.parametrize("stream", [False, True])
async def test_a_mistake_of_ours_is_logged_and_answered(
    client: httpx2.AsyncClient,
    workspace: Workspace,
    caplog: pytest.LogCaptureFixture,
    stream: bool,
):
    workspace._models["broken"] = ScriptedChat("broken", [ZeroDivisionError("secret")])
    body = {"model": "broken", "messages": [{"role": "user", "content": "?"}], "stream": stream}
    reply = await client.post(CHAT, json=body, headers={"x-request-id": "trace-1"})
    assert reply.status_code == 500
    error = reply.json()["error"]
    assert error["code"] == "internal_error"
    assert "trace-1" in error["hint"]
    assert "secret" not in reply.text
    (record,) = (r for r in caplog.records if r.levelno == logging.ERROR)
    assert "trace-1" in record.getMessage()
    caplog.clear()


async def test_health(client: httpx2.AsyncClient):
    reply = (await client.get("/health")).json()
    assert reply.pop("version")
    assert reply == {"status": "ok", "ready": True, "indexes": 1, "deployments": 1}


async def test_the_description_of_the_api(client: httpx2.AsyncClient):
    page = (await client.get("/openapi.json")).json()
    assert {
        CHAT,
        "/openai/deployments/{deployment}/chat/completions",
        "/openai/deployments/{deployment}/extensions/chat/completions",
        "/v1/models",
        "/api/indexes/{name}/search",
        "/api/indexes/{name}/assets/{asset_id}/original",
        "/health",
    } <= set(page["paths"])
    body = page["paths"][CHAT]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["messages"]
    assert "$ref" not in str(body)
    assert (await client.get("/docs")).status_code == 404


async def test_models(client: httpx2.AsyncClient):
    (listed,) = (await client.get("/v1/models")).json()["data"]
    assert listed["id"] == "scripted"
    assert listed["capabilities"]["sees"] is True
    assert (await client.get("/v1/models/scripted")).json() == listed
    azure = await client.get("/openai/models?api-version=2024-02-01")
    assert azure.json() == {"object": "list", "data": [listed]}
