"""A server that wants a key: the Studio asks for it once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sightline.chat.fake import ScriptedChat
from wire.serving import Served, serving
from wire.standin import END, WORDS, standin


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server that answers, and has the index "tents", for those with a key."""
    models = [ScriptedChat("extractive", [*WORDS, END])]
    with serving(standin(tmp_path, models, require_key=True)) as running:
        yield running


def made(served: Served, name: str, *scopes: str) -> str:
    return served.workspace.access.create(name, scopes, by="test")[1]


def test_the_key_is_asked_for_once_and_everything_goes_on(
    page: Page, served: Served, screen: Callable[[str], Path], axe: Callable[[], None]
):
    key = made(served, "laptop", "read", "chat")
    page.goto(served.address)
    dialog = page.get_by_role("alertdialog", name="This server wants a key")
    expect(dialog.get_by_role("textbox", name="Key")).to_be_focused()
    expect(dialog.get_by_role("button", name="Sign in")).to_be_disabled()
    screen("sign-in")
    axe()
    page.keyboard.press("Escape")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("wrong, revoked or expired")
    screen("sign-in-wrong")

    dialog.get_by_role("textbox", name="Key").fill(f" {key} ")
    page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()
    page.get_by_role("textbox", name="Message", exact=True).fill("What is this?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("The tent is red")

    # Pictures are loaded by the browser itself, with the cookie.
    page.goto(f"{served.address}/#/indexes/tents")
    picture = page.get_by_role("gridcell", name="red.png").locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    page.reload()
    expect(picture).to_be_visible()
    expect(dialog).not_to_be_visible()
    assert key not in str(page.evaluate("[document.cookie, {...sessionStorage, ...localStorage}]"))


def test_signing_out_asks_again(page: Page, served: Served, axe: Callable[[], None]):
    key = made(served, "laptop", "read", "chat", "ingest")
    page.goto(served.address)
    page.get_by_role("textbox", name="Key").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    axe()
    page.get_by_role("button", name="Sign out (key “laptop”)").click()
    expect(page.get_by_role("alertdialog", name="This server wants a key")).to_be_visible()
    assert page.context.cookies() == []


def test_a_key_that_is_revoked_meanwhile_is_asked_for_when_it_is_needed(page: Page, served: Served):
    page.goto(served.address)
    page.get_by_role("textbox", name="Key").fill(made(served, "first", "read", "chat"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    page.get_by_role("textbox", name="Message", exact=True).fill("What is this?")
    served.workspace.access.revoke("first", by="test")
    page.keyboard.press("Enter")  # before the page asks for something else by itself
    page.get_by_role("textbox", name="Key").fill(made(served, "second", "read", "chat"))
    page.keyboard.press("Enter")
    # The question that was refused is asked again by itself.
    expect(page.get_by_role("log")).to_contain_text("The tent is red")
