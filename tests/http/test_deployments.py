"""The paths of deployments, what they refuse, and adaptations in replies."""

import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chat.asking import KEY
from chat.capable_server import CapableServer, lists, refuses
from chat.quirks_server import Behaviour, answers
from sightline.http.app import create_app
from sightline.settings import DeploymentSettings
from wire.standin import standin

PATH = "/api/deployments"
ASK = {"model": "gpt", "messages": [{"role": "user", "content": "Say ready"}], "max_tokens": 9}


@pytest.fixture
async def server() -> AsyncIterator[CapableServer]:
    async with CapableServer() as running:
        yield running


@pytest.fixture
async def client(
    tmp_path: Path, server: CapableServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx2.AsyncClient]:
    """Of a workspace with the deployment "set"; keys may go where `deployment_keys` says."""
    monkeypatch.setenv("OPEN_API_KEY", KEY)
    monkeypatch.setenv("OTHER_API_KEY", KEY)
    monkeypatch.setenv("NOT_ASCII", "übergroß")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        workspace = standin(
            tmp_path,
            deployments=(DeploymentSettings(name="set", base_url=server.base_url, model="tiny"),),
            deployment_keys=(f"OPEN_API_KEY={server.base_url.removesuffix('/v1')}",),
            local_servers=(
                f"vLLM:{server.base_url.split(':')[2].removesuffix('/v1')}",
                f"nobody:{nobody.getsockname()[1]}",
            ),
        )
        transport = httpx2.ASGITransport(create_app(workspace))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as one:
            yield one
        await workspace.close()


def at(server: CapableServer, **more: object) -> dict[str, Any]:
    return {"name": "gpt", "base_url": server.base_url, "model": "tiny", **more}


async def refusal(client: httpx2.AsyncClient, given: dict[str, Any]) -> tuple[int, str, str]:
    """Status, code and all words of a refusal."""
    reply = await client.post(PATH, json=given)
    return reply.status_code, reply.json()["error"]["code"], reply.text


async def test_added_shown_used_and_removed(client: httpx2.AsyncClient, server: CapableServer):
    reply = await client.post(PATH, json=at(server, max_images=2, tools=False))
    assert reply.status_code == 201
    assert reply.headers["location"] == "http://127.0.0.1:8477/api/deployments/gpt"
    shown = (await client.get(f"{PATH}/gpt")).json()
    assert shown == reply.json()
    assert (shown["origin"], shown["base_url"], shown["model"]) == (
        "added",
        server.base_url,
        "tiny",
    )
    assert (shown["capabilities"]["max_images"], shown["capabilities"]["tools"]) == (2, False)
    assert shown["probe"] is None
    listed = (await client.get(PATH)).json()["deployments"]
    assert [(one["name"], one["origin"]) for one in listed] == [
        ("scripted", "built-in"),
        ("set", "settings"),
        ("gpt", "added"),
    ]
    said = (await client.post("/v1/chat/completions", json=ASK)).json()
    assert said["choices"][0]["message"]["content"] == "Ready."
    assert "gpt" in [one["id"] for one in (await client.get("/v1/models")).json()["data"]]

    assert (await client.delete(f"{PATH}/gpt")).json() == {"removed": "gpt"}
    assert (await client.get(f"{PATH}/gpt")).status_code == 404
    assert (await client.post("/v1/chat/completions", json=ASK)).status_code == 404


async def test_a_taken_name_and_one_that_stays(client: httpx2.AsyncClient, server: CapableServer):
    await client.post(PATH, json=at(server))
    for name in ("gpt", "set"):
        assert (await refusal(client, at(server) | {"name": name}))[:2] == (409, "conflict")
    for name, words in (("set", "settings.toml"), ("extractive", "built in")):
        gone = await client.delete(f"{PATH}/{name}")
        assert gone.status_code == 409
        assert words in gone.json()["error"]["message"]


