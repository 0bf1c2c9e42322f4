"""Both quick starts of the retired playground, click by click with today's names."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.ingesting import TENTS, draw_tent, draw_tents, ingesting
from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from sightline.settings import Settings
from sightline.workspace import Workspace
from wire.serving import Served, serving
from wire.standin import END

Screen = Callable[[str], Path]
ADVICE = (
    "The picture shows a car whose front is dented. Tell the insurance company when and where the "
    "car was damaged, and send them this picture."
)


def test_your_image_data(page: Page, tmp_path: Path, screen: Screen):
    """Tents are uploaded with descriptions; another photo of one is asked about."""
    with ingesting(tmp_path) as served:
        page.goto(served.address)
        page.get_by_role("tab", name="Add your data").click()
        page.get_by_role("button", name="Add a data source").click()
        wizard = page.get_by_role("dialog", name="Add a data source")
        wizard.get_by_role("radio", name="Upload files").check()
        wizard.get_by_role("button", name="Next").click()
        with page.expect_file_chooser() as chosen:
            wizard.get_by_role("button", name="Choose files").click()
        chosen.value.set_files(draw_tents(tmp_path / "pictures"))
        wizard.get_by_role("textbox", name="Index").fill("tents")
        wizard.get_by_text("3 of 3 files uploaded").wait_for()
        wizard.get_by_role("button", name="Next").click()
        for name, (_, description) in TENTS.items():
            wizard.get_by_role("textbox", name=f"Description of {name}").fill(description)
        wizard.get_by_role("button", name="Next").click()
        wizard.get_by_role("button", name="Save").click()
        card = page.get_by_role("group", name="Data source tents")
        expect(card).to_contain_text("Ready", timeout=30_000)

        attach(page, draw_tent(tmp_path / "in-the-shop.png", "#b83a30"))
        ask(page, "Which tent is this, and for how many people is it?")
        log = answered(page)
        expect(log).to_contain_text("a red family tent for six people")
        log.get_by_role("button", name=re.compile(r"Source \d: red-tent\.png")).first.click()
        source = page.get_by_role("dialog")
        expect(source).to_contain_text("The X300, a red family tent for six people")
        screen("quickstart-source")
        page.keyboard.press("Escape")
        screen("quickstart-data")


@pytest.fixture
def adjuster(tmp_path: Path, models_dir: Path) -> Iterator[Served]:
    """A server with the embedded engines, and a model that knows about insurance."""
    opened = Workspace(Settings(workspace=tmp_path / "workspace", models=models_dir))
    opened._models["adjuster"] = ScriptedChat("adjuster", [TextDelta(ADVICE), END])
    with serving(opened) as running:
        yield running


def test_vision_enhancement(page: Page, adjuster: Served, shared_data: Path, screen: Screen):
    """A dented car is described with Vision on; then the insurance is asked about."""
    page.goto(adjuster.address)
    page.get_by_role("button", name="Use a preset").click()
    page.get_by_role("menuitem", name="Car insurance").click()
    page.get_by_role("button", name="Apply changes").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name="adjuster").click()
    page.get_by_role("switch", name="Vision").check()
    attach(page, shared_data / "chat" / "images" / "dented_car.jpg")
    ask(page, "Describe this image")
    log = answered(page)
    expect(log.get_by_role("button", name="car").first).to_be_visible()
    screen("quickstart-vision")

    ask(page, "What should I tell the insurance company?")
    expect(log.get_by_role("button", name="Copy answer")).to_have_count(2)
    page.get_by_role("button", name="Show raw JSON").click()
    expect(log).to_contain_text('"enhancements"')
    expect(log).to_contain_text("dented_car.jpg")
    screen("quickstart-raw")


def attach(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach pictures").click()
    chosen.value.set_files(path)
    page.get_by_role("list", name="Attached pictures").wait_for()


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox", name="Message", exact=True).fill(question)
    page.keyboard.press("Enter")


def answered(page: Page) -> Locator:
    log = page.get_by_role("log")
    log.get_by_role("button", name="Copy answer").wait_for(timeout=30_000)
    return log
