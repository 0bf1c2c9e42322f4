"""Videos in the chat: attached, asked about, and shown at the second that an answer rests on."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from filming import film, shots
from sightline.assets import Pixels
from sightline.chat.extractive import Extractive
from sightline.vision.base import Encoded
from sightline.vision.fake import FakePictureEncoder, FakeTextEncoder
from wire.serving import Served, serving
from wire.standin import standin

Screen = Callable[[str], Path]

PATIENCE = 30_000


class Held(FakePictureEncoder):
    """Encodes when it may."""

    def __init__(self) -> None:
        super().__init__(text_encoder=FakeTextEncoder())
        self.free = threading.Event()
        self.free.set()

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        assert self.free.wait(PATIENCE / 1000)
        return super().encode(pictures)


@pytest.fixture(scope="module")
def encoder() -> Held:
    return Held()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, encoder: Held) -> Iterator[Served]:
    workspace = standin(
        tmp_path_factory.mktemp("studio"), [Extractive(text_encoder=FakeTextEncoder())]
    )
    workspace._encoder = encoder
    with serving(workspace) as running:
        yield running


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def street(clips: Path) -> Path:
    """Four seconds of red, three of blue, three of green."""
    scenes = shots(("red", 4.0), ("blue", 3.0), ("green", 3.0))
    return film(clips / "street.webm", scenes, codec="libvpx-vp9")


@pytest.fixture(autouse=True)
def opened(page: Page, served: Served) -> None:
    page.goto(served.address)


@pytest.fixture
def message(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message", exact=True)


@pytest.fixture
def attached(page: Page) -> Locator:
    return page.get_by_role("list", name="Attached videos").get_by_role("listitem")


@pytest.fixture
def log(page: Page) -> Locator:
    return page.get_by_role("log")


def choose(page: Page, *paths: Path) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach pictures or videos").click()
    chosen.value.set_files(list(paths))


def ask(page: Page, words: str) -> None:
    box = page.get_by_role("textbox", name="Message", exact=True)
    box.fill(words)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled(timeout=PATIENCE)
    box.press("Enter")


def seconds_shown(page: Page) -> float:
    seconds: float = page.locator("figure video").evaluate("video => video.currentTime")
    return seconds


def test_a_video_is_attached_asked_about_and_sought(
    page: Page, attached: Locator, log: Locator, street: Path, screen: Screen,
    axe: Callable[[], None],
):  # fmt: skip
    choose(page, street)
    expect(attached).to_contain_text("street.webm")
    expect(attached).to_contain_text("0:09", timeout=PATIENCE)
    screen("video-attached")
    axe()

    ask(page, "When is it blue?")
    expect(log).to_contain_text("“blue” fits best at 0:04", timeout=PATIENCE)
    frames = log.get_by_role("list", name="Frames of street.webm")
    expect(frames.get_by_role("button")).to_have_count(3)
    expect(log).to_contain_text("Looked at every 0.5 s, 20 frames, 0 bad.")
    expect(frames.get_by_role("button", name="0:04")).to_contain_text("best")
    screen("video-answered")
    axe()

    frames.get_by_role("button", name="0:07").click()
    expect(log).to_contain_text("Paused at 0:07. Text on it: SALE 49")
    assert seconds_shown(page) == pytest.approx(7.0, abs=0.1)
    expect(log.get_by_role("img", name="Text on the frame: SALE 49")).to_be_visible()
    screen("video-sought")
    axe()

    log.get_by_role("button", name="Source 2: street.webm, 0:04").first.press("Enter")
    expect(log).to_contain_text("Paused at 0:04")
    assert seconds_shown(page) == pytest.approx(4.0, abs=0.1)
