"""How fast an ingest is, against its floor: decoding and encoding the same pictures and no more.

    python benchmarks/ingest.py FOLDER [--models DIR] [--rounds 5] [--repeat 4] [--threads 2]

Both run on the same cores, in turn, within one process. The floor decodes in the same pool of
threads and encodes in the same batches; the ingest also hashes, makes thumbnails and concept
vectors, encodes descriptions and writes the index. The text in pictures is not read.
"""

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from sightline.glancing import ENCODING_SIDE
from sightline.index.base import IndexInfo
from sightline.index.lance import LanceIndexes
from sightline.ingest import ingest
from sightline.media.stills import stills
from sightline.row_desk import BATCH, Engines
from sightline.sources.folder import Folder
from sightline.vision.lite0 import Lite0
from sightline.vision.minilm import MiniLM


def main() -> None:
    """Measure in turn, print rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, default=Path.home() / ".sightline" / "models")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=4, help="copies of the folder to ingest")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    text_encoder = MiniLM.open(options.models, threads=options.threads)
    encoder = Lite0.open(options.models, text_encoder=text_encoder, threads=options.threads)
    engines = Engines(encoder=encoder, text_encoder=text_encoder, reader=None)
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        for copy in range(options.repeat):
            shutil.copytree(options.folder, source / str(copy))
        pictures = [Path(item.location) for item in Folder(source).listing().items]

        floors, ingests, ratios = [], [], []
        for round_ in range(options.rounds + 1):  # the first warms caches and is not counted
            floor = timed(lambda: decode_and_encode(pictures, encoder, options.threads))
            whole = timed(
                lambda n=round_: run(source, Path(scratch) / f"index-{n}", engines, options.threads)
            )
            if round_:
                floors.append(len(pictures) / floor)
                ingests.append(len(pictures) / whole)
                ratios.append(floor / whole)

    print(f"machine   {platform.machine()}, {os.cpu_count()} processors, {platform.system()}")
    print(
        "versions ", *(f"{name} {version(name)}" for name in ("onnxruntime", "lancedb", "pillow"))
    )
    print(f"pictures  {len(pictures)} ({options.repeat} copies), {options.rounds} rounds in turn")
    print(f"floor     {spread(floors)} pictures/s (decode and encode)")
    print(f"ingest    {spread(ingests)} pictures/s")
    print(f"ratio     {spread(ratios)}")


def decode_and_encode(pictures: list[Path], encoder: Lite0, threads: int) -> None:
    """The floor."""
    with ThreadPoolExecutor(threads) as pool:
        decoded = pool.map(lambda path: stills(path.read_bytes(), max_side=ENCODING_SIDE), pictures)
        while batch := [file.stills[0].pixels for file in islice(decoded, BATCH)]:
            encoder.encode(batch)


def run(source: Path, folder: Path, engines: Engines, threads: int) -> None:
    """A first ingest into a new index."""
    indexes = LanceIndexes(folder)
    indexes.create(
        IndexInfo(
            name="bench",
            encoder=engines.encoder.identity,
            text_encoder=engines.text_encoder.identity,
            created_at=datetime.now(UTC),
        )
    )
    with indexes.writing("bench") as index:
        for _ in ingest(Folder(source), index, engines, threads=threads):
            pass


def timed(work: Callable[[], None]) -> float:
    """Seconds on the wall."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(values: list[float]) -> str:
    """Median, minimum and maximum."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
