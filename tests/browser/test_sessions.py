"""Sessions: kept, named, searched, deleted, handed on and taken in."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from wire.serving import Served, serving
from wire.standin import END, picture_file, standin

BLIND = Capabilities(sees=False, max_images=0, language_model=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with the deployments "scripted", "slow", "endless" and "blind"."""
    models = [
        ScriptedChat("slow", [*[TextDelta("word ")] * 200, END], delay=0.02),
        ScriptedChat("endless", [TextDelta("word ")] * 3000, delay=0.02),
        ScriptedChat("blind", [END], capabilities=BLIND),
    ]
    with serving(standin(tmp_path_factory.mktemp("sessions"), models)) as running:
        yield running


@pytest.fixture
def drawer(page: Page, served: Served) -> Locator:
    """The list of sessions of a fresh browser, to be opened."""
    page.goto(served.address)
    return page.get_by_role("dialog", name="Sessions")


def open_drawer(page: Page) -> None:
    page.get_by_role("button", name="Sessions").click()


def ask(page: Page, question: str, deployment: str = "scripted") -> None:
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name=deployment).click()
    page.get_by_role("textbox", name="Message", exact=True).fill(question)
    page.keyboard.press("Enter")
    if deployment == "scripted":
        expect(page.get_by_role("button", name="Send")).to_be_visible()


def begin(page: Page) -> None:
    open_drawer(page)
    page.get_by_role("button", name="New session", exact=True).first.click()


def expect_names(drawer: Locator, *names: str) -> None:
    listed = drawer.get_by_role("list", name="Sessions").get_by_role("listitem")
    expect(listed.locator("[title]")).to_have_text(names)


def do(page: Page, session: str, action: str) -> None:
    page.get_by_role("button", name=f"More about {session}").click()
    page.get_by_role("menuitem", name=action).click()


def test_the_latest_comes_first_and_each_is_found_by_its_words(
    page: Page, drawer: Locator, screen: Callable[[str], Path], axe: Callable[[], None]
):
    for question in ("Which tent is red?", "Where are my shoes?"):
        ask(page, question)
        begin(page)
    open_drawer(page)
    expect(drawer).to_contain_text("1 question · just now")
    expect_names(drawer, "New session", "Where are my shoes?", "Which tent is red?")
    screen("sessions")
    axe()
    search = drawer.get_by_role("searchbox", name="Search sessions")
    search.fill("SHOES my")
    expect(drawer.get_by_role("listitem")).to_have_count(1)
    search.fill("tent is red [doc1]")  # the answer of both
    expect(drawer.get_by_role("listitem")).to_have_count(2)
    search.fill("umbrella")
    expect(drawer).to_contain_text("No session holds “umbrella”.")


def test_an_empty_session_is_new_enough(page: Page, drawer: Locator):
    begin(page)
    begin(page)
    open_drawer(page)
    expect_names(drawer, "New session")


def test_a_name_can_be_changed_and_stays(page: Page, drawer: Locator):
    ask(page, "What is this?")
    open_drawer(page)
    do(page, "What is this?", "Rename")
    page.get_by_role("textbox", name="Name of the session").fill("<b>Tents</b>")
    page.keyboard.press("Enter")
    expect_names(drawer, "<b>Tents</b>")
    page.wait_for_timeout(600)
    page.reload()
    expect(page.get_by_role("heading", name="<b>Tents</b>")).to_be_visible()


def test_switching_away_does_not_stop_an_answer(page: Page, drawer: Locator, served: Served):
    ask(page, "Tell me much", "slow")
    expect(page.get_by_role("log")).to_contain_text("word")
    begin(page)
    ask(page, "Another question")
    open_drawer(page)
    expect(drawer).to_contain_text("answering")
    drawer.get_by_role("button", name="Tell me much 1 question").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("word " * 199)
    assert served.model("slow").closed_early == 0