async def test_a_key_may_go_only_where_the_settings_say(
    client: httpx2.AsyncClient, server: CapableServer
):
    assert (await client.post(PATH, json=at(server, api_key_env="OPEN_API_KEY"))).status_code == 201
    await client.post("/v1/chat/completions", json=ASK)
    assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    shown = await client.get(f"{PATH}/gpt")
    assert (shown.json()["api_key_env"], shown.json()["api_key_set"]) == ("OPEN_API_KEY", True)
    assert KEY not in shown.text

    elsewhere = [
        at(server, api_key_env="OTHER_API_KEY"),
        at(server, api_key_env="PATH"),
        at(server, api_key_env="OPEN_API_KEY", base_url="https://elsewhere.example/v1"),
        at(server, api_key_env="OPEN_API_KEY", base_url=server.base_url.replace(":", "s:", 1)),
        at(server, api_key_env="OPEN_API_KEY", base_url="http://127.0.0.1/v1"),
        at(server, api_key_env="NOT_ASCII"),
    ]
    for given in elsewhere:
        status, code, words = await refusal(client, given | {"name": "other"})
        assert (status, code) == (403, "refused")
        assert "deployment_keys" in words
        assert KEY not in words


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/v1",
        "http://2852039166/v1",
        "http://0xa9fea9fe/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://[fe80::1]/v1",
    ],
)
async def test_addresses_of_the_machines_cloud_are_refused(
    client: httpx2.AsyncClient, server: CapableServer, address: str
):
    assert (await refusal(client, at(server, base_url=address)))[:2] == (403, "refused")


@pytest.mark.parametrize(
    "given",
    [
        {"api_key": KEY},
        {"sees": KEY},
        {"boxes": KEY},
        {"max_images": -1},
        {"base_url": "file:///etc/passwd"},
        {"base_url": "http://127.0.0.1:11434@example.org/v1"},
        {"base_url": "http://127.0.0.1:11434\\@example.org/v1"},
        {"base_url": f"https://example.org/v1?code={KEY}"},
        {"model": ""},
        {"name": "../up"},
        {"name": "found"},
        {"name": "extractive"},
    ],
)
async def test_what_cannot_be_used_is_refused_and_not_repeated(
    client: httpx2.AsyncClient, server: CapableServer, given: dict[str, Any]
):
    status, code, words = await refusal(client, at(server) | given)
    assert (status, code) in ((400, "invalid_request"), (400, "invalid_input"))
    assert KEY not in words
    assert len((await client.get(PATH)).json()["deployments"]) == 2


async def test_a_program_cannot_be_started_over_http(client: httpx2.AsyncClient):
    status, code, words = await refusal(client, {"name": "here", "local": "smolvlm2-500m"})
    assert (status, code) == (400, "invalid_request")
    assert "Name it in settings.toml" in words


async def test_servers_of_this_machine_are_found_and_not_used(
    client: httpx2.AsyncClient, server: CapableServer
):
    found = (await client.get(f"{PATH}/found")).json()
    assert found["servers"] == [
        {"name": "vLLM", "base_url": server.base_url, "models": ["tiny", "huge"], "refusal": ""}
    ]
    assert [one.target for one in server.requests] == ["/v1/models"]
    assert "authorization" not in server.requests[0].headers
    assert len((await client.get(PATH)).json()["deployments"]) == 2


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (refuses("a key, please", 401), [[]]),
        (answers(200, b"<html>a web page</html>", media_type="text/html"), [[]]),
        (lists("set", owned_by="sightline"), []),
    ],
    ids=["wants a key", "something else", "one of us"],
)
async def test_what_else_may_listen_on_a_usual_port(
    client: httpx2.AsyncClient,
    server: CapableServer,
    behaviour: Behaviour,
    expected: list[list[str]],
):
    server.instead = {"models": behaviour}
    servers = (await client.get(f"{PATH}/found")).json()["servers"]
    assert [one["models"] for one in servers] == expected
    assert all(one["refusal"] for one in servers)


