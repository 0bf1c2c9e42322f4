"""Pictures from this device: chosen, sent, described, ingested by a real worker, asked about."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from browser.ingesting import TENTS, Line, draw_tent, draw_tents, ingesting
from filming import film, shots
from wire.serving import Served, until

Axe = Callable[[], None]
Screen = Callable[[str], Path]
PATIENCE = 60_000
"""Milliseconds for what a worker process does, which starts first."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server without indexes whose ingestions run."""
    with ingesting(tmp_path_factory.mktemp("upload")) as running:
        yield running


@pytest.fixture
def line(served: Served) -> Iterator[Line]:
    """The way from the browser to the server."""
    laid = Line(served.address)
    yield laid
    laid.close()


def data_tab(page: Page, address: str) -> Locator:
    page.goto(address)
    setup = page.get_by_role("region", name="Assistant setup")
    setup.get_by_role("tab", name="Add your data").click()
    return setup


def wizard(page: Page, address: str) -> Locator:
    """The wizard at its second step, for an upload."""
    data_tab(page, address).get_by_role("button", name="Add a data source").click()
    opened = page.get_by_role("dialog", name="Add a data source")
    expect(opened.get_by_role("radio", name="Upload files")).to_be_checked()
    next_(opened)
    return opened


def next_(opened: Locator) -> None:
    opened.get_by_role("button", name="Next").click()


def choose(opened: Locator, files: list[Path], folder: bool = False) -> None:
    label = "Choose a folder" if folder else "Choose files"
    opened.locator(f"input[aria-label='{label}']").set_input_files(files)


def ready(page: Page, index: str) -> Locator:
    card = page.get_by_role("group", name=f"Data source {index}")
    expect(card.get_by_text("Ready")).to_be_visible(timeout=PATIENCE)
    return card


def test_tents_with_descriptions_are_uploaded_asked_about_and_cited(
    page: Page, served: Served, tmp_path: Path, screen: Screen, axe: Axe
):
    opened = wizard(page, served.address)
    screen("wizard-upload-empty")
    axe()
    opened.get_by_role("textbox", name="Index name").fill("tents")
    choose(opened, draw_tents(tmp_path))
    expect(opened.get_by_text("3 of 3 files uploaded")).to_be_visible()
    screen("wizard-upload")
    next_(opened)
    for name, (_, description) in TENTS.items():
        opened.get_by_role("textbox", name=f"Description of {name}").fill(description)
    screen("wizard-pictures")
    axe()
    next_(opened)
    expect(opened).to_contain_text("tents. A new index")
    expect(opened).to_contain_text("3 files")
    expect(opened).to_contain_text("Unknown until it runs")
    screen("wizard-review")
    axe()
    opened.get_by_role("button", name="Save").click()
    card = page.get_by_role("group", name="Data source tents")
    expect(card.get_by_text("Ingestion in progress")).to_be_visible()
    screen("setup-ingesting")
    card = ready(page, "tents")
    expect(card).to_contain_text("3 pictures")
    screen("setup-ready")
    axe()
    page.get_by_role("textbox", name="Message", exact=True).fill("Which tent is for six people?")
    page.keyboard.press("Enter")
    log = page.get_by_role("log")
    expect(log).to_contain_text("a red family tent for six people")
    expect(log.get_by_role("button", name="Source 1: red-tent.png")).to_be_visible()
    screen("tents-answered")


def test_a_video_is_uploaded_beside_pictures_and_its_frames_are_found(
    page: Page, served: Served, tmp_path: Path, screen: Screen, axe: Axe
):
    opened = wizard(page, served.address)
    expect(opened).to_contain_text("videos such as mp4, mov, mkv or webm up to 4,096 MiB each")
    opened.get_by_role("textbox", name="Index name").fill("street")
    scenes = shots(("red", 2.0), ("blue", 2.0))
    street = film(tmp_path / "street.webm", scenes, codec="libvpx-vp9")
    choose(opened, [draw_tent(tmp_path / "tent.png", "#c4342b"), street])
    expect(opened.get_by_text("2 of 2 files uploaded")).to_be_visible()
    next_(opened)
    description = opened.get_by_role("textbox", name="Description of street.webm")
    expect(description).to_have_attribute("placeholder", "Describe the video")
    description.fill("The street before our house")
    expect(opened.get_by_role("listitem").filter(has_text="street.webm")).to_contain_text(
        "Uploaded"
    )
    screen("wizard-video")
    axe()
    next_(opened)
    opened.get_by_role("button", name="Save").click()
    expect(ready(page, "street")).to_contain_text("3 pictures")
    page.get_by_role("textbox", name="Message", exact=True).fill("Where is the street?")
    page.keyboard.press("Enter")
    found = page.get_by_role("list", name="What was retrieved")
    expect(found.get_by_role("button", name="0:02, street.webm")).to_be_visible()


