"""How long a second ingest takes that finds nothing changed, against the first one.

    python benchmarks/resync.py [--pictures 10000] [--source ADDRESS] [--models DIR] [--repeat 5]

Real engines. The pictures are made, small and all different, or are those of a source that is
there already, such as az://container with its connection in the environment. Text is not read:
reading would make the first run longer and the share smaller.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from sightline import __version__
from sightline.ingest import ingest
from sightline.ingestion import Tally
from sightline.settings import Settings
from sightline.workspace import Workspace


def main() -> None:
    """Make the pictures, bring them in, and bring them in again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--models", type=Path, default=Path.home() / ".sightline" / "models")
    parser.add_argument("--source", help="instead of pictures that are made")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    print(f"machine   {platform.machine()}, {os.cpu_count()} processors")
    print(f"versions  sightline {__version__}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as scratch:
        source = options.source or str(make(Path(scratch) / "pictures", options.pictures))
        workspace = Workspace(Settings(workspace=Path(scratch) / "ws", models=options.models))
        first, tally = brought_in(workspace, source)
        assert tally.added == tally.total > 0, tally
        pictures = tally.added
        again = []
        for _ in range(options.repeat):
            seconds, tally = brought_in(workspace, source)
            assert tally.skipped == pictures, tally
            again.append(seconds)
    share = [100 * seconds / first for seconds in again]
    print(f"first     {first:.1f} s ({pictures:,} pictures, {pictures / first:.0f} a second)")
    print(f"again     {spread(again)} s")
    print(f"share     {spread(share)} %")


def brought_in(workspace: Workspace, source: str) -> tuple[float, Tally]:
    """Seconds of one ingest, from listing to the last event."""
    tally = Tally()
    began = time.perf_counter()
    with workspace.writing("bench") as index:
        engines = workspace.engines(read_text=False)
        for event in ingest(workspace.source(source), index, engines):
            tally.count(event)
    return time.perf_counter() - began, tally


def make(folder: Path, count: int) -> Path:
    """Small noisy pictures in a hundred folders below `folder`, which is returned."""
    noise = np.random.default_rng(1)
    for number in range(count):
        place = folder / f"{number % 100:02}" / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        pixels = noise.integers(0, 255, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place)
    return folder


def spread(values: list[float]) -> str:
    """Median, least and most."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
