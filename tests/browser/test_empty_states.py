"""What somebody sees who has asked nothing yet: what can be done, and something to try."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.ingesting import ingesting
from loopback import running
from wire.serving import Served, serving
from wire.standin import standin


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server on which nothing was done yet; the worker that it starts has stand-ins, too."""
    with ingesting(tmp_path) as running:
        yield running


def test_the_first_visit_offers_pictures_and_questions(
    page: Page, served: Served, screen: Callable[[str], Path], axe: Callable[[], None]
):
    page.goto(served.address)
    demo = page.get_by_role("group", name="Demo pictures")
    expect(demo.get_by_role("img")).to_have_count(4)
    model = page.get_by_role("group", name="Connect a model")
    expect(model).to_contain_text("extractive", timeout=30_000)
    screen("empty-first-visit")
    axe()
    demo.get_by_role("button", name="Use demo pictures").click()
    expect(demo).to_contain_text("The demo pictures are on", timeout=60_000)
    page.get_by_role("tab", name="Add your data").click()
    expect(page.get_by_role("region", name="Assistant setup")).to_contain_text("demo")
    indexes = page.request.get(f"{served.address}/api/indexes").json()["indexes"]
    assert [(index["name"], index["rows"]) for index in indexes] == [("demo", 4)]
    assets = page.request.get(f"{served.address}/api/indexes/demo/assets").json()["assets"]
    assert all(asset["description"] for asset in assets)


def test_an_example_question_brings_the_pictures_with_it(
    page: Page, served: Served, screen: Callable[[str], Path]
):
    page.goto(served.address)
    page.get_by_role("button", name="What is in the red cup?").click()
    expect(page.get_by_role("log")).to_contain_text("An espresso in a red cup", timeout=60_000)
    screen("empty-first-answer")

    elsewhere = page.context.browser.new_context()  # type: ignore[union-attr]
    other = elsewhere.new_page()
    other.goto(served.address)
    other.get_by_role("button", name="Use demo pictures").click()
    expect(other.get_by_text("The demo pictures are on")).to_be_visible()
    uploads = [
        one["source"]
        for one in page.request.get(f"{served.address}/api/ingestions").json()["ingestions"]
    ]
    assert len(uploads) == 1, "the index is there already"
    elsewhere.close()


def test_with_a_language_model_nothing_is_said_about_connecting_one(page: Page, tmp_path: Path):
    with serving(standin(tmp_path)) as served:
        page.goto(served.address)
        expect(page.get_by_role("group", name="Demo pictures")).to_be_visible()
        expect(page.get_by_role("group", name="Connect a model")).to_have_count(0)
        page.goto(f"{served.address}/#/indexes/tents")
        page.get_by_role("button", name="Use in playground").click()
        expect(page.get_by_role("log")).to_contain_text("Answers rest on tents.")
        expect(page.get_by_role("group", name="Demo pictures")).to_have_count(0)


def test_it_fits_a_phone(page: Page, served: Served, screen: Callable[[str], Path]):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(served.address)
    expect(page.get_by_role("group", name="Demo pictures")).to_be_visible()
    screen("empty-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


class Models(BaseHTTPRequestHandler):
    """A model server with one model; it refuses everything but the list."""

    def do_GET(self) -> None:
        self.say(200, {"object": "list", "data": [{"id": "org/qwen3-vl:2b", "object": "model"}]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.say(400, {"error": {"message": "not now"}})

    def say(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


def test_a_model_server_on_this_machine_is_connected_by_one_press(
    page: Page, tmp_path: Path, screen: Callable[[str], Path]
):
    with running(ThreadingHTTPServer(("127.0.0.1", 0), Models)) as models:
        place = f"Ollama:{models.server_port}"
        with ingesting(tmp_path, local_servers=(place,)) as served:
            page.goto(served.address)
            offer = page.get_by_role("group", name="Connect a model")
            offer.get_by_role("button", name="Connect org/qwen3-vl:2b (Ollama)").click(
                timeout=30_000
            )
            expect(offer).to_have_count(0)
            deployment = page.get_by_role("combobox", name="Deployment")
            expect(deployment).to_have_text("qwen3-vl:2b")
            told = page.get_by_role("region", name="Chat session")
            expect(told).to_contain_text("qwen3-vl:2b could not be asked what it can do.")
            expect(told).to_contain_text("answered with status 400: not now.")
            expect(told.get_by_role("button", name="Ask again")).to_be_visible()
            screen("empty-connected")
