"""Add your data: what the cards of a session's sources say and do."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from browser.ingesting import Line
from wire.serving import Served, serving
from wire.standin import standin

Axe = Callable[[], None]
Screen = Callable[[str], Path]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server with the index "tents"."""
    with serving(standin(tmp_path)) as running:
        yield running


def use_tents(page: Page, address: str) -> Locator:
    """The card of the index "tents", which the session uses from now on."""
    page.goto(address)
    page.get_by_role("tab", name="Add your data").click()
    page.get_by_role("button", name="Add a data source").click()
    opened = page.get_by_role("dialog", name="Add a data source")
    opened.get_by_role("radio", name="Index made earlier").check()
    opened.get_by_role("button", name="Next").click()
    opened.get_by_role("button", name="Next").click()
    expect(opened.get_by_role("alert")).to_have_text("Choose at least one index.")
    opened.get_by_role("checkbox", name="tents (3 pictures)").check()
    opened.get_by_role("button", name="Next").click()
    opened.get_by_role("button", name="Save").click()
    card = page.get_by_role("group", name="Data source tents")
    expect(card).to_contain_text("3 pictures")
    return card


def gone(page: Page, card: Locator) -> None:
    """The warning is done, which hides the rest of the page, and the card is not there any more."""
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    expect(card).to_have_count(0)


def ask(page: Page) -> str:
    """The request that the page sends."""
    page.get_by_role("textbox", name="Message", exact=True).fill("Which tent?")
    with page.expect_request("**/v1/chat/completions") as sent:
        page.keyboard.press("Enter")
    return sent.value.post_data or ""


def test_nothing_is_added_yet(page: Page, served: Served, screen: Screen, axe: Axe):
    page.goto(served.address)
    page.get_by_role("tab", name="Add your data").click()
    expect(page.get_by_text("Ask about your own pictures")).to_be_visible()
    screen("setup-data-empty")
    axe()


def test_an_index_made_earlier_is_used_and_taken_out_again(
    page: Page, served: Served, screen: Screen, axe: Axe
):
    card = use_tents(page, served.address)
    screen("setup-card")
    axe()
    assert '"index_name":"tents"' in ask(page)
    card.get_by_role("button", name="Remove data source").click()
    warning = page.get_by_role("alertdialog", name="Remove data source “tents”?")
    expect(warning).to_contain_text("answers of this session no longer rest on it")
    expect(warning).to_contain_text("The conversation so far and all settings stay.")
    expect(warning).to_contain_text("The index stays")
    screen("setup-remove")
    axe()
    warning.get_by_role("button", name="Remove", exact=True).click()
    gone(page, card)
    assert "data_sources" not in ask(page)
    expect(page.get_by_role("log")).to_contain_text("Which tent?")
    assert httpx2.get(f"{served.address}/api/indexes/tents").status_code == 200


def test_several_indexes_are_used_at_once_by_keyboard_alone(
    page: Page, served: Served, screen: Screen, axe: Axe
):
    tents = served.workspace.indexes.open("tents").info
    served.workspace.indexes.create(dataclasses.replace(tents, name="shoes"))
    page.goto(served.address)
    page.get_by_role("tab", name="System message").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add a data source").focus()
    page.keyboard.press("Enter")
    opened = page.get_by_role("dialog", name="Add a data source")
    opened.get_by_role("radio", name="Upload files").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(opened.get_by_role("radio", name="Index made earlier")).to_be_checked()
    page.keyboard.press("Tab")
    expect(opened.get_by_role("button", name="Next")).to_be_focused()
    page.keyboard.press("Enter")
    opened.get_by_role("checkbox", name="shoes (0 pictures)").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(opened.get_by_role("checkbox", name="tents (3 pictures)")).to_be_focused()
    page.keyboard.press("Space")
    screen("wizard-earlier")
    axe()
    opened.get_by_role("button", name="Next").press("Enter")
    expect(opened).to_contain_text("shoes, tents")
    axe()
    opened.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("button", name="Add a data source")).to_be_focused()
    sent = ask(page)
    assert '"index_name":"shoes"' in sent
    assert '"index_name":"tents"' in sent


def test_the_index_is_deleted_only_where_that_is_chosen(page: Page, served: Served, screen: Screen):
    card = use_tents(page, served.address)
    card.get_by_role("button", name="Remove data source").click()
    warning = page.get_by_role("alertdialog")
    warning.get_by_role("checkbox", name="Delete the index, too").check()
    expect(warning).to_contain_text("3 pictures, with descriptions and text")
    expect(warning).to_contain_text("Original files stay")
    screen("setup-delete")
    warning.get_by_role("button", name="Remove and delete").click()
    gone(page, card)
    assert httpx2.get(f"{served.address}/api/indexes/tents").status_code == 404


def test_an_index_that_is_gone_from_the_server_says_so(page: Page, served: Served):
    card = use_tents(page, served.address)
    httpx2.delete(f"{served.address}/api/indexes/tents").raise_for_status()
    page.wait_for_timeout(600)
    page.reload()
    page.get_by_role("tab", name="Add your data").click()
    expect(card).to_contain_text("This index is gone from the server.")
    card.get_by_role("button", name="Remove data source").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove", exact=True).click()
    gone(page, card)


def test_a_server_that_is_gone_is_told_and_found_again(page: Page, served: Served, screen: Screen):
    line = Line(served.address)
    card = use_tents(page, line.address)
    line.cut()
    card.get_by_role("button", name="Remove data source").click()
    warning = page.get_by_role("alertdialog")
    warning.get_by_role("checkbox", name="Delete the index, too").check()
    warning.get_by_role("button", name="Remove and delete").click()
    expect(warning).to_contain_text("The server does not answer.")
    screen("setup-gone")
    line.mend()
    warning.get_by_role("button", name="Remove and delete").click()
    gone(page, card)
    line.close()
