"""Ingestions through jobs whose workers and servers are killed at random moments.

The engines are stand-ins, everything else is what a user has: records, locks, processes, index.
A worker commits every few rows, so that there are many moments at which a kill can hurt.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import httpx2
import numpy as np
from PIL import Image

from sightline.index.lance import LanceIndexes
from sightline.index.table import LanceIndex
from sightline.jobs import Jobs, worker_runs
from sightline.settings import Settings
from sightline.storage.records import Ingestion
from standin_engines import ENGINES

HERE = Path(__file__).parent
PICTURES = 240
PACE = "0.006"
"""Seconds that a stand-in takes for a picture."""

WORKER = """
import sys
import lancedb, sqlalchemy
import sightline.index.lance, sightline.ingest, sightline.storage.ingestions
sightline.row_desk.COMMIT_ROWS = 16
from sightline.worker import main
sys.stdin.readline()
main(["--workspace", sys.argv[1], "--linger", "0"])
"""


@dataclass(slots=True)
class Toll:
    """What came of it. The faults must stay at 0."""

    workers: int = 0
    servers: int = 0
    before_a_row: int = 0
    half_way: int = 0
    after_the_last: int = 0
    given_up: int = 0
    ingestions: int = 0
    rows: int = 0
    lost: int = 0
    doubled: int = 0
    half_written: int = 0
    seconds: float = field(default=0.0)

    @property
    def faults(self) -> int:
        """Rows that are not as they should be."""
        return self.lost + self.doubled + self.half_written


class Slaughter:
    """A workspace whose workers and servers do not live long."""

    def __init__(self, scratch: Path, seed: int) -> None:
        self._shop = scratch / "shop"
        self._make_pictures()
        self._settings = Settings(workspace=scratch / "workspace", threads=2, **ENGINES)
        self._moments = random.Random(seed)
        self._environment = os.environ | {
            **{f"SIGHTLINE_{name.upper()}": engine for name, engine in ENGINES.items()},
            "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
            "STANDIN_FAST": "0",
            "STANDIN_SECONDS": PACE,
        }
        self._jobs = Jobs(self._settings, launch=False)
        self._next = self._waiting()
        self.toll = Toll()

    def run(self, *, workers: int, servers: int) -> Toll:
        """Kill so many of each, let the last work end, and look at every row there is."""
        began = time.monotonic()
        try:
            self._kill_all(workers, servers)
        finally:
            self._next.kill()
            self._next.communicate()
            self._jobs.close()
        self.toll.seconds = time.monotonic() - began
        return self.toll

    def _kill_all(self, workers: int, servers: int) -> None:
        victims = ["worker"] * workers + ["server"] * servers
        self._moments.shuffle(victims)
        job = self._submitted()
        for victim in victims:
            job = self._unfinished(job)
            if victim == "worker":
                self._kill_a_worker(job)
            else:
                self._kill_a_server(job)
            self._look_at(job)
        while not (job := self._jobs.ingestions.get(job.id)).finished:
            self._started().wait(120)
        for index in self._indexes().names():
            self._check(self._indexes().open(index), whole=True)

    def _kill_a_worker(self, job: Ingestion) -> None:
        process = self._started()
        self._wait_for_a_moment(job, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.toll.workers += 1

    def _kill_a_server(self, job: Ingestion) -> None:
        """The server goes; its worker, which it leaves behind, goes half a second later."""
        command = [sys.executable, str(HERE / "jobs_server.py"), str(self._settings.workspace)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self._environment)
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            assert httpx2.get(f"{address}/health", timeout=60).status_code == 200
            self._wait_for_a_moment(job, server)
        finally:
            server.kill()
            server.communicate()
        self.toll.servers += 1
        time.sleep(self._moments.uniform(0, 0.5))
        worker = self._jobs.ingestions.get(job.id).worker
        if worker and worker_runs(self._settings.workspace):
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        end = time.monotonic() + 60
        while worker_runs(self._settings.workspace):
            assert time.monotonic() < end
            time.sleep(0.02)

    def _started(self) -> subprocess.Popen[bytes]:
        """A worker that has loaded what it needs begins, and the next one gets ready."""
        process, self._next = self._next, self._waiting()
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
        return process

    def _waiting(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", WORKER, str(self._settings.workspace)]
        return subprocess.Popen(command, env=self._environment, stdin=subprocess.PIPE)

    def _wait_for_a_moment(
        self, job: Ingestion, process: subprocess.Popen[str] | subprocess.Popen[bytes]
    ) -> None:
        """A random time: now and then from its first step, mostly from its first picture."""
        from_the_first_step = self._moments.random() < 0.15
        end = time.monotonic() + 60
        while not (now := self._jobs.ingestions.get(job.id)).finished:
            taken_up = now.worker != job.worker and now.state == "Running"
            if taken_up and (
                from_the_first_step or now.progress.stage not in {"opening", "listing"}
            ):
                break
            assert time.monotonic() < end, now
            assert process.poll() in {None, 0}
            time.sleep(0.005)
        time.sleep(self._moments.uniform(0, 0.9))

    def _submitted(self) -> Ingestion:
        self.toll.ingestions += 1
        return self._jobs.submit(
            index=f"shop-{self.toll.ingestions:03}",
            kind="folder",
            source=str(self._shop),
            read_text=True,
            force=False,
        )

    def _unfinished(self, job: Ingestion) -> Ingestion:
        now = self._jobs.ingestions.get(job.id)
        if not now.finished:
            return now
        if now.state == "Succeeded":
            return self._submitted()
        # Five workers in a row died before they noted anything: it is given up, as documented.
        assert "workers died" in (now.error_message or ""), now
        self.toll.given_up += 1
        return self._jobs.submit(
            index=now.index_name,
            kind="folder",
            source=str(self._shop),
            read_text=True,
            force=False,
        )

    def _look_at(self, job: Ingestion) -> None:
        """What is there right after a kill is whole, however little it is."""
        rows = 0
        if job.index_name in self._indexes().names():
            rows = self._check(self._indexes().open(job.index_name), whole=False)
        if rows == 0:
            self.toll.before_a_row += 1
        elif rows < PICTURES:
            self.toll.half_way += 1
        else:
            self.toll.after_the_last += 1

    def _check(self, index: LanceIndex, *, whole: bool) -> int:
        """Count what is wrong with the rows of an index; returns how many there are."""
        assets = index.browse(0, 100_000)
        keys = Counter(asset.key for asset in assets)
        ids = [asset.id for asset in assets]
        vectors = index.vectors("picture", ids)
        thumbnails = index.thumbnails(ids)
        self.toll.doubled += sum(count - 1 for count in keys.values())
        for asset in assets:
            vector, thumbnail = vectors.get(asset.id), thumbnails.get(asset.id)
            sound = (
                vector is not None
                and abs(float(np.linalg.norm(vector)) - 1) < 1e-3
                and thumbnail is not None
                and _decodes(thumbnail)
                and asset.reading is not None
                and bool(asset.reading.lines)
            )
            self.toll.half_written += not sound
        if whole:
            self.toll.rows += len(assets)
            self.toll.lost += len({path.name for path in self._shop.iterdir()} - keys.keys())
        return len(assets)

    def _indexes(self) -> LanceIndexes:
        return LanceIndexes(self._settings.indexes_dir)

    def _make_pictures(self) -> None:
        self._shop.mkdir()
        noise = np.random.default_rng(5)
        for number in range(PICTURES):
            pixels = noise.integers(1, 255, (12, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(self._shop / f"{number:04}.png")


def _decodes(thumbnail: bytes) -> bool:
    try:
        with Image.open(BytesIO(thumbnail)) as picture:
            picture.load()
    except OSError:
        return False
    return True
