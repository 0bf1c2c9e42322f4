"""Pictures that lie elsewhere: in a container, in a folder of the server, in a search service."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from browser.ingesting import draw_tents, ingesting
from sightline.settings import ServiceSettings
from sources.conftest import azurite  # noqa: F401 (a fixture)
from sources.ingesting import picture
from sources.servers import Azurite
from wire.serving import Served, serving
from wire.standin import standin

Axe = Callable[[], None]
Screen = Callable[[str], Path]
PATIENCE = 60_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server whose ingestions run and that knows the search service "far"."""
    with (
        serving(standin(tmp_path / "far")) as far,
        ingesting(
            tmp_path, search_services=(ServiceSettings(name="far", endpoint=far.address),)
        ) as near,
    ):
        yield near


@pytest.fixture
def container(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    """Two pictures, one of them described; the connection is the environment's."""
    name = f"studio-{uuid4().hex[:8]}"
    metadata = b'[{"image_blob_path": "red.png", "description": "A red tent"}]'
    files = {"red.png": picture("red"), "blue.png": picture("blue"), "metadata.json": metadata}
    azurite.container(name, files)
    for variable, value in azurite.environment.items():
        monkeypatch.setenv(variable, value)
    return name


def wizard(page: Page, served: Served, source: str) -> Locator:
    """The wizard at the details of a source."""
    page.goto(served.address)
    page.get_by_role("tab", name="Add your data").click()
    page.get_by_role("button", name="Add a data source").click()
    opened = page.get_by_role("dialog", name="Add a data source")
    opened.get_by_role("radio", name=source).check()
    opened.get_by_role("button", name="Next").click()
    return opened


def save(page: Page, opened: Locator, index: str) -> Locator:
    opened.get_by_role("button", name="Save").click()
    card = page.get_by_role("group", name=f"Data source {index}")
    expect(card.get_by_role("button", name="Remove data source")).to_be_visible(timeout=PATIENCE)
    return card


def test_a_container_is_tested_let_in_and_kept_in_step(
    container: str, page: Page, served: Served, screen: Screen, axe: Axe
):
    opened = wizard(page, served, "Blob container or folder")
    opened.get_by_role("textbox", name="Address").fill(f"az://{container}")
    opened.get_by_role("textbox", name="Index name").fill("shop")
    opened.get_by_role("button", name="Test connection").click()
    expect(opened.get_by_text("2 files found")).to_be_visible(timeout=PATIENCE)
    expect(opened).to_contain_text("1 without description")
    opened.get_by_role("button", name="check CORS").click()
    expect(opened.get_by_text(f"CORS is off for {served.address}")).to_be_visible(timeout=PATIENCE)
    screen("wizard-cors")
    axe()
    opened.get_by_role("button", name="Turn on CORS").click()
    expect(opened.get_by_text("CORS is on")).to_be_visible(timeout=PATIENCE)
    opened.get_by_role("combobox", name="Look for changes").select_option("Every day")
    screen("wizard-container")
    opened.get_by_role("button", name="Next").click()
    expect(opened).to_contain_text(f"az://{container}?account=")
    card = save(page, opened, "shop")
    expect(card).to_contain_text("2 pictures")
    screen("setup-container")
    (source,) = httpx2.get(f"{served.address}/api/sources").json()["sources"]
    assert (source["index"], source["refresh_minutes"]) == ("shop", 1440)


def test_a_record_that_was_made_for_a_look_is_forgotten(container: str, page: Page, served: Served):
    opened = wizard(page, served, "Blob container or folder")
    opened.get_by_role("textbox", name="Address").fill(f"az://{container}")
    opened.get_by_role("button", name="Test connection").click()
    opened.get_by_role("button", name="check CORS").click(timeout=PATIENCE)
    expect(opened.get_by_text("CORS is")).to_be_visible(timeout=PATIENCE)
    with page.expect_response(lambda reply: reply.request.method == "DELETE"):
        opened.get_by_role("button", name="Cancel").click()
    assert httpx2.get(f"{served.address}/api/sources").json()["sources"] == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://acme.blob.core.windows.net/pictures", "Expected a source Sightline knows"),
        ("az://key:secret@acme/pictures", "Expected the name of a container"),
        ("tents", "Expected the whole path of a folder"),
        ("/there/is/no/such/folder", "/there/is/no/such/folder"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(page: Page, served: Served, address: str, said: str):
    opened = wizard(page, served, "Blob container or folder")
    opened.get_by_role("button", name="Next").click()
    expect(opened.get_by_text("Give an address.")).to_be_visible()
    opened.get_by_role("textbox", name="Address").fill(address)
    opened.get_by_role("button", name="Next").click()
    expect(opened.get_by_role("group").filter(has_text=said)).to_be_visible()
    expect(opened.get_by_role("textbox", name="Address")).to_have_value(address)


def test_a_folder_of_the_server_is_ingested(page: Page, served: Served, tmp_path: Path):
    draw_tents(tmp_path / "catalogue")
    opened = wizard(page, served, "Blob container or folder")
    opened.get_by_role("textbox", name="Address").fill(str(tmp_path / "catalogue"))
    opened.get_by_role("textbox", name="Index name").fill("catalogue")
    opened.get_by_role("button", name="Next").click()
    expect(opened).to_contain_text("3 files")
    expect(save(page, opened, "catalogue")).to_contain_text("3 pictures")


def test_an_existing_search_index_is_examined_and_attached(
    page: Page, served: Served, screen: Screen, axe: Axe
):
    opened = wizard(page, served, "Existing search index")
    opened.get_by_role("combobox", name="Search service").select_option("far")
    opened.get_by_role("combobox", name="Index at the service").fill("tents")
    expect(opened.get_by_role("textbox", name="Name here")).to_have_value("tents")
    opened.get_by_role("button", name="Test connection").click()
    expect(opened.get_by_text("It fits: 3 documents")).to_be_visible(timeout=PATIENCE)
    expect(opened.get_by_role("textbox", name="Title")).to_have_attribute("placeholder", "name")
    screen("wizard-search")
    axe()
    opened.get_by_role("button", name="Next").click()
    screen("wizard-search-review")
    card = save(page, opened, "tents")
    expect(card).to_contain_text("Search service far")


def test_an_index_that_does_not_fit_says_why(page: Page, served: Served):
    opened = wizard(page, served, "Existing search index")
    opened.get_by_role("combobox", name="Search service").select_option("far")
    opened.get_by_role("combobox", name="Index at the service").fill("none")
    opened.get_by_role("button", name="Next").click()
    expect(opened.get_by_role("group").filter(has_text="none")).to_be_visible(timeout=PATIENCE)
    assert httpx2.get(f"{served.address}/api/indexes").json()["indexes"] == []


def test_without_a_search_service_the_settings_are_shown(
    page: Page, tmp_path: Path, screen: Screen
):
    with serving(standin(tmp_path)) as bare:
        opened = wizard(page, bare, "Existing search index")
        expect(opened).to_contain_text("No search service is configured")
        expect(opened).to_contain_text("[[search_services]]")
        screen("wizard-search-none")
