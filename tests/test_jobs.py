"""Ingestions in real worker processes: started, watched, cancelled, killed, resumed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import httpx2
import numpy as np
import pytest
from PIL import Image

from jobs_app import do_the_work
from sightline.errors import Conflict
from sightline.index.lance import LanceIndexes
from sightline.jobs import Jobs, WorkerLock, worker_log, worker_runs
from sightline.settings import Settings
from sightline.storage.records import MAX_ATTEMPTS, Ingestion
from sightline.workspace import Workspace
from standin_engines import ENGINES

HERE = Path(__file__).parent
PICTURES = 350
"""About a hundred more than the first commit takes."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many small pictures, all different, and two broken ones."""
    folder = tmp_path_factory.mktemp("shop")
    noise = np.random.default_rng(3)
    for number in range(PICTURES):
        pixels = noise.integers(1, 255, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:04}.png")
    for name in ("broken-1.jpg", "broken-2.jpg"):
        (folder / name).write_bytes(b"\xff\xd8\xff nothing more")
    return folder


@pytest.fixture(autouse=True)
def found_by_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker opens the engines of the tests by their import strings.

    They are slow after the first commit: long enough to be caught half way. Who takes up the rest
    has so little to do that it is fast again.
    """
    monkeypatch.setenv("PYTHONPATH", str(HERE), prepend=os.pathsep)
    monkeypatch.setenv("STANDIN_FAST", "260")
    monkeypatch.setenv("STANDIN_SECONDS", "0.1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path / "workspace", threads=2, **ENGINES)


@pytest.fixture
def jobs(settings: Settings) -> Iterator[Jobs]:
    opened = Jobs(settings)
    yield opened
    opened.close()
    assert not worker_runs(settings.workspace)


def submit(jobs: Jobs, folder: Path, index: str = "shop") -> Ingestion:
    return jobs.submit(index=index, kind="folder", source=str(folder), read_text=True, force=False)


def wait(
    jobs: Jobs, job: Ingestion, until: Callable[[Ingestion], bool], seconds: float = 40
) -> Ingestion:
    end = time.monotonic() + seconds
    while True:
        now = jobs.ingestions.get(job.id)
        if until(now):
            return now
        words = worker_log(jobs._settings.workspace)
        assert time.monotonic() < end, (now, words.exists() and words.read_text())
        time.sleep(0.02)


def half_way(job: Ingestion) -> bool:
    """Something is committed, and something is left to do."""
    assert not job.finished, job
    return 0 < job.progress.added < PICTURES


def check_one_row_each(settings: Settings) -> None:
    assets = LanceIndexes(settings.indexes_dir).open("shop").browse(0, 10_000)
    assert Counter(asset.key for asset in assets) == Counter(
        f"{number:04}.png" for number in range(PICTURES)
    )


def check_succeeded(job: Ingestion) -> None:
    assert (job.state, job.progress.stage) == ("Succeeded", "done"), job
    assert (job.progress.done, job.progress.failed) == (PICTURES + 2, 2)


def test_progress_and_success(
    jobs: Jobs, settings: Settings, shop: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STANDIN_FAST", "0")
    monkeypatch.setenv("STANDIN_SECONDS", "0.006")
    job = submit(jobs, shop)
    seen = []
    ended = wait(jobs, job, lambda now: seen.append(now) is not None or now.finished)
    check_succeeded(ended)
    assert ended.progress.added == PICTURES
    assert ended.worker != os.getpid()
    assert jobs.ingestions.remarks(job.id, "failure", 0, 10)[1] == 2
    moments = [now.progress.opened for now in seen]
    assert moments == sorted(moments)
    assert len(set(moments)) > 3
    assert any(now.seconds_left for now in seen)
    check_one_row_each(settings)


def test_cancelling_takes_effect_at_once(jobs: Jobs, shop: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STANDIN_FAST", "16")
    monkeypatch.setenv("STANDIN_SECONDS", "0.05")
    job = submit(jobs, shop)
    wait(jobs, job, lambda now: now.progress.opened > 20)
    began = time.monotonic()
    jobs.ingestions.cancel(job.id)
    ended = wait(jobs, job, lambda now: now.finished)
    assert ended.state == "Cancelled"
    assert time.monotonic() - began < 5  # a second or two on a machine that is not busy
    assert ended.progress.done < PICTURES
    # The worker lives and takes the next.
    following = submit(jobs, shop / "..", index="other")
    assert wait(jobs, following, lambda now: now.state == "Running").worker == ended.worker
    jobs.ingestions.cancel(following.id)


def test_a_killed_worker_is_replaced_and_nothing_is_lost_or_doubled(
    jobs: Jobs, settings: Settings, shop: Path
):
    job = submit(jobs, shop)
    killed = wait(jobs, job, half_way)
    assert killed.worker is not None
    os.kill(killed.worker, signal.SIGKILL)
    ended = wait(jobs, job, lambda now: now.finished)
    check_succeeded(ended)
    assert ended.worker != killed.worker
    # What was committed but not yet noted when it was killed counts as skipped.
    assert ended.progress.added + ended.progress.skipped == PICTURES
    assert ended.progress.added >= killed.progress.added
    assert jobs.ingestions.remarks(job.id, "failure", 0, 10)[1] == 2
    check_one_row_each(settings)


def test_a_server_that_ends_leaves_its_work_to_the_next(settings: Settings, shop: Path):
    first = Jobs(settings)
    job = submit(first, shop)
    wait(first, job, half_way)
    first.close()
    assert not worker_runs(settings.workspace)
    second = Jobs(settings)
    left = second.ingestions.get(job.id)
    assert (left.state, left.waiting) == ("Interrupted", "The worker was stopped.")
    second.start()
    check_succeeded(wait(second, job, lambda now: now.finished))
    second.close()
    check_one_row_each(settings)


def test_a_worker_needs_no_server(settings: Settings, shop: Path, tmp_path: Path):
    (tmp_path / "few").mkdir()
    shutil.copy(shop / "0000.png", tmp_path / "few")
    jobs = Jobs(settings, launch=False)
    job = submit(jobs, tmp_path / "few")
    environment = os.environ | {f"SIGHTLINE_{name.upper()}": v for name, v in ENGINES.items()}
    command = [sys.executable, "-m", "sightline.worker", "--linger", "0"]
    subprocess.run([*command, "--workspace", str(settings.workspace)], env=environment, check=True)
    ended = jobs.ingestions.get(job.id)
    assert (ended.state, ended.progress.added) == ("Succeeded", 1)
    jobs.close()


def test_there_is_one_worker(settings: Settings):
    assert not worker_runs(settings.workspace)
    with WorkerLock(settings.workspace):
        assert worker_runs(settings.workspace)
        with pytest.raises(Conflict), WorkerLock(settings.workspace):
            pass
    assert not worker_runs(settings.workspace)


def test_an_ingestion_that_kills_every_worker_is_given_up(settings: Settings, shop: Path):
    jobs = Jobs(settings, launch=False)
    job = submit(jobs, shop)
    for _ in range(MAX_ATTEMPTS):
        jobs.ingestions.claim(worker=1)
        jobs.ingestions.orphans()  # it died
    do_the_work(Workspace(settings), jobs)
    ended = jobs.ingestions.get(job.id)
    assert (ended.state, ended.error_code) == ("Failed", "internal_error")
    assert "5 workers died" in (ended.error_message or "")
    jobs.close()


class Server:
    """A server process; `kill` is kill -9, and leaves its worker alone."""

    def __init__(self, workspace: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "jobs_server.py"), str(workspace)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        address = self.process.stdout.readline().strip()
        self.client = httpx2.Client(base_url=address, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.client.close()
        self.process.terminate()
        self.process.communicate(timeout=20)

    def resident(self) -> float:
        """Memory in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) / 1024


