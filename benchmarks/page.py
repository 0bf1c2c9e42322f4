"""How smooth the Studio is, in a real Chromium and against a real server on this machine.

    PYTHONPATH=tests python benchmarks/page.py [start] [streaming] [gallery]
        [--rounds 5] [--rows 100000] [--shape "one list"] [--slower 4]

start       from opening the address in a browser that nobody has used to the moment when the box
            for a message takes a keystroke
streaming   an answer of 2,000 pieces, 100 a second, in several shapes of Markdown: frames a second
            while it comes, and the longest task, during which the page does not react
gallery     an index on disk with that many rows: frames a second while it scrolls steadily, and how
            long after a leap to any place of it all pictures there are shown

Each figure is the median of the rounds, with the least and the most. Before and after each part
stands the load of the machine: server, browser and whatever else runs share its processors. With
`--slower N` Chromium gives the page one Nth of a processor's time, as a phone or a busy machine.
"""

import argparse
import io
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sightline.assets import Asset, Row, Whole
from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from sightline.index.base import IndexInfo
from sightline.index.lance import LanceIndexes
from sightline.vision.base import Identity
from wire.serving import serving
from wire.standin import END, standin

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PIECES = 2_000
EVERY = 0.01
BATCH = 5_000
LEAPS = 20

MIXED = """\
## Part {n}

The picture shows **two cars** that collided, a *stop sign* and `KX 4182`; see [more](https://a.example).
It goes on for a while, as answers of language models do when they are asked to describe it all.

- the red car has its front end crushed
- the blue car stands to its left

| Detail | Value |
| --- | --- |
| Plate | KX 4182 |

```python
for car in cars:
    print(car.plate)
```

"""
SENTENCE = (
    "The picture shows **two cars** that collided near a *stop sign*, and the plate of the {n}th "
    "reads `KX 4182`, as far as one can see. "
)
SHAPES = {
    "mixed": MIXED,
    "one list": "- **Car {n}** stands to the left of a *stop sign* and has a dent in its door\n",
    "one loose list": "{n}. **Car {n}** stands to the left.\n\n   Its door has a dent.\n\n",
    "one paragraph": SENTENCE,
    "one table": "| Car {n} | stands left of a *stop sign* | `KX 4182` |\n",
    "one code block": "for car in cars[{n}:]:\n    print(car.plate)\n",
}
BEFORE = {
    "one table": "| Car | Where | Plate |\n| --- | --- | --- |\n",
    "one code block": "```python\n",
}

WATCH = """() => {
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
}"""

SCROLL = """async (seconds) => {
  const box = document.querySelector("[role=grid]").parentElement;
  const began = performance.now();
  let now = began;
  while (now - began < seconds * 1000) {
    box.scrollTop += 30;
    now = await new Promise(requestAnimationFrame);
  }
}"""

