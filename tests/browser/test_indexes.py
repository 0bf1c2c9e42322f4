"""The page of indexes: looked through, searched, described, and taken from."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Request, expect

from sightline.assets import Asset, Row, Whole
from sightline.index.base import IndexInfo
from sightline.workspace import Workspace
from wire.serving import Served, serving
from wire.standin import picture_file, standin

MANY = 3000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server with the index "tents" of three pictures, one of them without description."""
    with serving(standin(tmp_path)) as running:
        yield running


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that has the index "many", too."""
    workspace = standin(tmp_path_factory.mktemp("crowded"))
    fill(workspace, "many")
    with serving(workspace) as running:
        yield running


def fill(workspace: Workspace, name: str) -> None:
    """An index with many rows of one colour each, written without looking at any picture."""
    info = workspace.indexes.open("tents").info
    workspace.indexes.create(
        IndexInfo(
            name=name,
            encoder=info.encoder,
            text_encoder=info.text_encoder,
            created_at=info.created_at,
        )
    )
    vector = np.zeros(info.encoder.dimension, dtype=np.float32)
    vector[0] = 1
    rows = []
    for number in range(MANY):
        drawn = io.BytesIO()
        Image.new("RGB", (80, 60), (number % 256, 90, 255 - number % 256)).save(drawn, "JPEG")
        asset = Asset(
            id=f"asset{number:05}",
            key=f"{number:05}.png",
            source="file:///many",
            location=f"/many/{number:05}.png",
            place=Whole(),
            sha256=f"{number:064}",
            size=1000,
            etag="1",
            media_type="image/png",
            width=80,
            height=60,
            description=f"Picture number {number}",
        )
        rows.append(
            Row(
                asset=asset,
                vector=vector,
                concept=None,
                description_vector=None,
                thumbnail=drawn.getvalue(),
                pipeline="by hand",
            )
        )
    with workspace.indexes.writing(name) as index:
        index.add(rows)


@pytest.fixture
def gallery(page: Page, served: Served) -> Locator:
    """The pictures of "tents"."""
    page.goto(f"{served.address}/#/indexes/tents")
    return page.get_by_role("grid", name="Pictures")


def names(gallery: Locator) -> Locator:
    return gallery.get_by_role("gridcell").get_by_role("button")


def opened(page: Page, gallery: Locator, name: str) -> Locator:
    """The drawer of one picture."""
    gallery.get_by_role("button", name=name).click()
    return page.get_by_role("dialog", name=f"Picture {name}")


def test_from_the_list_to_a_gallery(
    page: Page, served: Served, screen: Callable[[str], Path], axe: Callable[[], None]
):
    page.goto(served.address)
    page.get_by_role("tab", name="Indexes").click()
    card = page.get_by_role("article").filter(has_text="tents")
    expect(card).to_contain_text("3 pictures", timeout=30_000)
    expect(card.locator("img")).to_have_count(3)
    screen("indexes")
    axe()
    card.get_by_role("button", name="tents").click()
    gallery = page.get_by_role("grid", name="Pictures")
    expect(names(gallery)).to_have_count(3)
    screen("indexes-gallery")
    axe()
    page.get_by_role("button", name="All indexes").click()
    expect(card).to_be_visible()


def test_of_many_pictures_only_those_in_view_are_fetched(
    page: Page, crowded: Served, screen: Callable[[str], Path]
):
    fetched: list[str] = []

    def note(request: Request) -> None:
        if "/thumbnail" in request.url:
            fetched.append(request.url)

    page.on("request", note)
    page.goto(f"{crowded.address}/#/indexes/many")
    gallery = page.get_by_role("grid", name="Pictures")
    first = gallery.get_by_role("button", name="00000.png")
    expect(first).to_be_visible()
    expect(page.get_by_role("region", name="Index many")).to_contain_text("3,000 pictures")
    page.wait_for_load_state("networkidle")
    assert 20 < len(fetched) < 80
    assert gallery.get_by_role("gridcell").count() < 80

    first.focus()
    page.keyboard.press("End")
    last = gallery.get_by_role("button", name="02999.png")
    expect(last).to_be_focused()
    page.wait_for_load_state("networkidle")
    screen("indexes-many")
    assert len(fetched) < 160, "what lies between is not fetched"
    assert gallery.get_by_role("gridcell").count() < 90


def test_arrow_keys_move_and_enter_opens(page: Page, crowded: Served):
    page.goto(f"{crowded.address}/#/indexes/many")
    gallery = page.get_by_role("grid", name="Pictures")
    columns = int(str(gallery.get_attribute("aria-colcount")))
    gallery.get_by_role("button", name="00000.png").focus()
    for key, name in (
        ("ArrowRight", "00001.png"),
        ("ArrowDown", f"{1 + columns:05}.png"),
        ("ArrowLeft", f"{columns:05}.png"),
        ("ArrowUp", "00000.png"),
        ("ArrowUp", "00000.png"),
        ("PageDown", f"{4 * columns:05}.png"),
        ("Home", "00000.png"),
    ):
        page.keyboard.press(key)
        expect(gallery.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Picture 00000.png")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_words_find_and_say_why(
    page: Page, gallery: Locator, screen: Callable[[str], Path], axe: Callable[[], None]
):
    page.get_by_role("searchbox", name="Search pictures").fill("running shoes")
    expect(page.get_by_role("status")).to_contain_text("for this search")
    expect(names(gallery).first).to_contain_text("blue.png")
    expect(names(gallery).first).to_contain_text("has the words")
    screen("indexes-search")
    axe()
    page.get_by_role("searchbox", name="Search pictures").fill("")
    expect(page.get_by_role("status")).to_have_text("")
    expect(names(gallery)).to_have_count(3)


def test_a_picture_finds_its_like(page: Page, gallery: Locator, tmp_path: Path):
    picture_file(tmp_path / "another.png", "blue")
    expect(names(gallery)).to_have_count(3)
    page.get_by_label("Picture to search with").set_input_files(tmp_path / "another.png")
    expect(names(gallery).first).to_contain_text("looks alike")
    expect(names(gallery).first).to_contain_text("blue.png")
    page.get_by_role("button", name="Search without the picture").click()
    expect(page.get_by_role("status")).to_have_text("")


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_picture_may_be_dropped_or_pasted(page: Page, gallery: Locator, tmp_path: Path, how: str):
    data = list(picture_file(tmp_path / "another.png", "blue"))
    expect(names(gallery)).to_have_count(3)
    page.get_by_role("region", name="Index tents").evaluate(
        """(element, [how, data]) => {
            const given = new DataTransfer();
            given.items.add(new File([new Uint8Array(data)], "mine.png", {type: "image/png"}));
            const event = how === "drop"
                ? new DragEvent("drop", {bubbles: true, dataTransfer: given})
                : new ClipboardEvent("paste", {bubbles: true, clipboardData: given});
            element.dispatchEvent(event);
        }""",
        [how, data],
    )
    expect(page.get_by_text("mine.png")).to_be_visible()
    expect(names(gallery).first).to_contain_text("looks alike")


def test_a_broken_picture_is_refused_where_it_was_given(
    page: Page, gallery: Locator, tmp_path: Path
):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    page.get_by_label("Picture to search with").set_input_files(tmp_path / "broken.png")
    expect(page.get_by_role("region", name="Index tents")).to_contain_text("image:")
    page.get_by_role("button", name="Search without the picture").click()
    expect(names(gallery)).to_have_count(3)


def test_pictures_without_description_are_found_and_described(page: Page, gallery: Locator):
    page.get_by_role("switch", name="Without description").check()
    expect(page.get_by_role("status")).to_have_text("1 picture without description")
    drawer = opened(page, gallery, "ein grünes Zelt.jpg")
    drawer.get_by_role("textbox", name="Description").fill("Ein <b>Zelt</b> für Kinder")
    drawer.get_by_role("button", name="Save description").click()
    expect(drawer.get_by_role("button", name="Save description")).to_have_count(0)
    drawer.get_by_role("button", name="Close").click()
    page.get_by_role("switch", name="Without description").uncheck()
    page.get_by_role("searchbox", name="Search pictures").fill("Kinder")
    expect(names(gallery).first).to_contain_text("ein grünes Zelt.jpg")
    expect(names(gallery).first).to_contain_text("has the words")


def test_a_picture_at_large_with_all_that_is_known_of_it(
    page: Page, gallery: Locator, screen: Callable[[str], Path], axe: Callable[[], None]
):
    drawer = opened(page, gallery, "red.png")
    expect(drawer.get_by_role("img", name="A red tent on a mountain")).to_be_visible()
    expect(drawer).to_contain_text("80 × 60 pixels")
    expect(drawer.get_by_role("region", name="Tags")).to_contain_text("red")
    line = drawer.get_by_role("listitem").filter(has_text="SALE 49")
    outline = drawer.locator("polygon")
    expect(outline).to_have_count(1)
    before = outline.get_attribute("class")
    line.hover()
    expect(outline).not_to_have_attribute("class", str(before))
    alike = drawer.get_by_role("region", name="Pictures that look alike")
    expect(alike.get_by_role("button")).to_have_count(2)
    page.wait_for_timeout(400)
    screen("indexes-asset")
    axe()
    alike.get_by_role("button").first.click()
    expect(page.get_by_role("dialog", name="Picture red.png")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_picture_is_asked_about_in_a_new_session(page: Page, gallery: Locator, served: Served):
    drawer = opened(page, gallery, "red.png")
    drawer.get_by_role("button", name="Ask about this").click()
    attached = page.get_by_role("list", name="Attached pictures").get_by_role("listitem")
    expect(attached).to_have_text(["red.png"])
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name="scripted").click()
    page.get_by_role("textbox", name="Message", exact=True).fill("What is this?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("The tent is red")
    assert len(served.model("scripted").prompts[-1].images) == 1


def test_a_picture_is_taken_out_after_a_question(page: Page, gallery: Locator):
    drawer = opened(page, gallery, "red.png")
    drawer.get_by_role("button", name="Take out of the index").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    drawer.get_by_role("button", name="Take out of the index").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Take out").click()
    expect(names(gallery)).to_have_count(2)
    expect(page.get_by_text("red.png was taken out of the index.")).to_be_visible()


def test_an_index_is_deleted_after_a_question(page: Page, served: Served, gallery: Locator):
    page.get_by_role("button", name="Use in playground").click()
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    page.go_back()
    expect(names(gallery)).to_have_count(3)
    page.get_by_role("button", name="Delete the index").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("3 pictures")
    question.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There is no index yet.")).to_be_visible()
    assert page.request.get(f"{served.address}/api/indexes").json()["indexes"] == []
    page.get_by_role("tab", name="Playground").click()
    expect(page.get_by_role("region", name="Configuration")).to_be_visible()
    expect(page.get_by_role("heading", name="Data", exact=True)).to_have_count(0)


def test_what_is_not_there_is_said(page: Page, served: Served):
    page.goto(f"{served.address}/#/indexes/none")
    expect(page.get_by_role("region", name="Index none")).to_contain_text("none")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


@pytest.mark.parametrize("width", [360, 800])
def test_it_fits_smaller_screens(
    page: Page, crowded: Served, width: int, screen: Callable[[str], Path]
):
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{crowded.address}/#/indexes/many")
    gallery = page.get_by_role("grid", name="Pictures")
    expect(gallery.get_by_role("button", name="00000.png")).to_be_visible()
    page.wait_for_load_state("networkidle")
    screen(f"indexes-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    drawer = opened(page, gallery, "00000.png")
    page.wait_for_timeout(400)
    screen(f"indexes-asset-{width}")
    expect(drawer.get_by_role("textbox", name="Description")).to_be_visible()