def test_a_video_may_be_larger_than_any_other_request(page: Page, served: Served, tmp_path: Path):
    opened = wizard(page, served.address)
    with (tmp_path / "long.mp4").open("wb") as file:
        file.write(b"\0\0\0\x20ftypisom")
        file.truncate(320 * 2**20)
    choose(opened, [tmp_path / "long.mp4"])
    expect(opened).to_contain_text("1 of 1 file uploaded (336 MB)", timeout=PATIENCE)


def test_the_progress_survives_a_reload_and_the_index_is_used_at_the_end(
    page: Page, tmp_path: Path, screen: Screen
):
    with ingesting(tmp_path, seconds=0.5) as slow:
        opened = wizard(page, slow.address)
        choose(opened, [draw_tent(tmp_path / f"{n}.png", f"#{n:02}4080") for n in range(16)])
        expect(opened.get_by_text("16 of 16 files uploaded")).to_be_visible()
        next_(opened)
        next_(opened)
        opened.get_by_role("button", name="Save").click()
        card = page.get_by_role("group", name="Data source my-pictures")
        expect(card.get_by_text(re.compile(r"\d+ of 16 files done"))).to_be_visible(
            timeout=PATIENCE
        )
        screen("setup-progress")
        page.reload()
        page.get_by_role("tab", name="Add your data").click()
        expect(card.get_by_text("Ingestion in progress")).to_be_visible()
        ready(page, "my-pictures")
        expect(card.get_by_role("button", name="Remove data source")).to_be_visible()


def test_a_server_that_goes_away_in_an_ingestion_is_found_again(
    page: Page, tmp_path: Path, screen: Screen
):
    with ingesting(tmp_path, seconds=0.7) as slow:
        line = Line(slow.address)
        opened = wizard(page, line.address)
        choose(opened, [draw_tent(tmp_path / f"{n}.png", f"#{n:02}4080") for n in range(16)])
        expect(opened.get_by_text("16 of 16 files uploaded")).to_be_visible()
        next_(opened)
        next_(opened)
        opened.get_by_role("button", name="Save").click()
        card = page.get_by_role("group", name="Data source my-pictures")
        expect(card.get_by_text("Ingestion in progress")).to_be_visible()
        line.cut()
        expect(card).to_contain_text("it goes on when the server is back", timeout=PATIENCE)
        screen("setup-server-gone")
        line.mend()
        expect(card).not_to_contain_text("is back", timeout=PATIENCE)
        ready(page, "my-pictures")
        line.close()


def test_an_ingestion_is_cancelled_and_gone_on_with(page: Page, tmp_path: Path):
    with ingesting(tmp_path, seconds=1) as slow:
        opened = wizard(page, slow.address)
        choose(opened, [draw_tent(tmp_path / f"{n}.png", f"#{n:02}4080") for n in range(6)])
        expect(opened.get_by_text("6 of 6 files uploaded")).to_be_visible()
        next_(opened)
        next_(opened)
        opened.get_by_role("button", name="Save").click()
        card = page.get_by_role("group", name="Data source my-pictures")
        card.get_by_role("button", name="Cancel").click()
        expect(card.get_by_text("Ingestion cancelled")).to_be_visible(timeout=PATIENCE)
        card.get_by_role("button", name="Go on").click()
        ready(page, "my-pictures")


def test_each_bad_file_fails_alone(page: Page, served: Served, tmp_path: Path, screen: Screen):
    opened = wizard(page, served.address)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing more")
    (tmp_path / "<img src=x onerror=alert(1)>.png").write_bytes(b"nor this")
    huge = tmp_path / "film.mov"
    with huge.open("wb") as file:
        file.truncate(5 << 30)
    opened.get_by_role("textbox", name="Index name").fill("alone")
    files = [draw_tent(tmp_path / "red.png", "red"), *sorted(tmp_path.iterdir())]
    choose(opened, list(dict.fromkeys(files)))
    expect(opened.get_by_text("2 of 5 files uploaded")).to_be_visible()
    expect(opened).to_contain_text("3 not taken")
    expect(opened).to_contain_text("film.mov: 5.4 GB: larger than 4,096 MiB")
    expect(opened).to_contain_text("<img src=x onerror=alert(1)>.png:")
    screen("wizard-refused")
    next_(opened)
    opened.get_by_role("combobox", name="Show").select_option("failed")
    expect(opened.get_by_role("listitem").filter(has_text="Not taken")).to_have_count(3)
    next_(opened)
    expect(opened).to_contain_text("2 files; 3 not taken")
    opened.get_by_role("button", name="Save").click()
    card = ready(page, "alone")
    card.get_by_text("1 file failed, 2 remarks").click()
    listed = page.get_by_role("dialog", name="1 file failed, 2 remarks")
    expect(listed.get_by_role("region", name="Failed")).to_contain_text("broken.jpg")
    expect(listed.get_by_role("region", name="Remarks")).to_contain_text("notes.txt")
    screen("setup-failures")
    listed.get_by_role("button", name="Retry").click()
    expect(card.get_by_text("nothing changed")).to_be_visible(timeout=PATIENCE)