def test_a_killed_server_finds_its_ingestion_again(settings: Settings, shop: Path):
    records = Jobs(settings, launch=False)
    with Server(settings.workspace) as server:
        wanted = {"index": "shop", "source": {"folder": str(shop)}}
        made = server.client.post("/api/ingestions", json=wanted).json()
        job = records.ingestions.get(made["id"])
        killed = wait(records, job, half_way)
        server.process.kill()
    os.kill(killed.worker or 0, signal.SIGKILL)
    with Server(settings.workspace):
        check_succeeded(wait(records, job, lambda now: now.finished))
    records.close()
    check_one_row_each(settings)


def test_a_thousand_files_and_a_server_that_stays_small_and_answers(
    settings: Settings, shop: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STANDIN_FAST", "16")
    content = [path.read_bytes() for path in sorted(shop.glob("0*.png"))]
    with Server(settings.workspace) as server:
        ask = server.client
        upload = ask.post("/api/uploads", files=[("f", ("0.png", content[0]))]).json()
        before, highest = server.resident(), 0.0
        for request in range(10):
            padding = bytes([request]) * 50_000
            files = [("f", (f"{request}/{n}.png", content[n] + padding)) for n in range(100)]
            reply = ask.post(f"{upload['url']}/files", files=files)
            assert {file["state"] for file in reply.json()["files"]} == {"Uploaded"}
            highest = max(highest, server.resident())
        assert ask.get(upload["url"]).json()["uploaded"] == 1001
        assert highest - before < 100

        wanted = {"index": "uploaded", "source": {"upload": upload["id"]}}
        job = ask.post("/api/ingestions", json=wanted).json()
        while (now := ask.get(job["url"]).json())["progress"]["opened"] == 0:
            assert now["state"] in {"Queued", "Running"}
            time.sleep(0.05)
        waits = []
        for _ in range(100):
            began = time.perf_counter()
            assert ask.get("/health").status_code == 200
            waits.append(time.perf_counter() - began)
        assert ask.get(job["url"]).json()["state"] == "Running"
        assert sorted(waits)[98] < 0.5  # the figures are those of benchmarks/responsiveness.py
    assert not worker_runs(settings.workspace)  # it went with the server


def test_nothing_is_opened_before_it_is_needed(settings: Settings):
    jobs = Jobs(settings)
    jobs.close()
    assert not settings.workspace.exists()


def test_a_server_brings_a_source_in_when_it_is_due(jobs: Jobs, shop: Path):
    uri = shop.as_uri()
    made = jobs.sources.add(
        kind="folder", value=str(shop), uri=uri, index="shop", refresh_minutes=60
    )
    jobs.start()
    end = time.monotonic() + 40
    while (begun := jobs.sources.get(made.id).last_ingestion) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    done = wait(jobs, jobs.ingestions.get(begun), lambda job: job.finished)
    assert (done.state, done.asked_by, done.source_id) == ("Succeeded", "refresh", made.id)
    assert jobs.ingestions.page(0, 10)[1] == 1


def test_a_worker_alone_brings_no_source_in(settings: Settings, shop: Path):
    jobs = Jobs(settings, launch=False)
    uri = shop.as_uri()
    jobs.sources.add(kind="folder", value=str(shop), uri=uri, index="shop", refresh_minutes=60)
    jobs.start()
    do_the_work(Workspace(settings), jobs)
    assert jobs.ingestions.page(0, 10) == ([], 0)
    jobs.close()