def test_deleting_asks_first_and_stops_what_is_coming(page: Page, drawer: Locator, served: Served):
    ask(page, "Tell me much", "endless")
    expect(page.get_by_role("log")).to_contain_text("word")
    open_drawer(page)
    do(page, "Tell me much", "Delete")
    confirm = page.get_by_role("alertdialog")
    confirm.get_by_role("button", name="Cancel").click()
    expect_names(drawer, "Tell me much")
    do(page, "Tell me much", "Delete")
    confirm.get_by_role("button", name="Delete").click()
    expect(drawer.get_by_text("Tell me much")).to_have_count(0)
    expect_names(drawer, "New session")
    page.wait_for_timeout(600)
    page.reload()
    open_drawer(page)
    expect_names(drawer, "New session")
    assert served.model("endless").closed_early == 1


def test_a_file_of_all_sessions_brings_them_back_elsewhere(
    page: Page, drawer: Locator, served: Served, tmp_path: Path
):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(file_of(session("one"), picture_file(tmp_path / "a.png", "red"))))
    take(page, path)
    ask(page, "And this?")
    open_drawer(page)
    with page.expect_download() as download:
        drawer.get_by_role("button", name="Export all").click()
    download.value.save_as(path)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert (kept["format"], kept["version"]) == ("sightline-sessions", 1)
    (only,) = kept["sessions"]
    assert [turn["question"]["text"] for turn in only["turns"]] == ["What is this?", "And this?"]
    ((_, url),) = kept["pictures"].items()
    assert base64.b64decode(url.split(",")[1]) == (tmp_path / "a.png").read_bytes()

    elsewhere = page.context.browser.new_context()  # type: ignore[union-attr]
    other = elsewhere.new_page()
    other.goto(served.address)
    take(other, path)
    expect(other.get_by_role("log")).to_contain_text("And this?")
    elsewhere.close()


def test_a_session_that_is_there_already_is_never_overwritten(
    page: Page, drawer: Locator, tmp_path: Path
):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(file_of(session("one"), b"")))
    take(page, path)
    take(page, path)
    open_drawer(page)
    expect_names(drawer, "New session", "Mine", "Mine")
    do_first = page.get_by_role("button", name="More about Mine").first
    do_first.click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(drawer.get_by_text("Mine", exact=True)).to_have_count(1)


BROKEN: dict[str, tuple[object, str]] = {
    "not JSON": ("{", "It is not JSON"),
    "another program": ({"title": "chat", "mapping": {}}, "comes from another program"),
    "a list": ([1, 2], "comes from another program"),
    "a newer version": ({"format": "sightline-sessions", "version": 9}, "It has version 9"),
    "no sessions": (
        {"format": "sightline-sessions", "version": 1, "pictures": {}},
        "Sessions: expected a list, got nothing",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_not_ours_changes_nothing_and_says_why(
    page: Page, drawer: Locator, tmp_path: Path, name: str
):
    given, why = BROKEN[name]
    path = tmp_path / "other.json"
    path.write_text(given if isinstance(given, str) else json.dumps(given))
    open_drawer(page)
    page.get_by_label("Session files").set_input_files(path)
    expect(drawer).to_contain_text("other.json was not imported.")
    expect(drawer).to_contain_text(why)
    expect_names(drawer, "New session")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda one: one["turns"][0]["question"].pop("text"), "turns[0].question.text: expected"),
        (lambda one: one["setup"]["parameters"].update(temperature=7), "from 0 to 2, got 7"),
        (lambda one: one["turns"][0]["answer"].update(citations=[{"title": 3}]), "citations[0]"),
        (
            lambda one: one["turns"][0].update(asked="today"),
            'turns[0].asked: expected a number, got "today"',
        ),
    ],
)
def test_a_broken_session_is_named_by_its_broken_part(
    page: Page, drawer: Locator, tmp_path: Path, spoil: Callable[[Any], object], why: str
):
    broken = session("two")
    spoil(broken)
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(file_of(session("one"), b"") | {"sessions": [session("a"), broken]}))
    open_drawer(page)
    page.get_by_label("Session files").set_input_files(path)
    expect(drawer).to_contain_text("Sessions[1].")
    expect(drawer).to_contain_text(why)
    expect(drawer).to_contain_text("Nothing was changed.")
    expect_names(drawer, "New session")


