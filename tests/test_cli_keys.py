"""The commands for API keys, as a user types them, and `serve` beyond this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from shell import Shell
from sightline.audit import AUDIT_FILE


@pytest.fixture
def sightline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(tmp_path / "workspace", capsys, monkeypatch)


def test_made_listed_and_revoked(sightline: Shell):
    assert sightline("keys", "list") == 0
    assert "No key yet" in sightline.err
    assert sightline("keys", "create", "laptop", "--scope", "chat, read", "--expires", "30") == 0
    key = sightline.out.strip()
    assert key.startswith("sl_")
    assert "cannot be shown again" in sightline.err

    assert sightline("keys", "list") == 0
    assert "read, chat" in sightline.out
    assert key not in sightline.out
    (listed,) = sightline.json("keys", "list")
    assert (listed["name"], listed["scopes"]) == ("laptop", ["read", "chat"])
    assert listed["last_used_at"] is None

    assert sightline("keys", "revoke", "laptop", "--yes") == 0
    assert sightline.out == "Revoked laptop.\n"
    assert sightline("keys", "revoke", "laptop", "--yes") == 1
    assert "error [key_not_found]" in sightline.err
    audit = (sightline.workspace / AUDIT_FILE).read_text(encoding="utf-8")
    events = [json.loads(line) for line in audit.splitlines()]
    assert [(one["event"], one["who"]) for one in events] == [
        ("key_created", "command line"),
        ("key_revoked", "command line"),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("two words", "--scope", "read"), "'two words'"),
        (("a", "--scope", "write"), "'write'"),
        (("a", "--scope", ","), "got none"),
        (("a", "--scope", "read", "--expires", "0"), "got 0"),
    ],
)
def test_what_no_key_can_have(sightline: Shell, arguments: tuple[str, ...], words: str):
    assert sightline("keys", "create", *arguments) == 1
    assert "error [invalid_request]" in sightline.err
    assert words in sightline.err
    assert sightline.json("keys", "list") == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1"])
def test_no_key_no_server_beyond_this_machine(sightline: Shell, host: str):
    assert sightline("serve", "--host", host, "--port", "0") == 1
    assert "error [refused]" in sightline.err
    assert "sightline keys create" in sightline.err


def test_nor_with_require_key_on_this_machine(sightline: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SIGHTLINE_REQUIRE_KEY", "true")
    assert sightline("serve", "--port", "0") == 1
    assert "require_key" in sightline.err


def test_a_name_is_no_address(sightline: Shell):
    assert sightline("serve", "--host", "pictures.lan", "--port", "0") == 1
    assert "expected an IP address or localhost, got 'pictures.lan'" in sightline.err


def test_with_a_key_it_serves_others_and_wants_it(sightline: Shell):
    assert sightline("keys", "create", "laptop", "--scope", "read") == 0
    headers = {"api-key": sightline.out.strip()}
    command = ("--workspace", str(sightline.workspace), "serve", "--host", "0.0.0.0", "--port", "0")
    with subprocess.Popen(
        [sys.executable, "-m", "sightline", *command],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().split()[4].replace("0.0.0.0", "127.0.0.1")
            assert "needs a key" in server.stdout.readline()
            assert "unencrypted" in server.stdout.readline()
            assert "allowed_hosts" in server.stdout.readline()
            assert httpx2.get(f"{address}/health").status_code == 200
            assert httpx2.get(f"{address}/api/indexes").status_code == 401
            assert httpx2.get(f"{address}/api/indexes", headers=headers).status_code == 200
        finally:
            server.terminate()
