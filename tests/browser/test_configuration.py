"""The configuration pane: which model answers, and how."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sightline.chat.base import Capabilities, Prompt
from sightline.chat.fake import ScriptedChat
from sightline.events import Finished, TextDelta, Usage
from wire.serving import Served, serving
from wire.standin import standin

GUESSED = Finished(
    reason="stop", usage=Usage(prompt_tokens=1200, completion_tokens=34, estimated=True)
)

DRAWING = Capabilities(sees=True, max_images=4, language_model=True, boxes="qwen3")
QUOTING = Capabilities(sees=False, max_images=10, language_model=False, notice="It only quotes.")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with "scripted", "uncounted" and "drawing", which see, and "quoting"."""
    models = [
        ScriptedChat("uncounted", [TextDelta("Fine."), GUESSED]),
        ScriptedChat("quoting", [TextDelta("Fine."), GUESSED], capabilities=QUOTING),
        ScriptedChat("drawing", [TextDelta("Fine."), GUESSED], capabilities=DRAWING),
    ]
    detectors = ("standin_engines:Tents", "vlm")
    folder = tmp_path_factory.mktemp("configured")
    with serving(standin(folder, models, detectors=detectors)) as running:
        yield running


@pytest.fixture
def pane(page: Page, served: Served) -> Locator:
    """The pane of a fresh session that asks "scripted"."""
    page.goto(served.address)
    found = page.get_by_role("region", name="Configuration")
    choose(page, "scripted")
    return found


def choose(page: Page, deployment: str) -> None:
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name=deployment).click()


