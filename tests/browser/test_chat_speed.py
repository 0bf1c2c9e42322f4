"""A long answer comes smoothly: 2,000 pieces at 100 a second."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from wire.serving import Served, serving
from wire.standin import END, standin

PIECES = 2_000
PART = """\
## Part

The picture shows **two cars** that collided, a *stop sign* and `KX 4182`; see [more](https://a.example).
It goes on for a while, as answers of language models do when they are asked to describe it all.

- the red car has its front end crushed
- the blue car stands to its left

| Detail | Value |
| --- | --- |
| Plate | KX 4182 |
| Weather | clear |

```python
for car in cars:
    print(car.plate)
```

"""

WATCH = """
window.seen = {frames: [], long: []};
new PerformanceObserver((list) =>
  window.seen.long.push(...list.getEntries().map((each) => each.duration))
).observe({type: "longtask"});
(function look(before) {
  requestAnimationFrame((now) => {
    if (before) window.seen.frames.push(now - before);
    look(now);
  });
})(0);
"""


def words(text: str) -> list[TextDelta]:
    parts = text.split(" ")
    return [TextDelta(f"{part} ") for part in parts]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    many = (words(PART) * (PIECES // len(words(PART)) + 1))[:PIECES]
    models = [ScriptedChat("long", [*many, END], delay=0.01)]
    with serving(standin(tmp_path_factory.mktemp("studio"), models)) as running:
        yield running


def test_a_long_answer_comes_smoothly(page: Page, served: Served):
    page.goto(served.address)
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name="long").click()
    message = page.get_by_role("textbox", name="Message", exact=True)
    message.fill("Describe it.")
    page.evaluate(WATCH)
    message.press("Enter")
    stop = page.get_by_role("button", name="Stop")
    stop.wait_for()
    expect(stop).to_be_hidden(timeout=90_000)
    seen = page.evaluate("window.seen")
    frames = sorted(seen["frames"])
    figures = {
        "seconds": round(sum(frames) / 1000, 1),
        "frames a second": round(1000 * len(frames) / sum(frames), 1),
        "median between frames, ms": round(frames[len(frames) // 2], 1),
        "99th of 100, ms": round(frames[len(frames) * 99 // 100], 1),
        "tasks over 50 ms": len(seen["long"]),
        "longest task, ms": max(seen["long"], default=0),
    }
    print(json.dumps(figures))  # noqa: T201 (what one wants to know)
    # Loose: the machine may be busy with other things.
    assert figures["frames a second"] > 20
    assert figures["longest task, ms"] < 500
