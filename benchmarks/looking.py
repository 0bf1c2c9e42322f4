"""How long it takes to read and to look at pictures, and to tie an answer to them.

    python benchmarks/looking.py FOLDER [--models DIR] [--repeat 5]

FOLDER is a labelled one (docs/evaluation.md). Each picture is taken `--repeat` times after a first
time that is not counted; its figure is the median. What is shown is the median over the pictures,
and the least and the most. Real engines, nothing remembered.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from sightline.assets import Pixels
from sightline.evaluation.truth import picture_boxes, picture_texts
from sightline.eyesight import similarity
from sightline.grounding import Seen, ground
from sightline.media.stills import stills
from sightline.settings import Settings
from sightline.vision.embedded_detector import EmbeddedDetector
from sightline.vision.lite0 import Lite0
from sightline.workspace import Workspace


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--models", type=Path, default=None)
    arguments.add_argument("--repeat", type=int, default=5)
    given = arguments.parse_args()
    workspace = Workspace(Settings(models=given.models))
    reader, encoder = workspace.reader, workspace.encoder
    assert isinstance(encoder, Lite0)
    detector = EmbeddedDetector(encoder, reader)

    texts = picture_texts(given.folder)
    receipts = [pixels(one.picture) for one in texts if one.kind == "receipt"]
    boxed = [pixels(path) for path in dict.fromkeys(b.picture for b in picture_boxes(given.folder))]
    bare = [picture for picture in boxed if not reader.read(picture).lines]

    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    for package in ("onnxruntime", "openvino", "opencv-python-headless", "numpy"):
        print(f"{package} {version(package)}", end="  ")
    print("\n" + "; ".join(f"{c.model} on {c.runtime}" for c in getattr(reader, "choices", ())))
    rows = {
        "read a receipt": each(receipts, reader.read, given.repeat),
        "read a picture without text": each(bare, reader.read, given.repeat),
        "look at a picture (embedded)": each(boxed, detector.find, given.repeat),
    }
    reading = max((reader.read(receipt) for receipt in receipts), key=lambda r: len(r.lines))
    seen = [Seen(image_index=0, regions=tuple(detector.find(boxed[0])), reading=reading)]
    answer = "The receipt says: " + " ".join(f"“{line.text}”." for line in reading.lines)
    cosines = similarity(workspace.text_encoder)
    rows["tie an answer that quotes a receipt"] = each(
        [answer], lambda text: ground(text, seen, cosines), given.repeat
    )
    heading = f"ms, median of {given.repeat}"
    print(f"\n{heading:36} {'n':>4} {'median':>8} {'least':>8} {'most':>8}")
    for name, times in rows.items():
        middle = statistics.median(times)
        print(f"{name:36} {len(times):4} {middle:8.0f} {min(times):8.0f} {max(times):8.0f}")


def pixels(path: Path) -> Pixels:
    """As a question's picture is decoded."""
    return stills(path.read_bytes(), max_side=2048).stills[0].pixels


def each(things: Sequence[object], work: Callable[..., object], repeat: int) -> list[float]:
    """For each thing the median time in milliseconds, the first time left out."""
    medians = []
    for thing in things:
        work(thing)
        times = []
        for _ in range(repeat):
            begun = time.perf_counter()
            work(thing)
            times.append(1000 * (time.perf_counter() - begun))
        medians.append(statistics.median(times))
    return medians


if __name__ == "__main__":
    main()
