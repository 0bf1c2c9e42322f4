"""Videos in the chat: attached, asked about, and shown at the second that an answer rests on."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
    """Encodes, but while it is held, one batch only."""

    def __init__(self) -> None:
        super().__init__(text_encoder=FakeTextEncoder())
        self._free = threading.Event()
        self._free.set()
        self._left = 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it until the block ends."""
        self._left = 1
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        self._left -= 1
        assert self._left >= 0 or self._free.wait(PATIENCE / 1000)
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


def drop(page: Page, path: Path) -> None:
    """A file from the desktop onto the middle of the conversation."""
    box = page.get_by_role("log").bounding_box()
    assert box is not None
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def clip(path: Path, *colours: tuple[str, float], codec: str = "libvpx-vp9") -> Path:
    """A video that no other test has."""
    return film(path, shots(*colours), codec=codec)


def attach_and_ask(page: Page, video: Path, words: str = "When is it blue?") -> None:
    choose(page, video)
    ask(page, words)
    expect(page.get_by_role("log")).to_contain_text("fits best", timeout=PATIENCE)


def test_videos_are_dropped_and_pasted(page: Page, attached: Locator, street: Path, tmp_path: Path):
    drop(page, clip(tmp_path / "dropped.mkv", ("red", 1.0)))
    expect(attached).to_contain_text(["dropped.mkv"])
    page.evaluate(
        """([bytes]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "pasted.webm", {type: "video/webm"}));
          document.getElementById("message").dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
        }""",
        [list(street.read_bytes())],
    )
    expect(attached).to_contain_text(["dropped.mkv", "pasted.webm"])
    page.get_by_role("button", name="Remove dropped.mkv").click()
    expect(attached).to_contain_text(["pasted.webm"])


def test_a_question_can_be_asked_while_its_video_is_indexed(
    page: Page, encoder: Held, attached: Locator, log: Locator, tmp_path: Path, screen: Screen,
    axe: Callable[[], None],
):  # fmt: skip
    scenes = [*[("blue", 0.5), ("white", 0.5)] * 20, ("red", 1.0)]
    with encoder.held():
        choose(page, clip(tmp_path / "slow.webm", *scenes))
        expect(attached).to_contain_text("Indexing frames: 0:07 of 0:20", timeout=PATIENCE)
        screen("video-indexing")
        axe()
        ask(page, "When is it red?")
        expect(log.get_by_role("progressbar", name="Progress of slow.webm")).to_be_visible()
        expect(log).to_contain_text("Looking through slow.webm")
        screen("video-asked-while-indexing")
    expect(log).to_contain_text("“red” fits best at 0:20", timeout=PATIENCE)


def test_an_attached_video_survives_a_reload(
    page: Page, attached: Locator, log: Locator, message: Locator, street: Path
):
    choose(page, street)
    expect(attached).to_contain_text("0:09", timeout=PATIENCE)
    message.fill("When is it")
    page.reload()
    expect(message).to_have_value("When is it")
    expect(attached).to_contain_text("street.webm0:09")
    expect(attached.get_by_role("presentation")).to_be_visible()
    ask(page, "When is it green?")
    expect(log).to_contain_text("“green” fits best at 0:07", timeout=PATIENCE)
    page.reload()
    log.get_by_role("list", name="Frames of").get_by_role("button", name="0:07").click()
    expect(log).to_contain_text("Paused at 0:07")
    assert seconds_shown(page) == pytest.approx(7.0, abs=0.1)


def test_a_connection_that_was_cut_is_mended_by_trying_again_or_by_a_reload(
    page: Page, attached: Locator, street: Path
):
    for mend in (lambda: attached.get_by_role("button", name="Try again").click(), page.reload):
        page.route("**/api/videos", lambda route: route.abort())
        choose(page, street)
        expect(attached).to_contain_text("The server does not answer.", timeout=PATIENCE)
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
        page.unroute("**/api/videos")
        mend()
        expect(attached).to_contain_text("0:09", timeout=PATIENCE)
        attached.get_by_role("button", name="Remove street.webm").click()


def test_a_forgotten_video_is_indexed_again(
    page: Page, served: Served, log: Locator, tmp_path: Path
):
    attach_and_ask(page, clip(tmp_path / "old.webm", ("red", 1.0), ("blue", 1.5)))
    assert served.workspace.videos.passing.sweep(now=4e9)
    page.reload()
    log.get_by_role("list", name="Frames of").get_by_role("button", name="0:01").click()
    expect(log).to_contain_text("Paused at 0:01", timeout=PATIENCE)
    ask(page, "When is it red?")
    expect(log).to_contain_text("“red” fits best at 0:00", timeout=PATIENCE)