async def test_a_probe_is_told_remembered_and_used(
    client: httpx2.AsyncClient, server: CapableServer
):
    server.instead = {"picture": refuses("tiny does not support images")}
    told = (await client.post(f"{PATH}/set/probe")).json()
    [sees] = [one for one in told["findings"] if one["capability"] == "sees"]
    assert (told["name"], sees["state"], sees["value"]) == ("set", "no", False)
    assert "does not support images" in sees["error"]
    shown = (await client.get(f"{PATH}/set")).json()
    assert shown["probe"]["findings"] == told["findings"]
    assert shown["capabilities"]["sees"] is False
    assert shown["capabilities"]["context_tokens"] == 4096
    [model] = [one for one in (await client.get("/v1/models")).json()["data"] if one["id"] == "set"]
    assert model["capabilities"]["sees"] is False


async def test_a_probe_can_be_followed(client: httpx2.AsyncClient, server: CapableServer):
    server.instead = {"stop": refuses("'stop' is not supported")}
    headers = {"accept": "text/event-stream"}
    text = (await client.post(f"{PATH}/set/probe", headers=headers)).text
    frames = [frame.split("\n") for frame in text.strip().split("\n\n")]
    told = [(head.removeprefix("event: "), json.loads(data[6:])) for head, data in frames]
    asked = [shown["what"] for kind, shown in told if kind == "asking"]
    assert asked[0] == "asking for its models"
    found = [shown for kind, shown in told if kind == "found"]
    assert [one["state"] for one in found if one["capability"] == "stop"] == ["no"]
    assert told[0][0] == "asking"
    assert told[-1][0] == "probed"
    assert told[-1][1]["findings"] == found
    assert (await client.get(f"{PATH}/set")).json()["probe"]["findings"] == found


async def test_what_cannot_be_probed(client: httpx2.AsyncClient):
    assert (await client.post(f"{PATH}/extractive/probe")).status_code == 409
    assert (await client.post(f"{PATH}/none/probe")).status_code == 404


async def adapted(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a reply has under "sightline", and that nothing of it is a warning."""
    ours: dict[str, Any] = (await client.post(path, json=body)).json()["sightline"]
    assert ours["warnings"] == []
    return ours


async def test_a_reply_names_how_its_request_was_adapted(
    client: httpx2.AsyncClient, server: CapableServer, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO", "sightline.chat")
    server.instead = {"stream_options": refuses("Unrecognized argument: stream_options")}
    await client.post(PATH, json=at(server))
    [one] = (await adapted(client, "/v1/chat/completions", ASK))["adaptations"]
    assert one == {
        "code": "field_dropped",
        "message": "the model server does not take 'stream_options': tokens are estimated",
    }
    assert f"gpt: {one['message']}" in caplog.text
    body = {"model": "gpt", "input": "Say ready", "store": False}
    assert (await adapted(client, "/v1/responses", body))["adaptations"] == [one]


@pytest.mark.parametrize("usage", [False, True], ids=["usage inside", "usage apart"])
async def test_the_last_chunk_of_a_stream_names_them(
    client: httpx2.AsyncClient, server: CapableServer, usage: bool
):
    server.instead = {"stream_options": refuses("Unrecognized argument: stream_options")}
    await client.post(PATH, json=at(server))
    options = {"stream": True} | ({"stream_options": {"include_usage": True}} if usage else {})
    text = (await client.post("/v1/chat/completions", json=ASK | options)).text
    *frames, done = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    assert done == "[DONE]"
    ours = [json.loads(frame).get("sightline", {}) for frame in frames]
    assert [one["code"] for one in ours[-1]["adaptations"]] == ["field_dropped"]
    assert not any("adaptations" in one or "warnings" in one for one in ours[: -1 - usage])


async def test_nothing_is_said_where_nothing_was_adapted(
    client: httpx2.AsyncClient, server: CapableServer
):
    await client.post(PATH, json=at(server))
    assert await adapted(client, "/v1/chat/completions", ASK) == {"warnings": []}
