"""The commands for recorded turns, as a user types them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.asking import KEY
from chat.quirks_server import QuirksServer
from flows.recorded import says
from shell import Shell


@pytest.fixture
async def servers() -> AsyncIterator[list[QuirksServer]]:
    async with QuirksServer() as first, QuirksServer() as second:
        first.will(says("The tent is red. ", "It sleeps six."))
        second.will(says("The tent is red. ", "It sleeps \x1b[31mfour."))
        yield [first, second]


@pytest.fixture
async def sightline(
    tmp_path: Path,
    servers: list[QuirksServer],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    here, there = (server.base_url for server in servers)
    (workspace / "settings.toml").write_text(
        f'[[deployments]]\nname = "here"\nbase_url = "{here}"\nmodel = "a"\n'
        'api_key_env = "SOME_KEY"\n'
        f'[[deployments]]\nname = "there"\nbase_url = "{there}"\nmodel = "b"\n'
    )
    monkeypatch.setenv("SOME_KEY", KEY)
    monkeypatch.setenv("SIGHTLINE_RECORD", "true")
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(workspace, capsys, monkeypatch)


async def test_from_a_question_to_a_replay(
    sightline: Shell, servers: list[QuirksServer], tmp_path: Path
):
    assert await sightline.beside("ask", "How large is it?", "--deployment", "here", "--json") == 0
    turn = json.loads(sightline.out)["turn"]

    assert await sightline.beside("turns", "list") == 0
    assert turn in sightline.out
    assert "How large is it?" in sightline.out

    assert await sightline.beside("turns", "show", turn) == 0
    assert "a at http" in sightline.out
    assert 'data: {"choices"' in sightline.out
    assert KEY not in sightline.out

    assert await sightline.beside("turns", "export", turn, "--as", "curl") == 0
    assert "${SOME_KEY}" in sightline.out

    file = tmp_path / "turn.json"
    assert await sightline.beside("turns", "export", turn, "--output", str(file)) == 0
    assert await sightline.beside("turns", "delete", turn, "--yes") == 0
    assert await sightline.beside("turns", "show", turn) == 1
    assert "turn_not_found" in sightline.err

    assert await sightline.beside("replay", str(file), "--deployment", "there") == 0
    assert "-It sleeps six." in sightline.out
    assert "+It sleeps \ufffd[31mfour." in sightline.out
    sent = servers[1].requests[0].body
    assert sent == servers[0].requests[0].body | {"model": "b"}

    assert await sightline.beside("replay", str(file), "--deployment", "here", "--json") == 0
    found = json.loads(sightline.out)
    assert (found["same"], found["similarity"], found["diff"]) == (True, 1.0, [])


async def test_what_is_no_turn_is_an_error_that_says_so(sightline: Shell, tmp_path: Path):
    file = tmp_path / "other.json"
    for content in ("[]", "{", '{"format": "sightline.turn/1", "id": "x"}'):
        file.write_text(content)
        assert await sightline.beside("replay", str(file), "--deployment", "there") == 1
        assert "invalid_request" in sightline.err
    assert await sightline.beside("replay", "turn_none", "--deployment", "there") == 1
    assert "turn_not_found" in sightline.err
    assert await sightline.beside("turns", "list") == 0
    assert "No turn is recorded" in sightline.err
