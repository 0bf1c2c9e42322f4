"""Words of an answer and the places on pictures that they speak of; text on pictures; parts."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from wire.serving import Served, serving
from wire.standin import END, standin

Screen = Callable[[str], Path]

ANSWER = """\
😀 The picture shows **a red tent** in the snow &amp; more.

| What | Words |
| --- | --- |
| a sign | `SALE 49` |

Write to a@example.org about the red tent\\!
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    models = [ScriptedChat("seer", [TextDelta(ANSWER), END])]
    with serving(standin(tmp_path_factory.mktemp("studio"), models)) as running:
        yield running


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A red tent at the right of a white picture."""
    picture = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(picture).rectangle((200, 90, 359, 239), fill=(220, 30, 30))
    picture.save(tmp_path / "scene.png")
    return tmp_path / "scene.png"


@pytest.fixture
def log(page: Page) -> Locator:
    return page.get_by_role("log")


@pytest.fixture(autouse=True)
def answered(page: Page, served: Served, log: Locator, scene: Path) -> None:
    page.goto(served.address)
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name="seer").click()
    page.get_by_role("switch", name="Vision").check()
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach pictures").click()
    chosen.value.set_files(scene)
    page.get_by_role("textbox", name="Message", exact=True).fill("What is it?")
    page.get_by_role("list", name="Attached pictures").wait_for()
    page.keyboard.press("Enter")
    log.get_by_role("button", name="Copy answer").wait_for()


def test_phrases_and_regions_light_up_together(
    page: Page, log: Locator, screen: Screen, axe: Callable[[], None]
):
    first, second = log.get_by_role("button", name="red tent").all()
    expect(first).to_have_text("a red tent")
    expect(second).to_have_text("the red tent")
    expect(log.get_by_role("button", name="SALE 49", exact=True)).to_be_visible()
    region = log.get_by_role("group", name="Regions").get_by_role("button", name="tent")
    calm, bright = (2, 4)

    def stroke() -> float:
        return float(region.evaluate("shape => parseFloat(getComputedStyle(shape).strokeWidth)"))

    assert stroke() == calm
    screen("chat-regions")
    first.hover()
    assert stroke() == bright
    screen("chat-phrase-lit")
    page.mouse.move(5, 5)
    assert stroke() == calm

    resting = first.evaluate("words => getComputedStyle(words).backgroundColor")
    region.focus()
    for phrase in (first, second):
        assert phrase.evaluate("words => getComputedStyle(words).backgroundColor") != resting
    screen("chat-region-lit")
    axe()


def test_places_on_an_earlier_picture_are_shown_with_the_answer(page: Page, log: Locator):
    page.get_by_role("textbox", name="Message", exact=True).fill("Once more?")
    page.keyboard.press("Enter")
    second = log.get_by_role("article").nth(1)
    second.get_by_role("button", name="Copy answer").wait_for()
    expect(second.get_by_role("img", name="scene.png")).to_be_visible()
    region = second.get_by_role("button", name="tent 2")
    resting = region.evaluate("shape => getComputedStyle(shape).strokeWidth")
    second.get_by_role("button", name="red tent").first.focus()
    assert region.evaluate("shape => getComputedStyle(shape).strokeWidth") != resting


def test_a_region_lies_on_what_it_names(log: Locator):
    picture = log.get_by_role("img", name="scene.png").bounding_box()
    region = log.get_by_role("button", name="tent 2").bounding_box()
    assert picture is not None
    assert region is not None
    left = (region["x"] - picture["x"]) / picture["width"]
    top = (region["y"] - picture["y"]) / picture["height"]
    assert (left, top) == (pytest.approx(0.5, abs=0.02), pytest.approx(0.3, abs=0.02))


def test_text_on_a_picture_is_shown_to_be_copied(
    page: Page, log: Locator, screen: Screen, axe: Callable[[], None]
):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    log.get_by_role("button", name="Open scene.png").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Text on it").click()
    words = dialog.get_by_text("SALE 49", exact=True)
    expect(words).to_be_visible()
    words.click(click_count=3)
    assert page.evaluate("String(getSelection()).trim()") == "SALE 49"
    screen("chat-text-on-picture")
    axe()
    dialog.get_by_role("button", name="Copy text").click()
    expect(dialog.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "SALE 49"


def test_a_part_is_drawn_and_asked_about(
    page: Page, served: Served, log: Locator, screen: Screen, axe: Callable[[], None]
):
    log.get_by_role("button", name="Open scene.png").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Select a part").click()
    picture = dialog.get_by_role("img", name="scene.png").bounding_box()
    assert picture is not None
    x, y, width, height = (picture[name] for name in ("x", "y", "width", "height"))
    page.mouse.move(x + width * 0.5, y + height * 0.3)
    page.mouse.down()
    page.mouse.move(x + width * 0.9, y + height * 0.8, steps=4)
    page.mouse.up()
    screen("chat-part")
    axe()
    dialog.get_by_role("button", name="Ask about this part").click()
    expect(dialog).to_be_hidden()
    attached = page.get_by_role("list", name="Attached pictures").get_by_role("listitem")
    expect(attached).to_have_text(["scene (part).png"])
    message = page.get_by_role("textbox", name="Message", exact=True)
    expect(message).to_be_focused()
    message.fill("In this part of the picture: what colour?")
    message.press("Enter")
    expect(log.get_by_role("button", name="Copy answer")).to_have_count(2)
    part = Image.open(io.BytesIO(served.model("seer").prompts[-1].images[-1].data))
    assert part.size == (pytest.approx(160, abs=4), pytest.approx(150, abs=4))
    assert part.convert("RGB").getpixel((80, 75)) == (220, 30, 30)


def test_a_part_is_chosen_by_keyboard(page: Page, log: Locator):
    log.get_by_role("button", name="Open scene.png").click()
    page.get_by_role("button", name="Select a part").click()
    part = page.get_by_role("slider", name="Part of the picture")
    expect(part).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    expect(part).to_have_attribute(
        "aria-valuetext", "50 by 52 percent, from 23 percent left and 25 percent top"
    )
