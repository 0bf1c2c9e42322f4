"""Long answers grow piece by piece, and look as if they had been read as a whole."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from wire.serving import Served, serving
from wire.standin import END, standin

WHOLE = "\n\n[unused]: https://a.example\n"
"""A definition may be used anywhere, so a text with one is read as a whole. It shows nothing."""

SENTENCES = (
    "The picture shows **two cars** that collided near a *stop sign*, whose plate reads `KX 4182`. "
    "See [more](https://a.example) about snake_case, x < 3, 2 * 3 and “**quoted** words” (*so*). "
)
SHAPES = {
    "tight list": "- **Car {n}** stands to the left\n  - and has `a dent`\n  - in its *door*\n",
    "loose list": "{n}. **Car {n}** stands to the left.\n\n    Its door has a dent.\n\n",
    "list with one gap": "{n}. Car {n} stands to the left of a stop sign and has a dent\n",
    "list below words": "* Car {n} stands to the left of a *stop sign* and has a dent in it\n",
    "list with code": "- Car {n}\n  ```\n  print({n})\n\n  print()\n  ```\n",
    "items without indent": "{n}. Car {n} stands to the left of it.\n\n   It has a dent.\n\n",
    "table": "| Car {n} | stands `left` of a *stop sign* | {n} |\n",
    "sentences": SENTENCES,
    "paragraph of lines": "Car {n} stands to the left of a **stop sign** and has a dent.\n",
    "paragraph with an open mark": "Car {n} has a *dent, they say. And it stands there _still. ",
    "heading below": "Car {n} stands to the left of a stop sign and has a dent.\n",
}
BEFORE = {
    "list below words": "These are the cars:\n",
    "table": "| Car | Where | Number |\n| --- | :-: | --: |\n",
}
AFTER = {
    "list with one gap": "\n99. The last one\n",
    "heading below": "---\n\nAfter it.\n",
    "tight list": "\nAfter it.\n",
}
BLOCK = r"</?(?:ul|ol|li|p|table|thead|tbody|tr|th|td|h\d|div|section|hr|pre)\b[^>]*>"


def text(shape: str) -> str:
    middle = "".join(SHAPES[shape].replace("{n}", str(n)) for n in range(1, 41))
    return BEFORE.get(shape, "") + middle + AFTER.get(shape, "")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    models = [
        ScriptedChat(f"{kind}: {shape}", [*cut(text(shape) + more), END])
        for shape in SHAPES
        for kind, more in (("pieces", ""), ("whole", WHOLE))
    ]
    with serving(standin(tmp_path_factory.mktemp("long"), models)) as running:
        yield running


def cut(answer: str) -> list[TextDelta]:
    return [TextDelta(part) for part in re.findall(r".{1,40}", answer, re.DOTALL)]


@pytest.mark.parametrize("shape", SHAPES)
def test_pieces_look_as_the_whole(page: Page, served: Served, shape: str):
    page.goto(served.address)
    assert answered(page, f"pieces: {shape}") == answered(page, f"whole: {shape}")


def answered(page: Page, deployment: str) -> str:
    """The answer as HTML, without breaks between blocks and without what is unlike each time."""
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name=deployment).click()
    page.get_by_role("textbox", name="Message", exact=True).fill("Describe it.")
    page.keyboard.press("Enter")
    turn = page.get_by_role("article").last
    expect(turn.get_by_role("button", name="Copy answer")).to_be_visible()
    shown = str(turn.evaluate("(turn) => turn.lastElementChild.firstElementChild.innerHTML"))
    assert len(shown) > 2_000
    return re.sub(rf"\s*\n\s*(?={BLOCK})", "", re.sub(rf"({BLOCK})\s*\n\s*", r"\1", shown))
