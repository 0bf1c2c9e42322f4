"""Videos of a source: frames in the gallery, the video along its time, and questions about it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.desk import use_index
from filming import film, shots
from sightline.chat.extractive import Extractive
from sightline.ingest import ingest
from sightline.sources.folder import Folder
from sightline.vision.fake import FakeReader, FakeTextEncoder
from wire.serving import Served, serving
from wire.standin import picture_file, standin

Screen = Callable[[str], Path]

PATIENCE = 30_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An index of a picture and a video that reads "TURN LEFT" where it is blue."""
    folder = tmp_path_factory.mktemp("clips")
    picture_file(folder / "map.png", "red")
    scenes = shots(("red", 4.0), ("blue", 3.0), ("green", 3.0))
    film(folder / "street.webm", scenes, codec="libvpx-vp9")
    workspace = standin(
        tmp_path_factory.mktemp("studio"), [Extractive(text_encoder=FakeTextEncoder())]
    )
    workspace._reader = FakeReader(["TURN LEFT"])
    with workspace.writing("clips") as index:
        list(ingest(Folder(folder), index, workspace.engines(read_text=True)))
    with serving(workspace) as running:
        yield running


@pytest.fixture
def gallery(page: Page, served: Served) -> Locator:
    page.goto(f"{served.address}/#/indexes/clips")
    shown = page.get_by_role("grid", name="Pictures")
    expect(shown.get_by_role("gridcell")).to_have_count(4)
    return shown


def open_frame(page: Page, gallery: Locator, time: str) -> Locator:
    gallery.get_by_role("button").filter(has_text=time).click()
    return page.get_by_role("dialog", name="Frame of street.webm")


def test_frames_have_their_time_and_open_with_their_video(
    page: Page, gallery: Locator, screen: Screen, axe: Callable[[], None]
):
    expect(gallery.get_by_role("button").filter(has_text="map.png")).not_to_contain_text("0:0")
    screen("video-gallery")
    axe()
    frame = open_frame(page, gallery, "0:04")
    video = frame.get_by_role("region", name="Video")
    expect(video).to_contain_text("3 shots, 3 frames kept. Looked at every 0.5 s, 20 frames")
    strip = video.get_by_role("list", name="Frames")
    expect(strip.get_by_role("button", name="0:04")).to_have_attribute("aria-pressed", "true")
    screen("video-timeline")
    axe()
    strip.get_by_role("button", name="0:07").press("Enter")
    expect(strip.get_by_role("button", name="0:07")).to_have_attribute("aria-pressed", "true")
    expect(frame).to_contain_text("at 0:07 (7.0 s)")


def test_text_on_the_screen_is_searched(page: Page, gallery: Locator):
    frame = open_frame(page, gallery, "0:04")
    video = frame.get_by_role("region", name="Video")
    box = video.get_by_role("searchbox", name="Written or said")
    box.fill("turn le")
    expect(video).to_contain_text("3 frames with “turn le”")
    box.fill("turn right")
    expect(video).to_contain_text("“turn right” is on no frame.")
    expect(video.get_by_role("list", name="Frames").get_by_role("button")).to_have_count(0)


def test_a_video_is_played_from_a_frame(page: Page, gallery: Locator):
    frame = open_frame(page, gallery, "0:07")
    frame.get_by_role("button", name="Play from here").click()
    playing = frame.locator("video")
    expect(playing).to_be_in_viewport()
    expect(playing).to_have_js_property("paused", False)
    assert playing.evaluate("video => video.currentTime") >= 7.0


def test_a_video_of_an_index_is_asked_about(
    page: Page, gallery: Locator, screen: Screen, axe: Callable[[], None]
):
    open_frame(page, gallery, "0:04").get_by_role("button", name="Ask about this video").click()
    attached = page.get_by_role("list", name="Attached videos")
    expect(attached).to_contain_text("street.webm0:09")
    expect(attached.get_by_role("presentation")).to_be_visible()
    page.get_by_role("textbox", name="Message", exact=True).fill("When is it green?")
    page.get_by_role("button", name="View code").click()
    code = page.get_by_role("dialog", name="View code")
    expect(code).to_contain_text('"index": "clips"')
    expect(code).to_contain_text('"key": "street.webm"')
    code.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Send", exact=True).click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("“green” fits best at 0:07", timeout=PATIENCE)
    log.get_by_role("list", name="Frames of").get_by_role("button", name="0:04").click()
    expect(log).to_contain_text("Paused at 0:04. Text on it: TURN LEFT")
    screen("video-of-an-index")
    axe()


def test_a_frame_is_asked_about_as_a_picture(page: Page, gallery: Locator):
    open_frame(page, gallery, "0:04").get_by_role("button", name="Ask about this frame").click()
    pictures = page.get_by_role("list", name="Attached pictures")
    expect(pictures).to_have_text("street.webm at 0.04.jpg")


def test_a_frame_that_a_search_found_opens_and_plays(page: Page, served: Served):
    page.goto(served.address)
    use_index(page, "clips")
    box = page.get_by_role("textbox", name="Message", exact=True)
    box.fill("Where must I turn left?")
    box.press("Enter")
    found = page.get_by_role("list", name="What was retrieved")
    found.get_by_role("button", name="0:04, street.webm").click()
    source = page.get_by_role("dialog", name="street.webm, 0:04")
    source.get_by_role("button", name="Play from here").click()
    expect(source.locator("video")).to_have_js_property("paused", False)
