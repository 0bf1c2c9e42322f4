"""Ingestions as a server sees them: taken down as records, done by a worker process.

Sources whose time has come are queued here, too.

The worker is started when there is something to do, watched, and started again when it dies; the
records say what is left. A server that dies leaves the worker running; the next one finds it by
its lock and starts none of its own. Everything here may be called from any thread.
"""

import fcntl
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from sightline.errors import Conflict, InvalidRequest, SightlineError, UnreadableSource
from sightline.index.names import check_name
from sightline.settings import Settings
from sightline.sources.base import Addressed, Source
from sightline.sources.documents import Documents
from sightline.sources.folder import Folder
from sightline.sources.opening import open_source
from sightline.sources.upload import UploadSource
from sightline.storage.blobs import Blobs
from sightline.storage.intake import UploadLimits
from sightline.storage.records import CATALOG_FILE, Ingestion, SourceKind, SourceRecord

if TYPE_CHECKING:
    from sightline.storage.catalog import Catalog
    from sightline.storage.ingestions import Ingestions
    from sightline.storage.sources import Sources
    from sightline.storage.uploads import Uploads
    from sightline.storage.video_indexes import VideoIndexes

log = logging.getLogger("sightline.jobs")

WATCH: Final = 1.0
"""Seconds between looks at the worker."""

LONGEST_PAUSE: Final = 60.0
"""Seconds at most between two starts of a worker that fails at once."""

FAREWELL: Final = 10.0
"""Seconds that a worker gets to stop by itself; killing it loses nothing that was committed."""

LOG_BYTES: Final = 1 << 20

_WITHOUT_CONNECTIONS: Final = partial(open_source, connections={})


class Jobs:
    """The uploads and ingestions of one workspace folder. Nothing is opened before it is needed."""

    def __init__(
        self,
        settings: Settings,
        *,
        limits: UploadLimits | None = None,
        open_url: Callable[[str], Addressed] = _WITHOUT_CONNECTIONS,
        launch: bool = True,
    ) -> None:
        """With `launch` False no worker is ever started: somebody else runs one.

        `open_url` makes a source of an address; by itself it knows no connections.
        """
        self.limits = limits or UploadLimits()
        self._open_url = open_url
        self._settings = settings
        self._launch = launch
        self._opening = threading.RLock()
        self._closing = threading.Event()
        self._wake = threading.Event()
        self._watcher: threading.Thread | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._pause = 0.0
        self._not_before = 0.0

    @property
    def uploads(self) -> "Uploads":
        """The records of uploads. Raises Unavailable."""
        from sightline.storage.uploads import Uploads

        return Uploads(self._open_catalog())

    @property
    def ingestions(self) -> "Ingestions":
        """The records of ingestions. Raises Unavailable."""
        from sightline.storage.ingestions import Ingestions

        return Ingestions(self._open_catalog())

    @cached_property
    def blobs(self) -> Blobs:
        """The files of uploads."""
        return Blobs(self._settings.workspace / "uploads")

    @cached_property
    def sent_videos(self) -> Blobs:
        """Videos that came inside of requests, by the id of their index."""
        return Blobs(self._settings.workspace / "sent_videos")

    @property
    def sources(self) -> "Sources":
        """The records of sources. Raises Unavailable."""
        from sightline.storage.sources import Sources

        return Sources(self._open_catalog())

    @property
    def videos(self) -> "VideoIndexes":
        """The records of indexes of videos. Raises Unavailable."""
        from sightline.storage.video_indexes import VideoIndexes

        return VideoIndexes(self._open_catalog())

    def submit(
        self, *, index: str, kind: SourceKind, source: str, read_text: bool, force: bool
    ) -> Ingestion:
        """Take an ingestion down and see to it that somebody does it.

        Raises InvalidRequest, UnreadableSource or NotFound when index or source cannot be.
        """
        from sightline.storage.ingestions import Order

        check_name(index)
        known = self.sources.of(index, self.source(kind, source).uri)
        order = Order(
            index=index,
            kind=kind,
            source=source,
            read_text=read_text,
            force=force,
            source_id=known.id if known else None,
        )
        made = self.ingestions.add(order)
        self.start()
        return made

    def sync(self, record: SourceRecord, *, force: bool = False) -> tuple[Ingestion, bool]:
        """An ingestion of a source that has a record, and whether it is a new one.

        While one is unfinished there is no second. Raises UnreadableSource or NotFound.
        """
        from sightline.storage.sources import order_of

        self.source(record.kind, record.value)
        found = self.ingestions.add_once(order_of(record, force=force))
        self.start()
        return found

    def source(self, kind: SourceKind, value: str) -> Source:
        """The source of an ingestion. Raises InvalidRequest, UnreadableSource or NotFound."""
        try:
            match kind:
                case "upload":
                    return UploadSource(value, self.uploads, self.blobs)
                case "folder":
                    return _folder(value, self._settings.max_file_mb * 2**20)
                case "url":
                    return self._open_url(value)
                case "videos":
                    return Documents(value, self.videos, self._open_url)
        except SightlineError as error:
            error.param = error.param or f"source.{kind}"
            raise

    def delete_upload(self, id: str) -> None:
        """Forget an upload and remove its files. Raises NotFound, and Conflict while it is used."""
        self.uploads.get(id)
        if known := self.sources.using("upload", id):
            raise Conflict(
                f"The upload {id!r} is the source {known.name!r} of the index "
                f"{known.index_name!r}.",
                hint="Remove that source first.",
            )
        if self.ingestions.uses("upload", id):
            raise Conflict(
                f"The upload {id!r} is being ingested.",
                hint="Wait until the ingestion has ended, or cancel it.",
            )
        self.uploads.delete(id)
        self.blobs.delete(id)

    def start(self) -> None:
        """Begin to watch over the work; what an earlier server left unfinished goes on."""
        with self._opening:
            if self._watcher is None and self._launch and not self._closing.is_set():
                self._watcher = threading.Thread(
                    target=self._watch, name="sightline-jobs", daemon=True
                )
                self._watcher.start()
        self._wake.set()

    def close(self) -> None:
        """Stop the worker that was started here; what it did not finish waits for the next one."""
        self._closing.set()
        self._wake.set()
        if self._watcher is not None:
            self._watcher.join()
        if self._child is not None:
            self._child.terminate()
            try:
                self._child.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        with self._opening:
            if "_catalog" in self.__dict__:
                self._catalog.close()
                del self._catalog

    def _open_catalog(self) -> "Catalog":
        with self._opening:
            return self._catalog

    @cached_property
    def _catalog(self) -> "Catalog":
        from sightline.storage.catalog import Catalog

        return Catalog.of(self._settings.workspace)

    def _watch(self) -> None:
        while not self._closing.is_set():
            try:
                self._refresh()
                self._tend()
            except (SightlineError, OSError) as error:
                log.warning("looking after the worker: %s", error)
            self._wake.wait(WATCH)
            self._wake.clear()

    def _refresh(self) -> None:
        """Queue what is due. Only here: a worker alone does what is queued and begins nothing."""
        if (self._settings.workspace / CATALOG_FILE).exists():
            for begun in self.sources.begin_due(datetime.now(UTC)):
                log.info("source %s is due: %s", begun.source_id, begun.id)

    def _tend(self) -> None:
        if self._child is not None and (code := self._child.poll()) is not None:
            self._child = None
            self._pause = min(max(2 * self._pause, WATCH), LONGEST_PAUSE) if code else 0.0
            self._not_before = time.monotonic() + self._pause
            if code:
                log.warning(
                    "the worker ended with code %d; its words are in %s",
                    code,
                    worker_log(self._settings.workspace),
                )
        if self._child is not None or time.monotonic() < self._not_before:
            return
        if not (self._settings.workspace / CATALOG_FILE).exists():
            return  # nothing was ever asked for, and opening the catalog would make one
        if self.ingestions.unfinished() and not worker_runs(self._settings.workspace):
            self._child = launch(self._settings)


