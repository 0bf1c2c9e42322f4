"""How fast and how right a search is: ours, Chroma with the same vectors, and an exact scan.

    python benchmarks/search.py [--rows 20000] [--dimension 1280] [--queries 100] [--rounds 5]

Clustered unit vectors, cosine, the ten nearest; one row in ten passes the filter. All engines hold
the same vectors on the same disk and are asked in turn within one run, a round each; the first
round is not counted. The exact scan in NumPy is the truth for recall, and the floor for an exact
search. Chroma is measured when `chromadb` is installed (`pip install chromadb`).
"""

import argparse
import hashlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sightline.assets import Asset, Row, Tag, Where, Whole
from sightline.index.base import IndexInfo
from sightline.index.lance import LanceIndexes
from sightline.vision.base import Identity

Vectors = NDArray[np.float32]
GROUPS = 10
NEAREST = 10
BATCH = 1000


class Engine(Protocol):
    """One engine; rows are numbered, row `n` is in group `n % GROUPS`."""

    def build(self, vectors: Vectors) -> None:
        """Take all rows in, ready to be searched."""
        ...

    def near(self, vector: Vectors, group: int | None) -> list[int]:
        """The ten nearest rows, of a group when one is given."""
        ...


class Exact:
    """All cosines by one matrix product: what a library can do at best without an index."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "vectors.npy"

    def build(self, vectors: Vectors) -> None:
        """Write the matrix and read it back."""
        np.save(self._file, vectors)
        self._rows = np.load(self._file)
        self._groups = np.arange(len(vectors)) % GROUPS

    def near(self, vector: Vectors, group: int | None) -> list[int]:
        """The best of all cosines."""
        places = (
            np.arange(len(self._rows)) if group is None else np.flatnonzero(self._groups == group)
        )
        scores = (self._rows if group is None else self._rows[places]) @ vector
        best = np.argpartition(-scores, NEAREST)[:NEAREST]
        return [int(places[place]) for place in best[np.argsort(-scores[best])]]


class Ours:
    """The index as an ingest fills it: whole rows, in commits, optimized at the end."""

    def __init__(self, folder: Path) -> None:
        self._indexes = LanceIndexes(folder)

    def build(self, vectors: Vectors) -> None:
        """Add in batches, then optimize."""
        identity = Identity(name="bench", version="1", dimension=vectors.shape[1])
        words = Identity(name="bench", version="1", dimension=8)
        info = IndexInfo(
            name="bench", encoder=identity, text_encoder=words, created_at=datetime.now(UTC)
        )
        self._indexes.create(info)
        with self._indexes.writing("bench") as index:
            for start in range(0, len(vectors), BATCH):
                batch = vectors[start : start + BATCH]
                index.add([row(start + n, vector) for n, vector in enumerate(batch)])
            index.optimize()

    def near(self, vector: Vectors, group: int | None) -> list[int]:
        """Open the index and search it, as each request does."""
        where = None if group is None else Where(tag=f"group {group}")
        found = self._indexes.open("bench").near("picture", vector, NEAREST, where)
        return [int(one.id) for one in found]


class Chroma:
    """Chroma as its guide shows it, with cosine distances."""

    def __init__(self, folder: Path) -> None:
        import chromadb  # noqa: PLC0415 - measured only where it is installed

        settings = chromadb.Settings(anonymized_telemetry=False)
        self._client = chromadb.PersistentClient(path=str(folder), settings=settings)

    def build(self, vectors: Vectors) -> None:
        """Add in batches."""
        self._collection = self._client.create_collection(
            "bench", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )
        for start in range(0, len(vectors), BATCH):
            batch = vectors[start : start + BATCH]
            numbers = range(start, start + len(batch))
            self._collection.add(
                ids=[str(number) for number in numbers],
                embeddings=batch,
                metadatas=[
                    {"key": f"pictures/{number}.jpg", "group": number % GROUPS}
                    for number in numbers
                ],
            )

    def near(self, vector: Vectors, group: int | None) -> list[int]:
        """One query."""
        found = self._collection.query(
            query_embeddings=vector[None, :],
            n_results=NEAREST,
            where=None if group is None else {"group": group},
            include=["distances"],
        )
        return [int(one) for one in found["ids"][0]]


@dataclass
class Measured:
    """What one engine did: times in seconds, one list of latencies for each round."""

    name: str
    built: float = 0.0
    size: int = 0
    first: float = 0.0
    latencies: dict[str, list[list[float]]] = field(default_factory=dict)
    found: dict[str, list[float]] = field(default_factory=dict)

    def median(self, task: str) -> float:
        """Seconds: the median of the rounds' medians."""
        return float(np.median([np.median(times) for times in self.latencies[task]]))

    def line(self, floor: "Measured") -> str:
        """A row of the table, with ratios to the exact scan."""
        cells = [f"{self.name:9}", f"{self.built:8.1f}", f"{self.size / 1e6:8.0f}"]
        cells.append(f"{self.first * 1e3:8.1f}")
        for task, rounds in self.latencies.items():
            medians = [float(np.median(times)) * 1e3 for times in rounds]
            slow = float(np.percentile(np.concatenate(rounds), 99)) * 1e3
            spread = f"({min(medians):.2f}–{max(medians):.2f})"
            ratio = self.median(task) / floor.median(task)
            recall = float(np.mean(self.found[task]))
            cells.append(
                f"{self.median(task) * 1e3:7.2f} {spread:15} {slow:7.2f} {ratio:6.2f} {recall:6.3f}"
            )
        return " ".join(cells)