def test_five_hundred_files_at_once_with_a_table_of_descriptions(
    page: Page, served: Served, tmp_path: Path, screen: Screen
):
    opened = wizard(page, served.address)
    shop = tmp_path / "shop"
    for number in range(500):
        draw_tent(shop / f"tent-{number:03}.png", f"#{number:03}fff"[:7])
    choose(opened, [shop], folder=True)
    expect(opened.get_by_text("500 of 500 files uploaded")).to_be_visible(timeout=PATIENCE)
    next_(opened)
    assert opened.get_by_role("listitem").filter(has_text="Uploaded").count() < 40
    opened.get_by_role("button", name="Import descriptions").click()
    table = [f'tent-{n:03}.png,"Tent {n}, with a ""window"""' for n in range(300)]
    rows = ["name,description", *table, "gone.png,Nothing", "no description"]
    opened.get_by_role("textbox", name="Paste a CSV").fill("\n".join(rows))
    opened.get_by_role("button", name="Apply").click()
    expect(opened.get_by_text("300 files described; 2 entries not used")).to_be_visible()
    expect(opened.get_by_text("No file “gone.png”")).to_be_visible()
    expect(opened.get_by_text("line 303 has no description")).to_be_visible()
    screen("wizard-import")
    first = opened.get_by_role("textbox", name="Description of tent-000.png")
    expect(first).to_have_value('Tent 0, with a "window"')
    opened.get_by_role("button", name="Import descriptions").click()
    opened.get_by_role("combobox", name="Show").select_option("undescribed")
    bare = opened.get_by_role("textbox", name="Description of tent-300.png")
    bare.fill("Typed")
    expect(bare).to_have_value("Typed")
    for number in range(301, 331):
        page.keyboard.press("Enter")
        following = opened.get_by_role("textbox", name=f"Description of tent-{number}.png")
        expect(following).to_be_focused()
    screen("wizard-many")


def test_a_folder_that_is_dropped_is_taken_with_its_folders(
    page: Page, served: Served, tmp_path: Path
):
    draw_tents(tmp_path / "shop" / "tents")
    draw_tent(tmp_path / "shop" / "top.png", "orange")
    opened = wizard(page, served.address)
    zone = opened.get_by_text("Drop pictures, videos or a folder here").bounding_box()
    assert zone is not None
    place = {"x": zone["x"] + 5, "y": zone["y"] + 5}
    data = {"items": [], "files": [str(tmp_path / "shop")], "dragOperationsMask": 1}
    hand = page.context.new_cdp_session(page)
    for step in ("dragEnter", "dragOver", "drop"):
        hand.send("Input.dispatchDragEvent", {"type": step, **place, "data": data})
    expect(opened.get_by_text("4 of 4 files uploaded")).to_be_visible()
    next_(opened)
    for name in ("tents/red-tent.png", "top.png"):
        expect(opened.get_by_role("textbox", name=f"Description of {name}")).to_be_visible()


def test_a_metadata_file_beside_the_pictures_describes_them(
    page: Page, served: Served, tmp_path: Path
):
    shop = tmp_path / "shop"
    draw_tent(shop / "tents" / "x300.png", "red")
    (shop / ".hidden.png").write_bytes(b"")
    described = [{"image_blob_path": "tents/x300.png", "description": "A tent for six"}]
    (shop / "metadata.json").write_text(json.dumps(described))
    opened = wizard(page, served.address)
    choose(opened, [shop], folder=True)
    expect(opened.get_by_text("metadata.json: 1 described.")).to_be_visible()
    expect(opened.get_by_text("1 hidden file passed over")).to_be_visible()
    next_(opened)
    description = opened.get_by_role("textbox", name="Description of tents/x300.png")
    expect(description).to_have_value("A tent for six")


