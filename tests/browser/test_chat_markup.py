"""Markup in names of files, descriptions and read text is text."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sightline.ingest import ingest
from sightline.sources.folder import Folder
from sightline.vision.fake import FakeReader
from wire.serving import Served, serving
from wire.standin import picture_file, standin

NAME = "<img src=x onerror=hurt()>.png"
DESCRIPTION = "A red tent <script>hurt()</script><a href='javascript:hurt()'>sale</a>"
READ = "<svg onload=hurt()>"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The pictures of the index, and whatever is read, carry markup."""
    folder = tmp_path_factory.mktemp("studio")
    workspace = standin(folder)
    pictures = folder / "more"
    picture_file(pictures / NAME, "red")
    described = [{"image_blob_path": NAME, "description": DESCRIPTION}]
    (pictures / "metadata.json").write_text(json.dumps(described), encoding="utf-8")
    with workspace.indexes.writing("tents") as index:
        for _ in ingest(Folder(pictures), index, workspace.engines(read_text=False)):
            pass
    workspace._reader = FakeReader([READ])
    with serving(workspace) as running:
        yield running


def test_markup_is_shown_and_does_nothing(
    page: Page, served: Served, tmp_path: Path, screen: Callable[[str], Path]
):
    page.add_init_script("window.hurt = () => { window.hurtful = true; };")
    page.goto(served.address)
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name="scripted").click()
    page.get_by_role("tab", name="Add your data").click()
    page.get_by_role("checkbox", name="tents").check()
    picture_file(tmp_path / NAME, "red")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach pictures").click()
    chosen.value.set_files(tmp_path / NAME)
    attached = page.get_by_role("list", name="Attached pictures").get_by_role("listitem")
    expect(attached).to_have_text([NAME])
    page.get_by_role("textbox", name="Message", exact=True).fill("<b onclick=hurt()>tent?</b>")
    page.keyboard.press("Enter")
    log = page.get_by_role("log")
    expect(log).to_contain_text("<b onclick=hurt()>tent?</b>")

    log.get_by_role("button", name=f"1 {NAME}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(DESCRIPTION)
    screen("chat-markup")
    dialog.get_by_role("button", name="Close").click()

    log.get_by_role("button", name=f"Open {NAME}").click()
    dialog.get_by_role("button", name="Text on it").click()
    expect(dialog.get_by_text(READ)).to_be_visible()
    assert page.evaluate("window.hurtful") is None
