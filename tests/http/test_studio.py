"""The page of the Studio: its policy, its files, and what is said where it was not built."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sightline.http.app import create_app
from sightline.http.routes import studio
from wire.standin import standin


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(create_app(standin(tmp_path, [])), base_url="http://127.0.0.1")


def test_the_page_lets_in_nothing_but_this_server(client: TestClient):
    page, again = client.get("/"), client.get("/")
    policy = page.headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy
    nonce = re.search(r"'nonce-([\w-]+)'", rules["style-src"])
    assert nonce is not None
    assert f'content="{nonce[1]}"' in page.text
    assert nonce[1] not in again.text
    assert "://" not in page.text, "it loads nothing from elsewhere"


def test_its_files_are_found_relative_to_it_and_kept_by_browsers(client: TestClient):
    names = re.findall(r'(?:src|href)="\./(studio/[^"]+)"', client.get("/").text)
    assert names
    for name in names:
        file = client.get(f"/{name}", headers={"accept-encoding": "gzip"})
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
        if name.endswith(".js") and len(file.content) > 1024:  # smaller ones are not worth it
            assert file.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("path", ["/studio/", "/studio/none.js", "/studio/..%2f..%2ferrors.py"])
def test_nothing_else_is_given_out(client: TestClient, path: str):
    assert client.get(path).status_code == 404


def test_without_a_build_it_is_said_how_to_make_one(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(studio, "BUILT", tmp_path)
    reply = client.get("/")
    assert reply.status_code == 503
    assert "build_hook.py" in reply.text