def launch(settings: Settings) -> subprocess.Popen[bytes]:
    """Start a worker for a workspace: its own session, so that Ctrl+C on the server is not its."""
    words = worker_log(settings.workspace)
    small = not words.exists() or words.stat().st_size < LOG_BYTES
    command = [sys.executable, "-m", "sightline.worker", "--workspace", str(settings.workspace)]
    with words.open("ab" if small else "wb") as said:
        return subprocess.Popen(  # noqa: S603 (our own module)
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            env=os.environ | _environment(settings),
        )


def worker_log(workspace: Path) -> Path:
    """Where a worker that a server started says what went wrong."""
    return workspace / "worker.log"


class WorkerLock:
    """The right to be the only worker of a workspace; the system takes it back at death."""

    def __init__(self, workspace: Path) -> None:
        workspace.mkdir(parents=True, exist_ok=True)
        self._file = os.open(_lock(workspace), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def __enter__(self) -> Self:
        until = time.monotonic() + WATCH
        while not self._taken():
            if time.monotonic() > until:
                os.close(self._file)
                raise Conflict("Another worker runs for this workspace.")
            time.sleep(0.05)  # a server that only looked whether there is one is gone at once
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def worker_runs(workspace: Path) -> bool:
    """Whether some process is the worker of a workspace."""
    with _opened(_lock(workspace)) as file:
        if file is None:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _lock(workspace: Path) -> Path:
    return workspace / "worker.lock"


@contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        yield file
    finally:
        os.close(file)


def _environment(settings: Settings) -> dict[str, str]:
    """The settings that make rows, for a process that reads them like any other."""
    names = ("models", "encoder", "text_encoder", "reader", "reader_runtime", "threads")
    values = {name: getattr(settings, name) for name in names}
    return {f"SIGHTLINE_{name.upper()}": str(value) for name, value in values.items() if value}


def _folder(path: str, largest: int) -> Folder:
    try:
        if not Path(path).expanduser().is_absolute():
            raise InvalidRequest(
                f"Expected the whole path of a folder, got {path[:200]!r}.", param="source.folder"
            )
        return Folder(Path(path), largest=largest)
    except (OSError, ValueError, RuntimeError) as error:
        raise UnreadableSource(
            f"Expected the path of a folder, got {path[:200]!r}: {error}.", param="source.folder"
        ) from error