def main() -> None:
    """Build each engine, ask them in turn, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--dimension", type=int, default=1280)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    vectors, queries = clustered(options.rows, options.queries, options.dimension)
    kinds: dict[str, Callable[[Path], Engine]] = {"exact": Exact, "sightline": Ours}
    if installed("chromadb"):
        kinds["chroma"] = Chroma
    print(machine(kinds))
    with tempfile.TemporaryDirectory() as scratch:
        engines: dict[str, Engine] = {}
        table = {name: Measured(name) for name in kinds}
        for name, kind in kinds.items():
            folder = Path(scratch) / name
            folder.mkdir()
            engines[name] = kind(folder)
            table[name].built = timed(lambda name=name: engines[name].build(vectors))
            table[name].first = timed(lambda name=name: engines[name].near(queries[0], None))
        for task in ("all", "filtered"):
            ask_in_turn(engines, table, queries, task, options.rounds)
        for name in kinds:
            table[name].size = size_of(Path(scratch) / name)

    columns = "p50 ms (per round)      p99 ms  ratio recall"
    print(f"\n{'':9} {'build s':>8} {'disk MB':>8} {'first ms':>8} {'all: ' + columns:46}", end=" ")
    print(f"one in ten: {columns}")
    for measured in table.values():
        print(measured.line(table["exact"]))
    print("\nratio: p50 over that of the exact scan; recall: of its ten.")


def ask_in_turn(
    engines: dict[str, Engine],
    table: dict[str, Measured],
    queries: Vectors,
    task: str,
    rounds: int,
) -> None:
    """Each round asks every engine all queries; the first round warms up and is not counted."""
    groups = [None if task == "all" else number % GROUPS for number in range(len(queries))]
    truth = [
        set(engines["exact"].near(query, group))
        for query, group in zip(queries, groups, strict=True)
    ]
    for round_ in range(rounds + 1):
        for name, engine in engines.items():
            times, right = ask(engine, queries, groups, truth)
            if round_:
                table[name].latencies.setdefault(task, []).append(times)
                table[name].found.setdefault(task, []).append(right)


def ask(
    engine: Engine, queries: Vectors, groups: Sequence[int | None], truth: Sequence[set[int]]
) -> tuple[list[float], float]:
    times, right = [], 0
    for query, group, best in zip(queries, groups, truth, strict=True):
        began = time.perf_counter()
        found = engine.near(query, group)
        times.append(time.perf_counter() - began)
        right += len(best & set(found))
    return times, right / (NEAREST * len(queries))


def clustered(rows: int, queries: int, dimension: int) -> tuple[Vectors, Vectors]:
    """Unit vectors around one centre for each hundred rows, and queries near some of them."""
    chance = np.random.default_rng(7)

    def unit(vectors: Vectors) -> Vectors:
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def around(centres: Vectors, spread: float) -> Vectors:
        noise = chance.standard_normal(centres.shape, dtype=np.float32)
        return unit(centres + spread * noise / np.float32(np.sqrt(dimension)))

    centres = unit(chance.standard_normal((max(rows // 100, 1), dimension), dtype=np.float32))
    vectors = around(centres[chance.integers(0, len(centres), rows)], 0.8)
    return vectors, around(vectors[chance.integers(0, rows, queries)], 0.5)


def row(number: int, vector: Vectors) -> Row:
    """A row of an ingest, without text encoder and thumbnail, as the others have none."""
    key = f"pictures/{number}.jpg"
    return Row(
        asset=Asset(
            id=str(number),
            key=key,
            source="bench",
            location=f"/{key}",
            place=Whole(),
            sha256=hashlib.sha256(key.encode()).hexdigest(),
            size=1,
            etag=str(number),
            media_type="image/jpeg",
            width=1,
            height=1,
            tags=(Tag(f"group {number % GROUPS}", 1.0),),
        ),
        vector=vector,
        concept=None,
        description_vector=None,
        thumbnail=b"",
        pipeline="bench",
    )


def machine(kinds: Sequence[str] | dict[str, Callable[[Path], Engine]]) -> str:
    packages = ["numpy", "lancedb", *(["chromadb"] if "chroma" in kinds else [])]
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"python {' '.join(sys.argv)}\n"
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{versions}"
    )


def installed(package: str) -> bool:
    try:
        version(package)
    except ModuleNotFoundError:
        return False
    return True


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
