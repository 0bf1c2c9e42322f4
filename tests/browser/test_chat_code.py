"""What was really asked and answered: raw JSON, and the request as a program that runs."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from wire.serving import Served, serving
from wire.standin import picture_file, standin

Screen = Callable[[str], Path]

QUESTION = 'Is "this" $HOME, `red`, \\n or 😀? It\'s mine.'
NAME = 'it\'s "red" $(echo).png'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(standin(tmp_path_factory.mktemp("studio"))) as running:
        yield running


@pytest.fixture
def log(page: Page) -> Locator:
    return page.get_by_role("log")


@pytest.fixture(autouse=True)
def answered(page: Page, served: Served, log: Locator, tmp_path: Path) -> None:
    """One question with a picture, from the index, with Vision."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(served.address)
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name="scripted").click()
    page.get_by_role("switch", name="Vision").check()
    page.get_by_role("tab", name="Add your data").click()
    page.get_by_role("checkbox", name="tents").check()
    picture_file(tmp_path / NAME, "red")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach pictures").click()
    chosen.value.set_files(tmp_path / NAME)
    page.get_by_role("list", name="Attached pictures").wait_for()
    page.get_by_role("textbox", name="Message", exact=True).fill(QUESTION)
    page.keyboard.press("Enter")
    log.get_by_role("button", name="Copy answer").wait_for()


def what(served: Served) -> tuple[object, ...]:
    """What the model was asked last."""
    prompts = served.model("scripted").prompts
    last = prompts.pop()
    images = [image.data for image in last.images]
    return last.history, last.question, images, last.in_scope, last.sampling, len(last.evidence)


def code(page: Page, tab: str) -> str:
    page.get_by_role("button", name="View code").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name=tab).click()
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_text("Copied")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_raw_json_is_the_real_request_and_reply(
    page: Page, log: Locator, screen: Screen, axe: Callable[[], None]
):
    page.get_by_role("button", name="Show raw JSON").click()
    raw = log.get_by_role("region", name="Raw JSON")
    expect(raw.get_by_role("region", name="Request")).to_contain_text('"model": "scripted"')
    expect(raw.get_by_role("region", name="Reply")).to_contain_text("chat.completion.chunk")
    screen("chat-raw")
    axe()
    raw.get_by_role("button", name="Copy all").click()
    expect(raw.get_by_text("Copied")).to_be_visible()
    request, *frames = page.evaluate("navigator.clipboard.readText()").strip().split("\n\n")
    asked = json.loads(request)
    assert asked["data_sources"][0]["parameters"]["index_name"] == "tents"
    url = asked["messages"][-1]["content"][1]["image_url"]["url"]
    assert url.startswith("data:image/png;base64,… (it's")
    assert url.endswith(" bytes)")
    assert json.loads(frames[-1])["choices"][0]["finish_reason"] == "stop"


def test_the_python_program_asks_the_same(
    page: Page, served: Served, tmp_path: Path, screen: Screen, axe: Callable[[], None]
):
    before = what(served)
    program = code(page, "Python")
    screen("chat-code")
    axe()
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "The tent is red [doc1].\n"
    assert what(served) == before


def test_the_curl_program_asks_the_same(page: Page, served: Served, tmp_path: Path):
    before = what(served)
    program = code(page, "curl")
    ran = subprocess.run(
        ["sh", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "data: [DONE]" in ran.stdout
    assert what(served) == before


def test_the_json_says_what_the_pictures_are(page: Page):
    asked = json.loads(code(page, "JSON"))
    assert asked["messages"][-1]["content"][0]["text"] == QUESTION
    assert NAME in asked["messages"][-1]["content"][1]["image_url"]["url"]