def test_a_file_too_large_for_a_browser_is_not_read(page: Page, drawer: Locator, tmp_path: Path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(600_000_000)
    open_drawer(page)
    page.get_by_label("Session files").set_input_files(path)
    expect(drawer).to_contain_text("It has 600,000,000 bytes")


def test_it_fits_a_phone(page: Page, drawer: Locator, screen: Callable[[str], Path]):
    page.set_viewport_size({"width": 360, "height": 740})
    open_drawer(page)
    expect(drawer.get_by_role("button", name="Export all")).to_be_visible()
    page.wait_for_timeout(400)
    screen("sessions-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_is_no_picture_does_not_come_in(page: Page, drawer: Locator, tmp_path: Path):
    file = file_of(session("one"), b"")
    file["pictures"] = {"p1": "data:text/html;base64,PGI+"}
    path = tmp_path / "page.json"
    path.write_text(json.dumps(file))
    open_drawer(page)
    page.get_by_label("Session files").set_input_files(path)
    expect(drawer).to_contain_text("Pictures.p1: expected a picture, got text/html")


def test_an_index_that_is_not_here_is_named_at_the_import(
    page: Page, drawer: Locator, tmp_path: Path, screen: Callable[[str], Path]
):
    one = session("elsewhere")
    one["setup"]["indexes"] = ["tents", "far away"]
    path = tmp_path / "sessions.json"
    path.write_text(json.dumps(file_of(one, b"")))
    open_drawer(page)
    page.get_by_label("Session files").set_input_files(path)
    expect(drawer).to_contain_text("Imported 1 session from sessions.json")
    expect(drawer).to_contain_text("an index that this server does not have: far away.")
    screen("sessions-missing-index")


def test_the_next_deployment_that_sees_nothing_is_warned_of(
    page: Page, served: Served, tmp_path: Path, screen: Callable[[str], Path]
):
    """Here, because a session with a picture comes from a file."""
    page.goto(served.address)
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(file_of(session("one"), b"")))
    take(page, path)
    deployment = page.get_by_role("combobox", name="Deployment")
    deployment.click()
    page.get_by_role("option", name="blind").click()
    warning = page.get_by_role("alertdialog", name="blind does not see pictures")
    screen("configuration-warning")
    warning.get_by_role("button", name="Keep scripted").click()
    expect(deployment).to_have_text("scripted")
    deployment.click()
    page.get_by_role("option", name="blind").click()
    warning.get_by_role("button", name="Switch").click()
    expect(deployment).to_have_text("blind")
    pane = page.get_by_role("region", name="Configuration")
    expect(pane).to_contain_text("does not see the pictures of this session")


def take(page: Page, path: Path) -> None:
    """Import a file and see the first of its sessions."""
    open_drawer(page)
    page.get_by_label("Session files").set_input_files(path)
    drawer = page.get_by_role("dialog", name="Sessions")
    expect(drawer).to_contain_text(f"from {path.name}")
    drawer.get_by_role("button", name="Close").click()


def file_of(one: dict[str, Any], picture: bytes) -> dict[str, Any]:
    """A file with a session; its picture is left out when it has no bytes."""
    url = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    pictures = {"p1": url} if picture else {}
    return {
        "format": "sightline-sessions", "version": 1, "sessions": [one], "pictures": pictures,
    }  # fmt: skip


def session(id: str) -> dict[str, Any]:
    """A session with one question about one picture, as the Studio writes it."""
    picture = {"id": "p1", "name": "a.png", "type": "image/png", "size": 90}
    return {
        "id": id,
        "name": "Mine",
        "created": 1.0,
        "changed": 2.0,
        "setup": {
            "system": "",
            "deployment": "scripted",
            "parameters": {
                "maxTokens": 5, "temperature": 1, "topP": 1, "stop": [], "pastMessages": 4,
                "frequencyPenalty": 0, "presencePenalty": 0,
            },
        },
        "turns": [
            {
                "id": "t1",
                "asked": 1.0,
                "question": {"text": "What is this?", "pictures": [picture]},
                "answer": {"state": "done", "deployment": "scripted", "text": "A tent."},
            }
        ],
    }  # fmt: skip