def test_a_deleted_video_says_so(
    page: Page, served: Served, attached: Locator, tmp_path: Path, screen: Screen,
    axe: Callable[[], None],
):  # fmt: skip
    with page.expect_response("**/api/uploads") as replied:
        choose(page, clip(tmp_path / "gone.webm", ("green", 1.0)))
    expect(attached).to_contain_text("0:00", timeout=PATIENCE)
    page.request.delete(f"{served.address}/api/uploads/{replied.value.json()['id']}")
    served.workspace.videos.passing.sweep(now=4e9)
    page.reload()
    expect(attached).to_contain_text("This video is not on the server.")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    screen("video-gone")
    axe()


def test_a_removed_video_leaves_nothing_on_the_server(
    page: Page, served: Served, attached: Locator, tmp_path: Path
):
    with page.expect_response("**/api/uploads") as replied:
        choose(page, clip(tmp_path / "wrong.webm", ("green", 1.5)))
    expect(attached).to_contain_text("0:01", timeout=PATIENCE)
    address = f"{served.address}/api/uploads/{replied.value.json()['id']}"
    with page.expect_response(address) as deleted:
        page.get_by_role("button", name="Remove wrong.webm").click()
    assert deleted.value.ok
    expect(attached).to_have_count(0)
    assert page.request.get(address).status == 404


def test_an_edited_question_keeps_its_video_and_a_deleted_one_deletes_it(
    page: Page, served: Served, log: Locator, tmp_path: Path
):
    video = clip(tmp_path / "edited.webm", ("red", 1.0), ("blue", 1.0), ("red", 1.0))
    with page.expect_response("**/api/uploads") as replied:
        attach_and_ask(page, video)
    address = f"{served.address}/api/uploads/{replied.value.json()['id']}"
    page.get_by_role("button", name="Edit question").click()
    log.get_by_role("textbox", name="Question").fill("When is it red?")
    log.get_by_role("button", name="Send").click()
    expect(log).to_contain_text("“red” fits best at 0:0", timeout=PATIENCE)
    assert page.request.get(address).ok
    page.get_by_role("button", name="Delete turn").click()
    with page.expect_response(address):
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    assert page.request.get(address).status == 404


