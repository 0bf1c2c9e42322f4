"""The first question in a fresh browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from wire.serving import Served, serving
from wire.standin import END, standin


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with the deployment "scripted" and the index "tents"."""
    models = [ScriptedChat("slow", [*[TextDelta("word ")] * 500, END], delay=0.02)]
    with serving(standin(tmp_path_factory.mktemp("studio"), models)) as running:
        yield running


def test_a_question_is_answered_and_kept_over_a_reload(
    page: Page, served: Served, screen: Callable[[str], Path]
):
    page.goto(served.address)
    page.get_by_role("textbox", name="Message", exact=True).fill("What is this?")
    page.keyboard.press("Enter")
    said = page.get_by_role("log")
    expect(said).to_contain_text("What is this?")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    screen("first-answer")
    page.wait_for_timeout(600)
    page.reload()
    expect(said).to_contain_text("What is this?")
