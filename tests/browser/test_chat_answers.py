"""An answer as it comes and as it stays: Markdown, states, and what can be done with a turn."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from sightline.chat.fake import ScriptedChat
from sightline.errors import UpstreamUnreachable
from sightline.events import Finished, Progress, ReasoningDelta, TextDelta, Usage, Warned
from wire.serving import Served, serving
from wire.standin import END, standin

Screen = Callable[[str], Path]

MARKDOWN = """\
## What the picture shows

The picture shows **two tents** and a [shop](https://example.org/shop).

- a red one
- a blue one

    - with a vestibule

| Part | Price |
| --- | --- |
| Pole | 12 |
| A very long name of a part that no phone has room for in one line | 1,234,567,890.00 |

```python
print("a < b")
```

> Take the red one.
"""

HOSTILE = """\
<img src=x onerror="window.hurt = 1"> <script>window.hurt = 2</script>

[press](javascript:window.hurt=3) ![look](https://example.org/track.png "x")

<div onclick="window.hurt = 4">words</div>

[data](data:text/html,<script>window.hurt=5</script>) [fine](https://example.org/fine)
"""

CUT = Finished(reason="length", usage=Usage(prompt_tokens=1, completion_tokens=1, estimated=False))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    models = [
        ScriptedChat("markdown", [*pieces(MARKDOWN), END]),
        ScriptedChat("hostile", [*pieces(HOSTILE), END]),
        ScriptedChat(
            "thinking",
            [
                Progress("loading the model"),
                ReasoningDelta("First look at the colour."),
                Warned("trimmed", "Only half of the text fitted."),
                *[TextDelta(f"line {number}\n\n") for number in range(200)],
                CUT,
            ],
            delay=0.02,
        ),
        ScriptedChat("list", [TextDelta(f"{n}. item {n}\n") for n in range(1, 301)] + [END]),
        ScriptedChat("cut off", [TextDelta("Half an "), TextDelta("answer")]),
        ScriptedChat("gone", [UpstreamUnreachable("No model server.", hint="Start it.")]),
    ]
    with serving(standin(tmp_path_factory.mktemp("studio"), models)) as running:
        yield running


def pieces(text: str) -> list[TextDelta]:
    return [TextDelta(text[at : at + 7]) for at in range(0, len(text), 7)]


@pytest.fixture
def log(page: Page) -> Locator:
    return page.get_by_role("log")


@pytest.fixture
def ask(page: Page, served: Served) -> Callable[..., None]:
    """Asks a deployment a question in the session that is shown."""
    page.goto(served.address)

    def put(deployment: str, question: str = "What is this?") -> None:
        page.get_by_role("combobox", name="Deployment").click()
        page.get_by_role("option", name=deployment).first.click()
        message = page.get_by_role("textbox", name="Message", exact=True)
        message.fill(question)
        message.press("Enter")

    return put


def test_markdown_is_a_page_with_code_to_copy(
    ask: Callable[..., None], page: Page, log: Locator, screen: Screen, axe: Callable[[], None]
):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask("markdown")
    expect(log.get_by_role("heading", name="What the picture shows")).to_be_visible()
    expect(log.get_by_role("cell", name="Pole")).to_be_visible()
    expect(log.get_by_role("listitem")).to_have_count(3)
    link = log.get_by_role("link", name="shop")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")
    log.get_by_role("button", name="Copy code").click()
    assert page.evaluate("navigator.clipboard.readText()") == 'print("a < b")\n'
    log.get_by_role("button", name="Copy answer").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == MARKDOWN
    screen("chat-markdown")
    axe()
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function("document.documentElement.scrollWidth === 360")
    screen("chat-markdown-phone")


def test_a_long_list_counts_on_without_a_gap(ask: Callable[..., None], log: Locator):
    ask("list")
    items = log.get_by_role("listitem")
    expect(items).to_have_count(300)
    tops = items.evaluate_all("all => all.map((item) => item.getBoundingClientRect().top)")
    steps = {round(below - above) for above, below in pairwise(tops)}
    assert len(steps) == 1
    counted = items.last.evaluate(
        "item => item.parentElement.start + [...item.parentElement.children].indexOf(item)"
    )
    assert counted == 300


def test_markup_in_an_answer_is_inert(ask: Callable[..., None], page: Page, log: Locator):
    ask("hostile")
    expect(log.get_by_role("link", name="fine")).to_be_visible()
    expect(log).to_contain_text('<img src=x onerror="window.hurt = 1">')
    expect(log).to_contain_text("<script>window.hurt = 2</script>")
    for name in ("press", "data"):
        expect(log.get_by_role("link", name=name)).to_have_count(0)
    log.get_by_text("press").click()
    expect(log.locator("img, script, [onclick]")).to_have_count(0)
    assert page.evaluate("window.hurt") is None


def test_an_answer_is_stopped_and_asked_again(
    ask: Callable[..., None], page: Page, served: Served, log: Locator, screen: Screen
):
    ask("thinking")
    expect(log).to_contain_text("line 3")
    expect(log.get_by_text("First look")).to_be_hidden()
    log.get_by_text("Reasoning").click()
    expect(log.get_by_text("First look")).to_be_visible()
    screen("chat-streaming")
    page.get_by_role("button", name="Stop").click()
    expect(log.get_by_text("Stopped")).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    log.get_by_role("button", name="Answer again").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(log.get_by_text("Stopped")).to_be_hidden()
    expect(log).to_contain_text("The answer was cut off", timeout=15_000)
    expect(log).to_contain_text("Only half of the text fitted.")
    assert served.model("thinking").closed_early == 1


def test_reading_back_is_not_disturbed_by_what_comes(
    ask: Callable[..., None], page: Page, log: Locator, screen: Screen
):
    ask("thinking")
    expect(log).to_contain_text("line 60", timeout=10_000)
    expect(log.get_by_role("paragraph").last).to_be_in_viewport()
    log.hover()
    page.mouse.wheel(0, -600)
    jump = page.get_by_role("button", name="Jump to latest")
    expect(jump).to_be_visible()
    before = log.evaluate("box => box.scrollTop")
    expect(log).to_contain_text("line 100", timeout=10_000)
    assert log.evaluate("box => box.scrollTop") == before
    screen("chat-jump")
    jump.click()
    expect(jump).to_be_hidden()
    expect(log).to_contain_text("line 130", timeout=10_000)
    expect(log.get_by_role("paragraph").last).to_be_in_viewport()


def test_a_reload_in_the_middle_loses_nothing_that_had_arrived(
    ask: Callable[..., None], page: Page, log: Locator, screen: Screen
):
    ask("thinking")
    expect(log).to_contain_text("line 70", timeout=10_000)
    page.reload()
    expect(log).to_contain_text("The page was closed while this answer came.")
    expect(log).to_contain_text("line 70")
    screen("chat-interrupted")
    log.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def test_a_failure_says_what_to_do_and_is_tried_again(
    ask: Callable[..., None], log: Locator, screen: Screen, axe: Callable[[], None]
):
    ask("gone")
    expect(log).to_contain_text("No model server.")
    expect(log).to_contain_text("Start it.")
    screen("chat-failed")
    axe()
    log.get_by_role("button", name="Try again").click()
    expect(log).to_contain_text("No model server.")


def test_what_came_before_a_failure_stays(ask: Callable[..., None], log: Locator):
    ask("cut off")
    expect(log).to_contain_text("Half an answer")
    expect(log.get_by_role("button", name="Try again")).to_be_visible()


def test_a_turn_is_edited_and_deleted_and_the_chat_is_cleared(
    ask: Callable[..., None], page: Page, served: Served, log: Locator, screen: Screen
):
    ask("scripted", "First?")
    expect(log.get_by_role("button", name="Copy answer")).to_have_count(1)
    ask("scripted", "Second?")
    expect(log.get_by_role("button", name="Copy answer")).to_have_count(2)

    first = log.get_by_role("article").first
    first.get_by_role("button", name="Edit question").click()
    expect(first).to_contain_text("The turn after it will be deleted.")
    screen("chat-editing")
    editor = first.get_by_role("textbox", name="Question")
    editor.fill("Better?")
    editor.press("Enter")
    expect(log.get_by_role("article")).to_have_count(1)
    expect(log).to_contain_text("Better?")
    expect(log.get_by_role("button", name="Copy answer")).to_have_count(1)
    assert served.model("scripted").prompts[-1].question == "Better?"

    log.get_by_role("button", name="Delete turn").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(log.get_by_role("article")).to_have_count(0)

    ask("scripted", "Third?")
    expect(log.get_by_role("button", name="Copy answer")).to_have_count(1)
    page.get_by_role("button", name="Clear chat").click()
    screen("chat-clear")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(log).to_contain_text("Ask about your pictures")