def test_what_is_no_video_says_why_where_it_happened(
    page: Page, attached: Locator, tmp_path: Path, screen: Screen, axe: Callable[[], None]
):
    (tmp_path / "notes.mp4").write_text("no video at all")
    (tmp_path / "broken.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(600))
    (tmp_path / "empty.webm").touch()
    with (tmp_path / "huge.mp4").open("wb") as huge:
        huge.truncate(5 * 2**30)
    choose(page, *sorted(tmp_path.iterdir()))
    chat = page.get_by_role("region", name="Chat session")
    expect(chat).to_contain_text("Larger than a video may be: huge.mp4.")
    expect(chat).to_contain_text("Empty: empty.webm.")
    expect(attached).to_have_count(2)
    expect(attached.filter(has_text="notes.mp4")).to_contain_text("Expected a picture or a video")
    broken = attached.filter(has_text="broken.mp4")
    expect(broken).to_contain_text("Expected a", timeout=PATIENCE)
    screen("video-refused")
    axe()
    broken.get_by_role("button", name="Try again").click()
    expect(broken.get_by_role("button", name="Try again")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()


def test_what_is_not_there_is_said(page: Page, log: Locator, street: Path, screen: Screen):
    choose(page, street)
    ask(page, "When does an elephant come by?")
    expect(log).to_contain_text("I found no moment in “street.webm”", timeout=PATIENCE)
    expect(log).to_contain_text("Nothing fits “elephant”; these frames come nearest.")
    expect(log.get_by_text("best", exact=True)).to_have_count(0)
    screen("video-not-found")


def test_a_follow_up_gets_a_player_of_its_own(page: Page, log: Locator, street: Path):
    attach_and_ask(page, street)
    ask(page, "And when is it green?")
    later = log.get_by_role("article").nth(1)
    expect(later).to_contain_text("fits best at 0:07", timeout=PATIENCE)
    expect(later.locator("video")).to_have_count(0)
    later.get_by_role("button", name="Source 3: street.webm, 0:07").first.click()
    expect(later).to_contain_text("Paused at 0:07")
    expect(later.get_by_role("figure", name="Player of street.webm")).to_be_in_viewport()


def test_a_frame_is_opened_played_from_and_asked_about(
    page: Page, log: Locator, street: Path, screen: Screen, axe: Callable[[], None]
):
    attach_and_ask(page, street)
    log.get_by_role("list", name="Frames of").get_by_role("button", name="0:04").click()
    log.get_by_role("button", name="About this frame").click()
    source = page.get_by_role("dialog", name="2. street.webm, 0:04")
    expect(source.get_by_role("img", name="street.webm")).to_be_visible()
    expect(source).to_contain_text("What it shows fits your words")
    screen("video-source")
    axe()
    source.get_by_role("button", name="Play from here").click()
    playing = source.locator("video")
    expect(playing).to_have_js_property("paused", False)
    assert playing.evaluate("video => video.currentTime") >= 4.0
    source.get_by_role("button", name="Ask about this").click()
    pictures = page.get_by_role("list", name="Attached pictures")
    expect(pictures).to_have_text("street.webm at 0.04.jpg")


def test_a_video_that_the_browser_cannot_play_shows_its_frames(
    page: Page, log: Locator, tmp_path: Path, screen: Screen, axe: Callable[[], None]
):
    attach_and_ask(page, clip(tmp_path / "old.avi", ("red", 2.0), ("blue", 2.0), codec="mpeg4"))
    expect(log).to_contain_text("This browser cannot play this kind of video.")
    expect(log.get_by_role("img", name="old.avi at 0:00")).to_be_visible()
    log.get_by_role("list", name="Frames of").get_by_role("button", name="0:02").click()
    expect(log.get_by_role("img", name="old.avi at 0:02")).to_be_visible()
    expect(log.get_by_role("img", name="Text on the frame: SALE 49")).to_be_visible()
    screen("video-unplayable")
    axe()
    log.get_by_role("button", name="Frame before").press("Enter")
    expect(log.get_by_role("img", name="old.avi at 0:00")).to_be_visible()
    expect(log).to_contain_text("0:00, frame 1 of 2")


def test_the_code_and_the_raw_json_name_the_video(
    page: Page, served: Served, log: Locator, street: Path
):
    attach_and_ask(page, street)
    page.get_by_role("button", name="Show raw JSON").click()
    sent = json.loads(log.get_by_role("region", name="Request").inner_text())
    part = sent["messages"][-1]["content"][-1]
    assert part["type"] == "video_url"
    assert part["video_url"]["file_id"].startswith("file_")
    expect(log.get_by_role("region", name="Reply")).to_contain_text('"video_url"')
    page.get_by_role("button", name="View code").click()
    code = page.get_by_role("dialog", name="View code")
    code.get_by_role("tab", name="JSON").click()
    shown = json.loads(code.get_by_role("region", name="Code").inner_text())
    assert shown["messages"] == sent["messages"]
    shown["stream"] = False
    again = page.request.post(f"{served.address}/v1/chat/completions", data=shown)
    assert "fits best at 0:04" in again.json()["choices"][0]["message"]["content"]


def test_a_session_is_exported_with_its_videos_by_name(
    page: Page, served: Served, street: Path, tmp_path: Path
):
    attach_and_ask(page, street)
    ask(page, "What happens in this video?")
    expect(page.get_by_role("log")).to_contain_text("Spread over the whole video.")
    page.get_by_role("button", name="Sessions").click()
    drawer = page.get_by_role("dialog", name="Sessions")
    with page.expect_download() as download:
        drawer.get_by_role("button", name="Export all").click()
    path = tmp_path / "mine.json"
    download.value.save_as(path)
    (video,) = json.loads(path.read_text())["sessions"][0]["turns"][0]["question"]["videos"]
    assert (video["name"], video["size"]) == ("street.webm", street.stat().st_size)
    assert path.stat().st_size < 50_000

    elsewhere = page.context.browser.new_context()  # type: ignore[union-attr]
    other = elsewhere.new_page()
    other.goto(served.address)
    other.get_by_role("button", name="Sessions").click()
    other.get_by_label("Session files").set_input_files(path)
    there = other.get_by_role("dialog", name="Sessions")
    expect(there).to_contain_text("from mine.json")
    there.get_by_role("button", name="Close").click()
    frames = other.get_by_role("list", name="Frames of")
    expect(frames).to_have_count(2)
    frames.first.get_by_role("button", name="0:07").click()
    expect(other.get_by_role("log")).to_contain_text("Paused at 0:07")
    elsewhere.close()


def test_frames_are_reached_by_keyboard_on_a_phone_in_the_dark(
    page: Page, log: Locator, street: Path, screen: Screen, axe: Callable[[], None]
):
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    choose(page, street)
    screen("video-attached-phone-dark")
    axe()
    ask(page, "When is it blue?")
    expect(log).to_contain_text("fits best at 0:04", timeout=PATIENCE)
    mark = log.get_by_role("button", name="Source 2: street.webm, 0:04").first
    mark.focus()
    page.keyboard.press("Tab")
    expect(log.get_by_role("list", name="Frames of").get_by_role("button").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(log).to_contain_text("Paused at 0:04")
    screen("video-sought-phone-dark")
    axe()
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