LEAP = """async (part) => {
  const box = document.querySelector("[role=grid]").parentElement;
  const began = performance.now();
  box.scrollTop = part * (box.scrollHeight - box.clientHeight);
  const {top, bottom} = box.getBoundingClientRect();
  const shown = () => {
    const cells = [...box.querySelectorAll("[role=gridcell]")].filter((cell) => {
      const place = cell.getBoundingClientRect();
      return place.bottom > top && place.top < bottom;
    });
    const pictures = cells.map((cell) => cell.querySelector("img"));
    return pictures.length > 3 && pictures.every((one) => one && one.complete);
  };
  do await new Promise(requestAnimationFrame); while (!shown());
  return performance.now() - began;
}"""


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help="of start, streaming, gallery; without: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--shape", choices=SHAPES, action="append", help="of an answer; or all")
    parser.add_argument("--slower", type=float, default=1)
    options = parser.parse_args()
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("No chromium on this machine (Debian: apt-get install chromium).")
    parts: dict[str, Callable[[Visits], None]] = {
        "start": lambda visits: start(visits, options.rounds),
        "streaming": lambda visits: streaming(
            visits, options.rounds, options.shape or list(SHAPES)
        ),
        "gallery": lambda visits: gallery(visits, options.rounds, options.rows),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        print(f"machine     {platform.machine()}, {os.cpu_count()} processors, {platform.system()}")
        print(
            f"versions    Chromium {browser.version}, Python {platform.python_version()},", end=" "
        )
        print(*(f"{name} {version(name)}" for name in ("lancedb", "playwright")))
        for name, part in parts.items():
            if not options.parts or name in options.parts:
                print(f"{name:12}load {os.getloadavg()[0]:.1f}")
                part(Visits(browser, options.slower))
                print(f"{'':12}load {os.getloadavg()[0]:.1f}", flush=True)
        browser.close()


class Visits:
    """Pages in browsers that nobody has used, on a laptop's screen."""

    def __init__(self, browser: Browser, slower: float) -> None:
        self._browser = browser
        self._slower = slower

    @contextmanager
    def fresh(self) -> Iterator[Page]:
        """One page; its browser keeps nothing."""
        size = {"width": 1440, "height": 900}
        context = self._browser.new_context(viewport=size, locale="en-GB")
        context.set_default_timeout(60_000)
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": self._slower})
        yield page
        context.close()


def start(visits: Visits, rounds: int) -> None:
    """Time to the first letter in the box for a message, of a browser that keeps nothing."""
    took = []
    with tempfile.TemporaryDirectory() as scratch, serving(standin(Path(scratch))) as served:
        for _ in range(rounds):
            with visits.fresh() as page:
                began = time.perf_counter()
                page.goto(served.address, wait_until="commit")
                message = page.get_by_role("textbox", name="Message", exact=True)
                message.press("H")
                expect(message).to_have_value("H")
                took.append(time.perf_counter() - began)
    show("takes a key", took, "s", 2)


def streaming(visits: Visits, rounds: int, shapes: list[str]) -> None:
    """Frames and long tasks while answers of these shapes come."""
    models = [ScriptedChat(shape, [*pieces(shape), END], delay=EVERY) for shape in shapes]
    figures: dict[str, list[tuple[float, float, float]]] = {shape: [] for shape in shapes}
    with (
        tempfile.TemporaryDirectory() as scratch,
        serving(standin(Path(scratch), models)) as served,
    ):
        for _ in range(rounds):
            for shape in shapes:
                with visits.fresh() as page:
                    page.goto(served.address)
                    figures[shape].append(answered(page, shape))
    for shape, measured in figures.items():
        rates, longest, total = zip(*measured, strict=True)
        show(shape, rates, "frames/s")
        show("", longest, "ms, the longest task")
        show("", total, "s in all", 1)


def answered(page: Page, deployment: str) -> tuple[float, float, float]:
    """Frames a second, the longest task in ms and seconds in all, of one answer."""
    page.get_by_role("combobox", name="Deployment").click()
    page.get_by_role("option", name=deployment).click()
    message = page.get_by_role("textbox", name="Message", exact=True)
    message.fill("Describe it.")
    page.evaluate(WATCH)
    message.press("Enter")
    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.wait_for()
    expect(stop).to_be_hidden(timeout=180_000)
    page.wait_for_timeout(500)  # what comes after the last words belongs to it
    return smoothness(page)


def pieces(shape: str) -> list[TextDelta]:
    """2,000 pieces of text, a word each."""
    parts = BEFORE.get(shape, "")
    parts += "".join(SHAPES[shape].replace("{n}", str(n)) for n in range(1, PIECES))
    return [TextDelta(f"{word} ") for word in parts.split(" ")[:PIECES]]


def gallery(visits: Visits, rounds: int, rows: int) -> None:
    """Steady scrolling and leaps over an index on disk, read through the API."""
    with tempfile.TemporaryDirectory() as scratch:
        workspace = standin(Path(scratch))
        workspace.indexes = LanceIndexes(Path(scratch) / "indexes")
        fill(workspace.indexes, rows)
        rates, longest, waits = [], [], []
        with serving(workspace) as served:
            for round_ in range(rounds):
                with visits.fresh() as page:
                    page.goto(f"{served.address}#indexes/bench")
                    page.get_by_role("grid", name="Pictures").wait_for()
                    page.wait_for_timeout(1000)
                    page.evaluate(WATCH)
                    page.evaluate(SCROLL, 10)
                    chance = np.random.default_rng(round_)
                    waits += [page.evaluate(LEAP, place) for place in chance.random(LEAPS)]
                    rate, long, _ = smoothness(page)
                    rates.append(rate)
                    longest.append(long)
    show(f"{rows:,} rows", rates, "frames/s")
    show("", longest, "ms, the longest task")
    show("", waits, "ms from a leap until its pictures are there")


def fill(indexes: LanceIndexes, rows: int) -> None:
    """An index as an ingest leaves it, with thumbnails of their usual size."""
    chance = np.random.default_rng(7)
    thumbnails = [thumbnail(chance) for _ in range(200)]
    encoder = Identity(name="bench", version="1", dimension=1280)
    words = Identity(name="bench", version="1", dimension=384)
    indexes.create(
        IndexInfo(name="bench", encoder=encoder, text_encoder=words, created_at=datetime.now(UTC))
    )
    with indexes.writing("bench") as index:
        for first in range(0, rows, BATCH):
            numbers = range(first, min(first + BATCH, rows))
            vectors = chance.standard_normal((len(numbers), 1280), dtype=np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            index.add(
                [
                    row(number, vector, thumbnails[number % len(thumbnails)])
                    for number, vector in zip(numbers, vectors, strict=True)
                ]
            )
        index.optimize()


def thumbnail(chance: np.random.Generator) -> bytes:
    """A soft picture in colours, as a JPEG of 256 × 192."""
    coarse = chance.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    drawn = io.BytesIO()
    Image.fromarray(coarse).resize((256, 192), Image.Resampling.BICUBIC).save(drawn, "JPEG")
    return drawn.getvalue()


def row(number: int, vector: np.ndarray, small: bytes) -> Row:
    """A row of an ingest whose file is not there."""
    key = f"pictures/{number:06}.jpg"
    asset = Asset(
        id=f"asset{number:06}",
        key=key,
        source="bench",
        location=f"/{key}",
        place=Whole(),
        sha256=f"{number:064}",
        size=200_000,
        etag="1",
        media_type="image/jpeg",
        width=1600,
        height=1200,
        description=f"Picture number {number} with a description of the usual length",
    )
    return Row(
        asset=asset,
        vector=vector,
        concept=None,
        description_vector=None,
        thumbnail=small,
        pipeline="bench",
    )


def smoothness(page: Page) -> tuple[float, float, float]:
    """Frames a second, the longest task in ms and seconds, since the page is watched."""
    seen = page.evaluate("window.seen")
    seconds = sum(seen["frames"]) / 1000
    return len(seen["frames"]) / seconds, max(seen["long"], default=0), seconds


def show(name: str, values: list[float], unit: str, digits: int = 0) -> None:
    """Median, least and most."""
    middle, least, most = (
        f"{one:,.{digits}f}" for one in (median(values), min(values), max(values))
    )
    print(f"{'':4}{name:18}{middle:>8} {unit} ({least} to {most})", flush=True)


if __name__ == "__main__":
    main()