def test_an_upload_that_was_cut_goes_on_where_it_was(
    page: Page, line: Line, served: Served, tmp_path: Path, screen: Screen
):
    opened = wizard(page, line.address)
    opened.get_by_role("textbox", name="Index name").fill("cut")
    large = []
    for number in range(20):
        path = draw_tent(tmp_path / f"{number:02}.png", f"#{number:02}4080")
        with path.open("ab") as file:
            file.write(bytes(500_000))
        large.append(path)
    line.cut_after(6_000_000)
    choose(opened, large)
    expect(opened.get_by_text("The connection was cut while files were sent.")).to_be_visible()
    screen("wizard-cut")
    line.mend()
    opened.get_by_role("button", name="Try again").click()
    expect(opened.get_by_text("20 of 20 files uploaded")).to_be_visible()
    next_(opened)
    next_(opened)
    opened.get_by_role("button", name="Save").click()
    expect(ready(page, "cut")).to_contain_text("20 pictures")
    newest = httpx2.get(f"{served.address}/api/ingestions").json()["ingestions"][0]
    upload = httpx2.get(f"{served.address}/api/uploads/{newest['source']['upload']}").json()
    assert (upload["uploaded"], upload["failed"]) == (20, 0)


def test_a_name_that_no_index_can_have_is_said_at_once(page: Page, served: Served):
    opened = wizard(page, served.address)
    name = opened.get_by_role("textbox", name="Index name")
    name.fill("<b>tents</b>")
    expect(opened).to_contain_text("1 to 128 letters, digits")
    next_(opened)
    expect(opened.get_by_text("Choose at least one picture or video.")).to_be_visible()
    expect(name).to_be_visible()


def test_leaving_asks_first_and_removes_the_upload(page: Page, served: Served, tmp_path: Path):
    opened = wizard(page, served.address)
    with page.expect_response("**/api/uploads") as made:
        choose(opened, draw_tents(tmp_path))
    expect(opened.get_by_text("3 of 3 files uploaded")).to_be_visible()
    page.keyboard.press("Escape")
    asked = page.get_by_role("dialog", name="Discard this upload?")
    asked.get_by_role("button", name="Go on with it").click()
    expect(opened.get_by_text("3 of 3 files uploaded")).to_be_visible()
    opened.get_by_role("button", name="Cancel").click()
    with page.expect_response(lambda reply: reply.request.method == "DELETE") as gone:
        asked.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("button", name="Add a data source")).to_be_focused()
    assert gone.value.ok
    assert httpx2.get(made.value.json()["url"]).status_code == 404


def test_an_upload_goes_with_the_page_that_nobody_saved_it_on(
    page: Page, context: BrowserContext, served: Served, tmp_path: Path
):
    going = context.new_page()
    opened = wizard(going, served.address)
    with going.expect_response("**/api/uploads") as made:
        choose(opened, draw_tents(tmp_path))
    expect(opened.get_by_text("3 of 3 files uploaded")).to_be_visible()
    upload = made.value.json()["url"]
    page.goto(served.address)  # another page of the Studio leaves it alone
    expect(page.get_by_role("button", name="Add a data source")).to_have_count(0)
    assert httpx2.get(upload).status_code == 200
    going.close()
    until(lambda: httpx2.get(upload).status_code == 404, 10)


def test_what_could_not_be_removed_is_removed_on_the_next_visit(
    page: Page, context: BrowserContext, served: Served, tmp_path: Path
):
    going = context.new_page()
    opened = wizard(going, served.address)
    with going.expect_response("**/api/uploads") as made:
        choose(opened, draw_tents(tmp_path))
    expect(opened.get_by_text("3 of 3 files uploaded")).to_be_visible()
    upload = made.value.json()["url"]
    going.evaluate("() => { window.fetch = () => Promise.reject(new Error('no way')) }")
    going.close()
    assert httpx2.get(upload).status_code == 200
    page.goto(served.address)
    until(lambda: httpx2.get(upload).status_code == 404, 10)


def test_an_upload_on_a_phone_in_the_dark(
    page: Page, served: Served, tmp_path: Path, screen: Screen, axe: Axe
):
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.goto(served.address)
    page.get_by_role("button", name="Show assistant setup").click()
    page.get_by_role("tab", name="Add your data").click()
    page.get_by_role("button", name="Add a data source").click()
    opened = page.get_by_role("dialog", name="Add a data source")
    screen("wizard-phone-source")
    next_(opened)
    opened.get_by_role("textbox", name="Index name").fill("phone")
    choose(opened, draw_tents(tmp_path))
    screen("wizard-phone-upload")
    next_(opened)
    screen("wizard-phone-pictures")
    axe()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    box = opened.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (360, 740)
    next_(opened)
    screen("wizard-phone-review")
    opened.get_by_role("button", name="Save").click()
    ready(page, "phone")
    screen("setup-phone")
    axe()
