"""Assistant setup: the system message and examples, written, applied, taken back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from wire.serving import Served, serving
from wire.standin import standin

Axe = Callable[[], None]
Screen = Callable[[str], Path]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with the deployment "scripted"."""
    with serving(standin(tmp_path_factory.mktemp("instructions"))) as running:
        yield running


@pytest.fixture
def setup(page: Page, served: Served) -> Locator:
    """The pane, in a fresh browser."""
    page.goto(served.address)
    return page.get_by_role("region", name="Assistant setup")


def apply(page: Page) -> None:
    page.get_by_role("button", name="Apply changes").click()
    page.get_by_role("alertdialog", name="Update the system message?").get_by_role(
        "button", name="Continue"
    ).click()


def ask(page: Page, question: str) -> dict[str, Any]:
    """The request that the page sends."""
    page.get_by_role("textbox", name="Message", exact=True).fill(question)
    with page.expect_request("**/v1/chat/completions") as sent:
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    body: dict[str, Any] = json.loads(sent.value.post_data or "")
    return body


def test_a_system_message_holds_from_the_next_question_on(
    page: Page, setup: Locator, screen: Screen, axe: Axe
):
    text = setup.get_by_role("textbox", name="System message")
    button = setup.get_by_role("button", name="Apply changes")
    expect(button).to_be_disabled()
    text.fill("Answer in French.")
    expect(setup.get_by_text("Not applied yet.")).to_be_visible()
    assert ask(page, "One?")["messages"][0]["content"].startswith("You are an AI assistant")
    button.click()
    dialog = page.get_by_role("alertdialog", name="Update the system message?")
    expect(dialog).to_contain_text("from the next question on")
    expect(dialog).to_contain_text("The conversation so far stays")
    screen("setup-confirm")
    axe()
    dialog.get_by_role("button", name="Continue").click()
    expect(button).to_be_disabled()
    sent = ask(page, "Two?")
    assert sent["messages"][0] == {"role": "system", "content": "Answer in French."}
    expect(page.get_by_role("log")).to_contain_text("One?")


def test_what_is_not_confirmed_is_not_applied(page: Page, setup: Locator):
    text = setup.get_by_role("textbox", name="System message")
    text.fill("Answer in French.")
    setup.get_by_role("button", name="Apply changes").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    expect(text).to_have_value("Answer in French.")
    expect(setup.get_by_role("button", name="Apply changes")).to_be_enabled()
    setup.get_by_role("button", name="Discard").click()
    expect(text).to_have_value("You are an AI assistant that helps people find information.")


def test_what_is_written_stays_while_one_looks_elsewhere(setup: Locator):
    setup.get_by_role("textbox", name="System message").fill("Half a thought")
    setup.get_by_role("tab", name="Add your data").click()
    setup.get_by_role("tab", name="System message").click()
    expect(setup.get_by_role("textbox", name="System message")).to_have_value("Half a thought")


def test_a_preset_can_be_taken_back(page: Page, setup: Locator, screen: Screen, axe: Axe):
    text = setup.get_by_role("textbox", name="System message")
    text.fill("My own words")
    setup.get_by_role("button", name="Use a preset").click()
    names = ["General", "Car insurance", "Catalogue", "Document reading"]
    for name in names:
        expect(page.get_by_role("menuitem", name=name)).to_be_visible()
    screen("setup-presets")
    page.get_by_role("menuitem", name="Car insurance").click()
    assert text.input_value().startswith("You help people report damage to a car.")
    screen("setup-preset-chosen")
    axe()
    setup.get_by_text("Undo").click()
    expect(text).to_have_value("My own words")


def test_examples_are_added_changed_and_removed(page: Page, setup: Locator, screen: Screen):
    for number in (1, 2):
        setup.get_by_role("button", name="Add an example").click()
        example = setup.get_by_role("group", name=f"Example {number}")
        expect(example.get_by_role("textbox", name="Question")).to_be_focused()
        page.keyboard.type(f"Which tent is {number}?")
        if number == 1:
            expect(setup.get_by_role("button", name="Apply changes")).to_be_disabled()
            expect(setup).to_contain_text("An example needs both a question and an answer.")
        page.keyboard.press("Tab")
        page.keyboard.type(f"Tent {number}.")
    screen("setup-examples")
    apply(page)
    said = [(one["role"], one["content"]) for one in ask(page, "And three?")["messages"]]
    assert said[1:5] == [
        ("user", "Which tent is 1?"), ("assistant", "Tent 1."),
        ("user", "Which tent is 2?"), ("assistant", "Tent 2."),
    ]  # fmt: skip
    setup.get_by_role("button", name="Remove example 1").click()
    apply(page)
    said = [(one["role"], one["content"]) for one in ask(page, "And four?")["messages"]]
    assert said[1:3] == [("user", "Which tent is 2?"), ("assistant", "Tent 2.")]


def test_reset_goes_back_to_the_first_words(page: Page, setup: Locator):
    setup.get_by_role("textbox", name="System message").fill("Answer in French.")
    apply(page)
    setup.get_by_role("button", name="Reset", exact=True).click()
    apply(page)
    assert ask(page, "One?")["messages"][0]["content"].startswith("You are an AI assistant")
