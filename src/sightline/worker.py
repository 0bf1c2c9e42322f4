"""The worker of a workspace: a process that does its ingestions, one after the other.

    python -m sightline.worker --workspace FOLDER [--linger SECONDS]

A server starts it, and anybody may: it takes a lock, goes on with what a dead worker left, does
what is queued, and leaves when nothing came for a while. It needs no server. SIGTERM ends it
within a second or two, between files; so does `kill -9`, which costs no more than the commit that
was being made.
"""

import argparse
import asyncio
import logging
import os
import signal
import threading
import time
from collections import deque
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Final, Self

from sightline.errors import Conflict, IndexBusy, SightlineError
from sightline.ingest import ingest
from sightline.ingestion import (
    Added,
    Failed,
    IngestEvent,
    Listed,
    Noticed,
    Optimizing,
    Tally,
    Updated,
    Watched,
)
from sightline.jobs import Jobs, WorkerLock
from sightline.settings import load_settings
from sightline.sources.base import Listing, Source, SourceItem
from sightline.storage.records import MAX_ATTEMPTS, Ingestion, Progress, Remark, Stage
from sightline.workspace import Workspace

log = logging.getLogger("sightline.worker")

TICK: Final = 0.4
"""Seconds between two notes on progress, and so the longest before a request to stop is seen."""

IDLE: Final = 0.3
LINGER: Final = 30.0
"""Seconds without work after which the worker leaves and gives the memory of its models back."""

BUSY: Final = timedelta(seconds=2)
RATE_SECONDS: Final = 30.0
NICENESS: Final = 10
"""Questions come first: on a busy machine the worker gets what a server leaves over."""


def main(arguments: list[str] | None = None) -> None:
    """Run until there is nothing to do."""
    parser = argparse.ArgumentParser(prog="sightline.worker", description="Do queued ingestions.")
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--linger", type=float, default=LINGER, help="seconds to wait for more")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    settings = load_settings(workspace=options.workspace)
    stop = threading.Event()

    def stopping(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, stopping)
    signal.signal(signal.SIGINT, stopping)
    try:
        with WorkerLock(settings.workspace):
            os.nice(NICENESS)
            workspace = Workspace(settings)
            jobs = Jobs(settings, open_url=workspace.source, launch=False)
            try:
                work(workspace, jobs, stop=stop, linger=options.linger)
            finally:
                jobs.close()
                asyncio.run(workspace.close())
    except Conflict as error:
        log.warning("%s", error)


def work(workspace: Workspace, jobs: Jobs, *, stop: threading.Event, linger: float = 0.0) -> None:
    """Do what is queued until nothing came for `linger` seconds. Only for the only worker."""
    records = jobs.ingestions
    records.orphans()
    last = time.monotonic()
    while not stop.is_set():
        job = records.claim(os.getpid()) if records.unfinished() else None
        if job is not None:
            run(job, workspace, jobs, stop)
            last = time.monotonic()
        elif time.monotonic() - last >= linger:
            return
        else:
            stop.wait(IDLE)


def run(job: Ingestion, workspace: Workspace, jobs: Jobs, stop: threading.Event) -> None:
    """Do one ingestion as far as it goes, and write down what became of it."""
    records = jobs.ingestions
    report = Report(job, jobs, stop)
    error: SightlineError | None = None
    with report:
        try:
            _bring(job, workspace, jobs, report)
        except SightlineError as failure:
            error = failure
        except Exception:
            log.exception("ingestion %s", job.id)
            error = _Broken("Something went wrong inside Sightline; worker.log has the details.")
    progress, said = report.rest()
    match error:
        case None:
            records.finish(job.id, "Succeeded", progress, said)
        case _Stopped() if report.cancelled:
            records.finish(job.id, "Cancelled", progress, said)
        case _Stopped():
            records.note(job.id, progress, said)
            records.put_back(job.id, "Interrupted", why=error.message, wait=timedelta())
        case IndexBusy():
            records.put_back(job.id, "Queued", why=error.message, wait=BUSY)
        case _:
            records.finish(job.id, "Failed", progress, said, error)


def _bring(job: Ingestion, workspace: Workspace, jobs: Jobs, report: "Report") -> None:
    if job.attempts > MAX_ATTEMPTS:
        raise _Broken(
            f"{MAX_ATTEMPTS} workers died on this ingestion and got nothing done.",
            hint="worker.log may say why; is there enough memory?",
        )
    source = jobs.source(job.source_kind, job.source)
    with workspace.writing(job.index_name) as index:
        try:
            report.go_on()
            engines = workspace.engines(read_text=job.read_text)
            report.go_on()
            report.stage = "listing"
            watched = _Watched(source, report)
            threads = workspace.settings.threads
            for event in ingest(watched, index, engines, threads=threads, force=job.force):
                report.take(event)
            report.stage = "done"
        except _Leave as leave:
            # From here on an error of the family: an index that was made for nothing goes again.
            raise _Stopped("The worker was stopped.") from leave


