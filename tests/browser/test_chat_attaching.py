"""Pictures on their way into a question, and what is said of files that cannot be attached."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from wire.serving import Served, serving
from wire.standin import END, WORDS, picture_file, standin

Screen = Callable[[str], Path]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    one = Capabilities(sees=True, max_images=1, language_model=True)
    models = [ScriptedChat("one-picture", [*WORDS, END], capabilities=one)]
    with serving(standin(tmp_path_factory.mktemp("studio"), models)) as running:
        yield running


@pytest.fixture(autouse=True)
def opened(page: Page, served: Served) -> None:
    page.goto(served.address)


@pytest.fixture
def message(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message", exact=True)


@pytest.fixture
def attached(page: Page) -> Locator:
    return page.get_by_role("list", name="Attached pictures").get_by_role("listitem")


def drop(page: Page, *paths: Path) -> None:
    """Files and folders from the desktop onto the middle of the conversation."""
    box = page.get_by_role("log").bounding_box()
    assert box is not None
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def choose(page: Page, *paths: Path) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach pictures").click()
    chosen.value.set_files(list(paths))


def test_a_chosen_picture_is_shown_sent_and_answered(
    page: Page, served: Served, message: Locator, attached: Locator, tmp_path: Path, screen: Screen,
    axe: Callable[[], None],
):  # fmt: skip
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name="scripted").click()
    picture_file(tmp_path / "red.png", "red")
    choose(page, tmp_path / "red.png")
    expect(attached).to_have_text(["red.png"])
    screen("chat-attached")
    axe()
    message.fill("Which tent is this?")
    message.press("Enter")
    expect(page.get_by_role("log").get_by_role("img", name="red.png")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("The tent is red")
    (image,) = served.model("scripted").prompts[-1].images
    assert image.name is None


def test_pictures_are_dropped_and_pasted(page: Page, attached: Locator, tmp_path: Path):
    picture_file(tmp_path / "red.png", "red")
    drop(page, tmp_path / "red.png")
    expect(attached).to_have_text(["red.png"])
    page.evaluate(
        """async () => {
          const canvas = new OffscreenCanvas(20, 20);
          canvas.getContext("2d").fillRect(0, 0, 9, 9);
          const data = new DataTransfer();
          data.items.add(new File([await canvas.convertToBlob()], "image.png"));
          document.getElementById("message").dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
        }"""
    )
    expect(attached).to_have_text(["red.png", "image.png"])
    page.get_by_role("button", name="Remove red.png").click()
    expect(attached).to_have_text(["image.png"])


def test_a_file_dropped_beside_the_chat_is_not_opened_in_place_of_the_page(page: Page):
    refused = page.get_by_role("region", name="Configuration").evaluate(
        """pane => {
          const data = new DataTransfer();
          data.items.add(new File(["x"], "red.png"));
          const event = new DragEvent("drop", {
            bubbles: true, cancelable: true, dataTransfer: data});
          pane.dispatchEvent(event);
          return event.defaultPrevented;
        }"""
    )
    assert refused


def test_what_is_being_written_survives_a_reload(
    page: Page, message: Locator, attached: Locator, tmp_path: Path
):
    picture_file(tmp_path / "red.png", "red")
    choose(page, tmp_path / "red.png")
    message.fill("Half a que")
    expect(attached).to_have_text(["red.png"])
    page.reload()
    expect(message).to_have_value("Half a que")
    expect(attached.get_by_role("presentation")).to_be_visible()


def test_each_file_that_cannot_be_attached_says_why_and_the_others_are_kept(
    page: Page, message: Locator, attached: Locator, tmp_path: Path, screen: Screen,
):  # fmt: skip
    message.fill("Still here")
    good = picture_file(tmp_path / "good.png", "red")
    (tmp_path / "broken.png").write_bytes(good[: len(good) // 2])
    (tmp_path / "notes.txt").write_text("no picture")
    with (tmp_path / "huge.jpg").open("wb") as huge:
        huge.truncate(2 << 30)
    (tmp_path / "holiday").mkdir()
    names = ("broken.png", "notes.txt", "huge.jpg", "holiday", "good.png")
    drop(page, *(tmp_path / name for name in names))
    chat = page.get_by_role("region", name="Chat session")
    expect(chat).to_contain_text("Cannot be read as a picture: broken.png.")
    expect(chat).to_contain_text("Not a picture or video that can be asked about: notes.txt.")
    expect(chat).to_contain_text("Larger than 20 MB: huge.jpg.")
    expect(chat).to_contain_text("A folder cannot be attached: holiday.")
    expect(attached).to_have_text(["good.png"])
    expect(message).to_have_value("Still here")
    screen("chat-refused")


def test_of_500_files_ten_are_attached_and_the_others_named(
    page: Page, attached: Locator, tmp_path: Path, screen: Screen
):
    for number in range(500):
        picture_file(tmp_path / f"{number:03}.png", "blue")
    drop(page, *sorted(tmp_path.glob("*.png")))
    expect(attached).to_have_count(10)
    expect(page.get_by_role("region", name="Chat session")).to_contain_text(
        "A conversation holds 10 pictures. Left out: 010.png, 011.png, 012.png and 487 more."
    )
    screen("chat-500-files")


def test_more_pictures_than_the_deployment_takes_are_warned_of(
    page: Page, attached: Locator, tmp_path: Path
):
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name="one-picture").click()
    chat = page.get_by_role("region", name="Chat session")
    for number, colour in enumerate(("red", "blue"), start=1):
        picture_file(tmp_path / f"{colour}.png", colour)
        choose(page, tmp_path / f"{colour}.png")
        expect(attached).to_have_count(number)
    expect(chat).to_contain_text("one-picture takes at most 1 picture; this question")
    page.get_by_role("button", name="Remove red.png").click()
    expect(chat).not_to_contain_text("takes at most")


def test_the_content_decides_what_is_a_picture(page: Page, attached: Locator, tmp_path: Path):
    tiff = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(tiff, "tiff")
    (tmp_path / "scan").write_bytes(tiff.getvalue())
    choose(page, tmp_path / "scan")
    expect(attached).to_have_text(["TIFFscan"])