def use_tents(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/#/indexes/tents")
    page.get_by_role("button", name="Use in playground").click()


def ask(page: Page, served: Served, model: str = "scripted") -> Prompt:
    """Ask a question; what the model was given for it."""
    message = page.get_by_role("textbox", name="Message", exact=True)
    asked = len(served.model(model).prompts)
    message.fill("What is this?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    prompts = served.model(model).prompts
    assert len(prompts) == asked + 1
    return prompts[-1]


def test_what_a_deployment_can_do_is_shown(page: Page, pane: Locator):
    expect(pane).to_contain_text("Sees up to 10 pictures")
    choose(page, "quoting")
    expect(pane).to_contain_text("Does not see pictures")
    expect(pane).to_contain_text("Quotes, no language model")
    expect(pane).to_contain_text("It only quotes.")


def test_parameters_go_along_with_the_next_question(page: Page, pane: Locator, served: Served):
    pane.get_by_role("spinbutton", name="Max response").fill("77")
    pane.get_by_role("slider", name="Temperature").focus()
    page.keyboard.press("Home")
    stops = pane.get_by_role("textbox", name="Stop sequences", exact=True)
    for stop in ("END", r"\n\n"):
        stops.fill(stop)
        stops.press("Enter")
    pane.get_by_role("spinbutton", name="Presence penalty").fill("0.5")
    pane.get_by_role("spinbutton", name="Presence penalty").press("Tab")
    sampling = ask(page, served).sampling
    assert (sampling.max_tokens, sampling.temperature, sampling.top_p) == (77, 0, 0.95)
    assert sampling.stop == ("END", "\n\n")
    assert sampling.presence_penalty == 0.5

    pane.get_by_role("button", name="Reset parameters").click()
    expect(pane.get_by_role("spinbutton", name="Max response")).to_have_value("800")
    sampling = ask(page, served).sampling
    assert (sampling.max_tokens, sampling.temperature, sampling.stop) == (800, 0.7, ())


def test_numbers_stay_within_their_limits(pane: Locator):
    temperature = pane.get_by_role("spinbutton", name="Temperature")
    temperature.fill("9")
    temperature.press("Tab")
    expect(temperature).to_have_value("2")
    expect(pane.get_by_role("slider", name="Temperature")).to_have_value("2")
    temperature.fill("warm")
    temperature.press("Tab")
    expect(temperature).to_have_value("2")


def test_there_are_four_stop_sequences_at_most_and_each_can_go(pane: Locator):
    stops = pane.get_by_role("textbox", name="Stop sequences", exact=True)
    for stop in "abcd":
        stops.fill(stop)
        stops.press("Enter")
    expect(stops).to_be_disabled()
    pane.get_by_role("button", name="Remove b").click()
    expect(stops).to_be_enabled()
    expect(pane.get_by_role("button", name="Remove b")).to_have_count(0)


def test_past_messages_are_as_many_as_wanted(page: Page, pane: Locator, served: Served):
    for _ in range(3):
        ask(page, served)
    assert len(ask(page, served).history) == 1 + 6
    past = pane.get_by_role("spinbutton", name="Past messages included")
    past.fill("2")
    past.press("Tab")
    assert len(ask(page, served).history) == 1 + 2


def test_data_parameters_are_there_when_an_index_is_on(page: Page, pane: Locator, served: Served):
    expect(pane.get_by_role("heading", name="Data", exact=True)).to_have_count(0)
    use_tents(page, served)
    pane.get_by_role("switch", name="Limit responses to my data").uncheck()
    pane.get_by_role("slider", name="Strictness").fill("1")
    documents = pane.get_by_role("radiogroup", name="Retrieved documents")
    documents.get_by_role("radio", name="3").check()
    prompt = ask(page, served)
    assert (prompt.in_scope, prompt.strictness) == (False, 1)


def test_the_figures_of_the_session(page: Page, pane: Locator, served: Served):
    for _ in range(2):
        ask(page, served)
    figures = pane.get_by_role("region", name="Session")
    expect(figures).to_contain_text("Input tokens18")
    expect(figures).to_contain_text("Output tokens8")
    expect(figures).not_to_contain_text("estimated")
    choose(page, "uncounted")
    ask(page, served, "uncounted")
    expect(figures).to_contain_text("Input tokens≈ 1,218")
    expect(figures).to_contain_text("estimated")


def test_turns_are_recorded_while_the_switch_is_on(page: Page, pane: Locator, served: Served):
    turns = page.request.get
    before = turns(f"{served.address}/api/turns").json()["turns"]
    ask(page, served)
    recorded = turns(f"{served.address}/api/turns").json()["turns"]
    assert len(recorded) == len(before) + 1
    pane.get_by_role("switch", name="Record turns", exact=True).uncheck()
    ask(page, served)
    assert turns(f"{served.address}/api/turns").json()["turns"] == recorded


def test_vision_holds_at_once_and_has_settings(
    page: Page, pane: Locator, screen: Callable[[str], Path], axe: Callable[[], None]
):
    pane.get_by_role("switch", name="Vision").check()
    sent = asked_body(page)
    assert sent["enhancements"] == {"ocr": {"enabled": True}, "grounding": {"enabled": True}}
    pane.get_by_role("button", name="Vision settings").click()
    dialog = page.get_by_role("dialog", name="Vision settings")
    dialog.get_by_role("checkbox", name="Read text").uncheck()
    screen("configuration-vision")
    axe()
    page.keyboard.press("Escape")
    assert asked_body(page)["enhancements"]["ocr"] == {"enabled": False}
    pane.get_by_role("switch", name="Vision").uncheck()
    assert "enhancements" not in asked_body(page)


def test_engines_and_language_of_vision_are_chosen_for_the_next_question(
    page: Page, pane: Locator, screen: Callable[[str], Path], axe: Callable[[], None]
):
    pane.get_by_role("switch", name="Vision").check()
    pane.get_by_role("button", name="Vision settings").click()
    dialog = page.get_by_role("dialog", name="Vision settings")
    reader = dialog.get_by_role("combobox", name="Engine for text")
    expect(reader.get_by_role("option")).to_have_text(["rapidocr"])
    expect(dialog.get_by_text("The server has no other.")).to_be_visible()
    language = dialog.get_by_role("combobox", name="Language")
    expect(language.get_by_role("option")).to_have_text(
        ["All at once", "Latin", "Chinese", "Japanese"]
    )
    language.select_option("Latin")
    detector = dialog.get_by_role("combobox", name="Engine for objects")
    expect(detector.get_by_role("option")).to_have_text(["standin_engines:Tents"])
    screen("configuration-vision-engines")
    axe()
    dialog.get_by_role("button", name="Done").click()
    assert asked_body(page)["enhancements"] == {
        "ocr": {"enabled": True, "language": "latin"},
        "grounding": {"enabled": True},
    }
    choose(page, "drawing")
    pane.get_by_role("button", name="Vision settings").click()
    expect(detector.get_by_role("option")).to_have_text(
        ["All of them", "standin_engines:Tents", "vlm:drawing"]
    )
    detector.select_option("vlm:drawing")
    page.keyboard.press("Escape")
    assert asked_body(page)["enhancements"]["grounding"] == {
        "enabled": True,
        "engine": "vlm:drawing",
    }


def asked_body(page: Page) -> dict[str, Any]:
    """Ask; the request as it went out."""
    page.get_by_role("textbox", name="Message", exact=True).fill("What is this?")
    with page.expect_request("**/v1/chat/completions") as request:
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    body: dict[str, Any] = request.value.post_data_json
    return body


@pytest.mark.parametrize("look", ["Light", "Dark"])
def test_everybody_can_use_the_pane(
    page: Page,
    pane: Locator,
    served: Served,
    look: str,
    screen: Callable[[str], Path],
    axe: Callable[[], None],
):
    use_tents(page, served)
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("menuitemradio", name=look).click()
    stops = pane.get_by_role("textbox", name="Stop sequences", exact=True)
    stops.fill(r"\n\n")
    stops.press("Enter")
    pane.get_by_role("combobox", name="Deployment").scroll_into_view_if_needed()
    screen(f"configuration-{look.lower()}")
    pane.get_by_role("switch", name="Record turns", exact=True).scroll_into_view_if_needed()
    screen(f"configuration-{look.lower()}-below")
    axe()


def test_it_fits_a_phone(page: Page, served: Served, screen: Callable[[str], Path]):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(served.address)
    page.get_by_role("button", name="Show configuration").click()
    expect(page.get_by_role("region", name="Configuration")).to_be_visible()
    screen("configuration-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
