"""The commands for deployments, as a user types them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.asking import KEY
from chat.capable_server import CapableServer, refuses
from shell import Shell


@pytest.fixture
async def server() -> AsyncIterator[CapableServer]:
    async with CapableServer() as running:
        yield running


@pytest.fixture
def sightline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(tmp_path / "workspace", capsys, monkeypatch)


def place(server: CapableServer) -> tuple[str, ...]:
    return ("--base-url", server.base_url, "--model", "tiny")


async def test_added_listed_shown_probed_and_removed(sightline: Shell, server: CapableServer):
    server.instead = {"tools": refuses("tiny does not support tools")}
    assert (
        await sightline.beside("deployments", "add", "gpt", *place(server), "--max-images", "2")
        == 0
    )
    assert sightline.out == "Added gpt.\n"
    assert "sightline deployments probe gpt" in sightline.err

    assert await sightline.beside("deployments", "list") == 0
    assert f"tiny at {server.base_url}" in sightline.out
    assert "extractive" in sightline.out

    assert await sightline.beside("deployments", "probe", "gpt") == 0
    assert "3/7 showing it a red picture …" in sightline.err
    assert "    sees: ok. it said 'Red.' of a red picture" in sightline.err
    assert "tiny does not support tools" in sightline.out

    assert await sightline.beside("deployments", "show", "gpt", "--json") == 0
    shown = json.loads(sightline.out)
    assert (shown["origin"], shown["capabilities"]["tools"]) == ("added", False)
    assert shown["capabilities"]["max_images"] == 2
    assert await sightline.beside("deployments", "show", "gpt") == 0
    assert "context_tokens" in sightline.out

    assert await sightline.beside("ask", "Say ready", "--deployment", "gpt", "--json") == 0
    assert json.loads(sightline.out)["answer"] == "Ready."
    assert await sightline.beside("doctor", "--json") == 0
    assert "tools no" in sightline.out

    assert await sightline.beside("deployments", "remove", "gpt", "--yes") == 0
    assert await sightline.beside("deployments", "show", "gpt") == 1
    assert "Expected a deployment (extractive), got 'gpt'" in sightline.err


async def test_any_variable_may_be_named_and_its_key_is_not_shown(
    sightline: Shell, server: CapableServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SHOP_SECRET", KEY)
    given = ("deployments", "add", "gpt", *place(server), "--key-env")
    assert await sightline.beside(*given, "SHOP_SECRET", "--json") == 0
    assert json.loads(sightline.out)["api_key_set"] is True
    assert KEY not in sightline.out + sightline.err
    assert await sightline.beside("deployments", "probe", "gpt", "--json") == 0
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in sightline.out

    monkeypatch.delenv("SHOP_SECRET")
    assert await sightline.beside("deployments", "remove", "gpt", "--yes") == 0
    assert await sightline.beside(*given, "SHOP_SECRET") == 0
    assert "SHOP_SECRET is not set here" in sightline.err
    assert await sightline.beside("doctor") in (0, 1)
    assert "the variable SHOP_SECRET is not set" in sightline.out


async def test_a_key_in_place_of_its_variable_is_refused_and_not_repeated(
    sightline: Shell, server: CapableServer
):
    assert (
        await sightline.beside("deployments", "add", "gpt", *place(server), "--key-env", KEY) == 1
    )
    assert "Expected the name of an environment variable" in sightline.err
    assert KEY not in sightline.out + sightline.err


async def test_what_an_option_does_not_take(sightline: Shell, server: CapableServer):
    assert (
        await sightline.beside("deployments", "add", "gpt", *place(server), "--json-output", "xml")
        == 1
    )
    assert "json_output: Input should be 'none', 'object' or 'schema'" in sightline.err


async def test_a_server_that_gives_no_answer_is_told_and_remembered(
    sightline: Shell, server: CapableServer
):
    server.instead = {"text": refuses("No model is loaded", 500)}
    await sightline.beside("deployments", "add", "gpt", *place(server))
    server.instead |= {"stream_options": refuses("No model is loaded", 500)}
    assert await sightline.beside("deployments", "probe", "gpt") == 1
    assert "No model is loaded" in sightline.out
    await sightline.beside("doctor")
    assert "No model is loaded" in sightline.out


async def test_servers_on_usual_ports_are_found(
    sightline: Shell, server: CapableServer, monkeypatch: pytest.MonkeyPatch
):
    port = server.base_url.split(":")[2].removesuffix("/v1")
    monkeypatch.setenv("SIGHTLINE_LOCAL_SERVERS", f"Ollama:{port}")
    assert await sightline.beside("deployments", "found") == 0
    assert "tiny, huge" in sightline.out
    assert "sightline deployments add" in sightline.err

    monkeypatch.setenv("SIGHTLINE_LOCAL_SERVERS", "")
    assert await sightline.beside("deployments", "found", "--json") == 0
    assert json.loads(sightline.out) == {"servers": [], "looked_at": []}
