"""Exports of recorded turns, run against a server: the same bytes arrive."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from chat.asking import KEY, deployed
from chat.quirks_server import QuirksServer
from flows.recorded import answered, newest, noisy_picture, opened, question, says
from sightline.errors import InvalidRequest
from sightline.recorded_turn import turn_of
from sightline.turn_exports import export
from sightline.workspace import Workspace
from wire.standin import standin


@pytest.fixture
async def server() -> AsyncIterator[QuirksServer]:
    async with QuirksServer() as running:
        yield running


@pytest.fixture
async def workspace(tmp_path: Path, server: QuirksServer) -> AsyncIterator[Workspace]:
    one = standin(tmp_path, [deployed(server.base_url, key_variable="SOME_KEY")], record=True)
    yield one
    await one.close()


async def run(*command: str, typed: str = "", **variables: str) -> str:
    """What a program prints."""
    running = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", **variables},
    )
    out, err = await running.communicate(typed.encode())
    assert running.returncode == 0, err.decode()
    return out.decode()


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
SHELLS = [shell for shell in ("sh", "bash", "zsh") if shutil.which(shell)]


@needs_curl
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("long", [0, 20_000], ids=["words", "more than an argument can hold"])
async def test_curl_sends_the_same_bytes(
    workspace: Workspace, server: QuirksServer, tmp_path: Path, shell: str, long: int
):
    server.will(says("Fine."))
    text = "It's ‘$HOME’ `id` \\ !! 🏕️" + " long's" * long
    await answered(workspace, question(noisy_picture(tmp_path), text=text))
    turn = newest(workspace)
    program = export(turn, "curl")
    assert KEY not in program
    assert (len(turn.last.body) > 131_072) == bool(long)

    said = await run(shell, typed=program, SOME_KEY="another-key")
    assert said.encode() == turn.last.reply
    recorded, again = server.requests
    assert again.raw == recorded.raw == turn.last.body
    assert again.target == recorded.target
    assert again.headers["authorization"] == "Bearer another-key"
    assert again.headers["content-type"] == "application/json"


@pytest.mark.parametrize("azure", [False, True], ids=["bearer", "azure"])
async def test_python_sends_the_same_bytes(server: QuirksServer, tmp_path: Path, azure: bool):
    address = f"{server.base_url}/openai/deployments/eyes?api-version=2024-10-21"
    model = deployed(address, azure=azure, key_variable="SOME_KEY")
    workspace = standin(tmp_path, [model], record=True)
    server.will(says("Schön ", "groß."))
    await answered(workspace, question(noisy_picture(tmp_path)))
    program = tmp_path / "again.py"
    program.write_text(export(newest(workspace), "python"), encoding="utf-8")

    said = await run(sys.executable, str(program), SOME_KEY="another-key", PYTHONUTF8="1")
    assert said == "Schön groß.\n"
    recorded, again = server.requests
    assert again.raw == recorded.raw
    assert again.target == recorded.target
    name, value = ("api-key", "another-key") if azure else ("authorization", "Bearer another-key")
    assert again.headers[name] == value
    assert not azure or "authorization" not in again.headers
    await workspace.close()


@needs_curl
async def test_a_server_without_a_key_is_sent_none(tmp_path: Path, server: QuirksServer):
    workspace = standin(tmp_path, [deployed(server.base_url, api_key=None)], record=True)
    server.will(says("Fine."))
    await answered(workspace, question())
    turn = newest(workspace)
    await run("sh", typed=export(turn, "curl"))
    program = tmp_path / "again.py"
    program.write_text(export(turn, "python"), encoding="utf-8")
    await run(sys.executable, str(program))
    assert len(server.requests) == 3
    for received in server.requests:
        assert "authorization" not in received.headers
    await workspace.close()


async def test_json_holds_everything(workspace: Workspace, server: QuirksServer, tmp_path: Path):
    server.will(says("Fine."))
    await answered(workspace, question(noisy_picture(tmp_path)))
    turn = newest(workspace)

    def never(sha256: str) -> bytes:
        pytest.fail(f"the export refers to {sha256}")

    assert turn_of(json.loads(export(turn, "json")), never) == turn


async def test_what_others_wrote_cannot_command_the_shell(
    workspace: Workspace, server: QuirksServer, tmp_path: Path
):
    server.will(says("Fine."))
    await answered(workspace, question())
    mark = tmp_path / "mark"
    evil = replace(
        newest(workspace),
        deployment=f"x\ntouch {mark}\n",
        back_end={
            "address": f"{server.base_url}/chat/completions?a=';touch {mark};'$(touch {mark})",
            "key_variable": f"A}}$(touch {mark})",
            "left_out": [f"x\rtouch {mark}\n touch {mark}"],
        },
    )
    compile(export(evil, "python"), "again.py", "exec")
    running = await asyncio.create_subprocess_exec(
        "sh", stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    await running.communicate(export(evil, "curl").encode())
    assert not mark.exists()


async def test_what_was_sent_nowhere_cannot_be_sent_again(tmp_path: Path, server: QuirksServer):
    workspace = opened(tmp_path, server)
    await answered(workspace, question(deployment="scripted"))
    turn = newest(workspace)
    with pytest.raises(InvalidRequest, match="no model server"):
        export(turn, "curl")
    with pytest.raises(InvalidRequest, match="curl, python, json"):
        export(turn, "ruby")
    assert json.loads(export(turn, "json"))["attempts"] == []
    await workspace.close()
