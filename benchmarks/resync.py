"""What it costs to look at a source again that has not changed, against its first ingest.

    PYTHONPATH=tests python benchmarks/resync.py [--pictures 10000] [--models DIR] [--rounds 3]

Real engines, small pictures that are all different, text is not read: the fastest first ingest
there is, so the worst ratio. A folder, and a container of Azurite on the same machine (skipped
without one). The first ingest runs once, the second look `--rounds` times.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from sightline.index.base import IndexInfo
from sightline.index.lance import LanceIndexes
from sightline.ingest import Engines, ingest
from sightline.ingestion import Tally
from sightline.sources.base import Source
from sightline.sources.folder import Folder
from sightline.sources.opening import open_source
from sightline.vision.lite0 import Lite0
from sightline.vision.minilm import MiniLM

SIDE = 64


def main() -> None:
    """Measure both kinds of source and print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--models", type=Path, default=Path.home() / ".sightline" / "models")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    text_encoder = MiniLM.open(options.models, threads=options.threads)
    encoder = Lite0.open(options.models, text_encoder=text_encoder, threads=options.threads)
    engines = Engines(encoder=encoder, text_encoder=text_encoder, reader=None)
    print(f"machine    {platform.machine()}, {os.cpu_count()} processors, {platform.system()}")
    print(
        "versions  ", *(f"{name} {version(name)}" for name in ("onnxruntime", "lancedb", "obstore"))
    )
    print(f"pictures   {options.pictures} of {SIDE} × {SIDE}, {options.rounds} second looks")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "source"
        make(folder, options.pictures)
        measure("folder", Folder(folder), Path(scratch) / "of-folder", engines, options)
        try:
            from sources.servers import Azurite  # noqa: PLC0415
        except ImportError:
            sys.exit("container  not measured: PYTHONPATH=tests is missing")
        server = Azurite(Path(scratch) / "azurite").start()
        try:
            server.container("many")
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda path: put(server, path), sorted(folder.iterdir())))
            source = open_source("az://many", {}, environment=server.environment)
            measure("container", source, Path(scratch) / "of-container", engines, options)
        finally:
            server.stop()


def make(folder: Path, pictures: int) -> None:
    """Small pictures, all different."""
    folder.mkdir()
    noise = np.random.default_rng(1)
    for number in range(pictures):
        coarse = Image.fromarray(noise.integers(0, 255, (8, 8, 3), dtype=np.uint8))
        content = BytesIO()
        coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(content, "JPEG")
        (folder / f"{number:06}.jpg").write_bytes(content.getvalue())


def put(server: "Azurite", path: Path) -> None:  # noqa: F821
    server.put("many", path.name, path.read_bytes())


def measure(
    name: str, source: Source, folder: Path, engines: Engines, options: argparse.Namespace
) -> None:
    """One first ingest, then looks at what has not changed."""
    indexes = LanceIndexes(folder)
    indexes.create(
        IndexInfo(
            name="bench",
            encoder=engines.encoder.identity,
            text_encoder=engines.text_encoder.identity,
            created_at=datetime.now(UTC),
        )
    )
    first, tally = run(source, indexes, engines, options.threads)
    assert (tally.added, tally.failed) == (options.pictures, []), tally
    again = []
    for _ in range(options.rounds):
        seconds, tally = run(source, indexes, engines, options.threads)
        assert tally.skipped == options.pictures, tally
        again.append(seconds)
    middle = statistics.median(again)
    print(
        f"{name:10} first {first:.1f} s, again {middle:.2f} s "
        f"({min(again):.2f}–{max(again):.2f}), ratio {100 * middle / first:.2f} %",
        flush=True,
    )


def run(
    source: Source, indexes: LanceIndexes, engines: Engines, threads: int
) -> tuple[float, Tally]:
    """Seconds on the wall, and what came of it."""
    tally = Tally()
    start = time.perf_counter()
    with indexes.writing("bench") as index:
        for event in ingest(source, index, engines, threads=threads):
            tally.count(event)
    return time.perf_counter() - start, tally


if __name__ == "__main__":
    main()
