"""The page itself: how much it loads, and that it works below another path."""

import http.client
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from loopback import running
from wire.serving import Served, serving
from wire.standin import standin

BUDGET = 500_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(standin(tmp_path_factory.mktemp("page"))) as opened:
        yield opened


def test_the_first_load_is_small(page: Page, served: Served):
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))  # noqa: PLW0108 (it is marked)
    page.goto(served.address)
    expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")
    sizes = [response.request.sizes()["responseBodySize"] for response in loaded]
    assert sum(sizes) < BUDGET
    assert all(response.url.startswith(served.address) for response in loaded)


def test_it_works_below_another_path(page: Page, served: Served):
    below = type("Below", (Proxy,), {"upstream": urlsplit(served.address).netloc})
    with running(ThreadingHTTPServer(("127.0.0.1", 0), below)) as proxy:
        page.goto(f"http://127.0.0.1:{proxy.server_port}/tools/sightline/")
        page.get_by_role("combobox", name="Deployment").click()
        page.get_by_role("option", name="scripted").click()
        page.get_by_role("textbox", name="Message", exact=True).fill("Which tent?")
        page.keyboard.press("Enter")
        expect(page.get_by_role("log")).to_contain_text("The tent is red")
        page.get_by_role("tab", name="Indexes").click()
        expect(page.get_by_text("tents", exact=True).first).to_be_visible()


class Proxy(BaseHTTPRequestHandler):
    """Passes on what comes below /tools/sightline, and nothing else."""

    upstream: str
    prefix = "/tools/sightline"

    def do_GET(self) -> None:
        if not self.path.startswith(f"{self.prefix}/"):
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        wanted = ("accept", "accept-encoding", "content-type")
        headers = {name: self.headers[name] for name in wanted if self.headers[name]}
        connection = http.client.HTTPConnection(self.upstream)
        connection.request(self.command, self.path.removeprefix(self.prefix), body, headers)
        reply = connection.getresponse()
        content = reply.read()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name not in {"transfer-encoding", "content-length", "connection"}:
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None: ...
