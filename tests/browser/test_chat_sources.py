"""Sources of an answer: marks, what was retrieved, and the picture behind each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from wire.serving import Served, serving
from wire.standin import END, standin

Screen = Callable[[str], Path]

ANSWER = ("The red tent [do", "c1] beats the", " shoes [doc2][doc9]. It says “SALE 49” [doc1].")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    models = [ScriptedChat("citing", [*map(TextDelta, ANSWER), END])]
    with serving(standin(tmp_path_factory.mktemp("studio"), models)) as running:
        yield running


@pytest.fixture
def log(page: Page) -> Locator:
    return page.get_by_role("log")


@pytest.fixture(autouse=True)
def answered(page: Page, served: Served, log: Locator) -> None:
    page.goto(served.address)
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name="citing").click()
    page.get_by_role("tab", name="Add your data").click()
    page.get_by_role("checkbox", name="tents").check()
    page.get_by_role("textbox", name="Message", exact=True).fill("Which red tent is on sale?")
    page.keyboard.press("Enter")
    log.get_by_role("button", name="Copy answer").wait_for()


def test_marks_open_their_sources(
    page: Page, log: Locator, screen: Screen, axe: Callable[[], None]
):
    expect(log.get_by_role("button", name="Source 1: red.png")).to_have_count(2)
    screen("chat-sources")
    axe()
    page.emulate_media(color_scheme="dark")
    screen("chat-sources-dark")
    axe()
    log.get_by_role("button", name="Source 1: red.png").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("A red tent on a mountain")
    expect(dialog).to_contain_text("Why it was found")
    expect(dialog).to_contain_text("Your words stand in its description or text")
    expect(dialog.get_by_role("img", name="red.png")).to_be_visible()
    screen("chat-source")
    axe()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_all_that_was_retrieved_is_shown_with_scores(page: Page, log: Locator):
    hits = log.get_by_role("list", name="What was retrieved").get_by_role("listitem")
    expect(hits.first).to_contain_text("1 red.png")
    expect(hits.first).to_contain_text("cited")
    hits.first.get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text("tents: red.png")


def test_a_source_is_asked_about(page: Page, served: Served, log: Locator):
    log.get_by_role("button", name="Source 1: red.png").first.click()
    page.get_by_role("button", name="Ask about this").click()
    attached = page.get_by_role("list", name="Attached pictures").get_by_role("listitem")
    expect(attached).to_have_text(["red.png"])
    message = page.get_by_role("textbox", name="Message", exact=True)
    expect(message).to_be_focused()
    message.fill("Is it new?")
    message.press("Enter")
    expect(log.get_by_role("button", name="Copy answer")).to_have_count(2)
    assert len(served.model("citing").prompts[-1].images) == 1


def test_where_the_original_is_gone_the_small_copy_stands_and_says_so(
    page: Page, served: Served, log: Locator, screen: Screen
):
    (served.workspace.settings.workspace.parent / "pictures" / "red.png").unlink()
    log.get_by_role("button", name="Source 1: red.png").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The small copy of the index")
    screen("chat-source-gone")
    dialog.get_by_role("button", name="Ask about this").click()
    expect(dialog).to_contain_text("The original is not there any more.")