class Report:
    """What is told of a running ingestion: counted as it comes, noted a few times a second."""

    def __init__(self, job: Ingestion, jobs: Jobs, stop: threading.Event) -> None:
        self._job = job
        self._records = jobs.ingestions
        self._stop = stop
        self._guard = threading.Lock()
        self._tally = Tally()
        self._remarks: list[Remark] = []
        self._opened = 0
        self._under_way: str | None = None
        self._pace: deque[tuple[float, int]] = deque()
        self._ended = threading.Event()
        self._noting = threading.Thread(target=self._note, name="report", daemon=True)
        self.stage: Stage = "opening"
        self.cancelled = job.cancel_requested

    def __enter__(self) -> Self:
        self._noting.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        self._noting.join()

    def go_on(self) -> None:
        """Raises when the ingestion was cancelled or the worker is to stop."""
        if self.cancelled or self._stop.is_set():
            raise _Leave

    def opened(self) -> None:
        """A file is being read."""
        with self._guard:
            self._opened += 1

    def take(self, event: IngestEvent) -> None:
        """Count an event."""
        with self._guard:
            self._tally.count(event)
            self._under_way = event.words if isinstance(event, Watched) else None
            match event:
                case Listed():
                    self.stage = "pictures"
                case Optimizing():
                    self.stage = "optimizing"
                case Failed(key, code, message):
                    self._remarks.append(Remark("failure", key, code, message))
                case Noticed(problem):
                    said = Remark("notice", problem.key, problem.code, problem.message)
                    self._remarks.append(said)
                case Added(key, _, note) if note:
                    self._remarks.append(Remark("notice", key, "note", note))
                case Updated(key) if event.remark:
                    self._remarks.append(Remark("notice", key, "note", event.remark))
                case _:
                    pass
        # Pictures come in the batches of a commit, which are told to their end; after them files
        # are read, and there a run is ended, too.
        if not isinstance(event, Added | Optimizing):
            self.go_on()

    def rest(self) -> tuple[Progress, list[Remark]]:
        """What is not noted yet, once the run is over."""
        return self._progress(), self._remarks

    def _note(self) -> None:
        while not self._ended.wait(TICK):
            with self._guard:
                progress = self._progress()
                said, self._remarks = self._remarks, []
            try:
                self.cancelled = self._records.note(self._job.id, progress, said) or self.cancelled
            except SightlineError as error:
                log.warning("ingestion %s: progress was not noted: %s", self._job.id, error)
                with self._guard:
                    self._remarks = said + self._remarks

    def _progress(self) -> Progress:
        """This run's counts on top of those of the runs that were interrupted."""
        tally, before = self._tally, self._job.progress
        known = before.added + before.updated
        return Progress(
            stage=self.stage,
            total=tally.total,
            undescribed=tally.undescribed,
            opened=self._opened,
            added=before.added + tally.added,
            updated=before.updated + tally.updated,
            skipped=max(tally.skipped - known, 0),
            removed=before.removed + tally.removed,
            failed=len(tally.failed),
            noticed=len(tally.noticed) + len(tally.notes),
            rate=self._rate(),
            under_way=self._under_way,
        )

    def _rate(self) -> float | None:
        now = time.monotonic()
        if self._opened:
            self._pace.append((now, self._opened))
        while len(self._pace) > 1 and now - self._pace[0][0] > RATE_SECONDS:
            self._pace.popleft()
        if len(self._pace) <= 1:
            return None
        (then, first), (last, latest) = self._pace[0], self._pace[-1]
        return (latest - first) / (last - then) if latest > first else None


class _Watched:
    """A source that counts what is read of it and stops giving when the run is to end."""

    def __init__(self, source: Source, report: Report) -> None:
        self._source = source
        self._report = report

    @property
    def uri(self) -> str:
        return self._source.uri

    def listing(self) -> Listing:
        return self._source.listing()

    def read(self, item: SourceItem) -> bytes:
        self._report.go_on()
        data = self._source.read(item)
        self._report.opened()
        return data

    def open(self, item: SourceItem) -> BinaryIO:
        self._report.go_on()
        file = self._source.open(item)
        self._report.opened()
        return file


class _Leave(Exception):
    """Ends a run from any of its threads; of no family, so that no file is blamed for it."""


class _Stopped(SightlineError):
    """The run ended before its end, on request."""

    code = "stopped"


class _Broken(SightlineError):
    """The run ended by a mistake of ours."""

    code = "internal_error"


if __name__ == "__main__":
    main()
