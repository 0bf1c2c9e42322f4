"""Videos that come with questions: indexed like any other, and gone a day after the last question.

Each is an index of its own, named by its content, so that the same video is indexed once however
often it is sent, and is forgotten whole.
"""

import hashlib
import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from threading import Event, Lock
from typing import Final

from sightline.errors import (
    Conflict,
    IndexBusy,
    InvalidRequest,
    NotFound,
    SightlineError,
    Unavailable,
    UnreadableVideo,
)
from sightline.index.base import Index, Indexes, IndexInfo
from sightline.ingest import ingest
from sightline.ingestion import Failed, Watched
from sightline.messages import VideoFile, VideoPlace
from sightline.row_desk import Engines, sha256_of
from sightline.sources.one_file import OneFile
from sightline.storage.blobs import disk_faults

log = logging.getLogger("sightline.videos")

KEPT_SECONDS: Final = 24 * 3600.0
"""How long after it was last asked about a video is kept."""

WAIT_SECONDS: Final = 600.0
"""How long one question waits for another that indexes the same video."""

Say = Callable[[Watched], None]

_NAME: Final = re.compile(r"video-[0-9a-f]{32}")
_USED: Final = "used"


def is_passing(name: str) -> bool:
    """Whether an index of that name is one of a video that came with a question."""
    return _NAME.fullmatch(name) is not None


class State(StrEnum):
    """How far the taking in of a video is."""

    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How far a video has come, in seconds of its duration; `error` says why it failed."""

    name: str
    state: State
    seconds: float = 0.0
    duration: float = 0.0
    error: SightlineError | None = None


class PassingVideos:
    """The videos of one folder; any number of processes may have it open.

    `engines` opens what an ingest needs, when the first video comes.
    """

    def __init__(self, folder: Path, engines: Callable[[], Engines], *, threads: int) -> None:
        self._folder = folder
        self._engines = engines
        self._threads = threads
        self._statuses: dict[str, Status] = {}
        self._stopping = Event()
        self._guard = Lock()
        self._taking: dict[str, Lock] = {}

    def open(self, name: str) -> Index | None:
        """The index of a video; None for any other name. Raises UnknownIndex when it is gone."""
        if not is_passing(name):
            return None
        index = self._indexes.open(name)
        self._touch(name)
        return index

    def take_in(self, video: VideoFile, say: Say = lambda _: None) -> VideoPlace:
        """Index a video unless it is already; blocks, and `say` hears how far it has come.

        Raises UnreadableVideo, Unavailable when the disk does not take it, IndexBusy when another
        process takes too long over the same one.
        """
        self.sweep()
        sha256 = _sha256_of(video)
        name = _name(sha256)
        place = VideoPlace(index=name, source=f"video:{sha256}", key=video.name)
        with self._guard:
            taking = self._taking.setdefault(name, Lock())
        with taking:
            return self._known(place) or self._index(place, video, say)

    def _index(self, place: VideoPlace, video: VideoFile, say: Say) -> VideoPlace:
        name = place.index
        path = video.data if isinstance(video.data, Path) else self._keep(name, video.data)
        engines = self._engines()
        self._forget_other_encoders(name, engines)
        with suppress(Conflict):  # it is there, be it by another process that takes it in now
            self._indexes.create(
                IndexInfo(
                    name=name,
                    encoder=engines.encoder.identity,
                    text_encoder=engines.text_encoder.identity,
                    created_at=datetime.now(UTC),
                )
            )
        self._touch(name)
        with self._indexes.writing(name, wait=WAIT_SECONDS) as index:
            source = OneFile(path, key=place.key, uri=place.source)
            failed: Failed | None = None
            for event in ingest(source, index, engines, threads=self._threads):
                if self._stopping.is_set():
                    raise Unavailable("The video was not taken in: the server stops.")
                if isinstance(event, Watched):
                    say(event)
                elif isinstance(event, Failed):
                    failed = event
        if failed:
            self._forget(name)
            raise UnreadableVideo(f"{video.name}: {failed.message}", param="messages")
        self._touch(name)
        return self._known(place) or place

    def stop(self) -> None:
        """Take nothing in any more; what is being taken in is given up within seconds."""
        self._stopping.set()

    def begin(self, video: VideoFile) -> str:
        """The name under which `status` knows a video that `finish` is about to take in."""
        name = name_of(video)
        self._statuses[name] = Status(name=video.name, state=State.RUNNING)
        return name

    def finish(self, name: str, video: VideoFile) -> None:
        """Take the video in; whatever comes of it is its status, and nothing is raised."""

        def say(far: Watched) -> None:
            self._statuses[name] = replace(
                self._statuses[name], seconds=far.seconds, duration=far.duration
            )

        error: SightlineError | None = None
        try:
            self.take_in(video, say)
        except SightlineError as refused:
            error = refused
        except Exception:
            log.exception("video %s", name)
            error = Unavailable("Something went wrong inside Sightline; its log has the details.")
        state = State.FAILED if error else State.SUCCEEDED
        self._statuses[name] = replace(self._statuses[name], state=state, error=error)

    def status(self, name: str) -> Status:
        """How far a video has come. Raises NotFound for one that nobody began, or that is gone."""
        known = self._statuses.get(name)
        if known and known.state != State.SUCCEEDED:
            return known
        index = self.open(name)
        made = next(iter(index.browse(0, 1)), None) if index else None
        if made is None or made.film is None:
            raise NotFound(f"There is no video {name!r}.", hint="POST /api/videos takes one in.")
        length = made.film.duration
        return Status(name=made.name, state=State.SUCCEEDED, seconds=length, duration=length)

    def forget(self, name: str) -> None:
        """Forget a video. Raises NotFound, and IndexBusy while it is taken in."""
        known = self._statuses.get(name)
        failed = known is not None and known.state == State.FAILED
        if not failed and self.open(name) is None:
            raise NotFound(f"There is no video {name!r}.")
        self._forget(name)
        self._statuses.pop(name, None)

    def sweep(self, *, now: float | None = None) -> list[str]:
        """Forget what nobody asked about for a day; the names of what went."""
        limit = (time.time() if now is None else now) - KEPT_SECONDS
        if not self._folder.is_dir():
            return []
        left = {path.name for folder in (self._files, self._marks) for path in _in(folder)}
        names = sorted({*self._indexes.names(), *left})
        old = [name for name in names if self._used(name) < limit]
        for name in old:
            with suppress(IndexBusy):  # the next sweep takes it
                self._forget(name)
        return old

    def _forget_other_encoders(self, name: str, engines: Engines) -> None:
        """What was made with other encoders cannot be compared with; it is made anew."""
        if name not in self._indexes.names():
            return
        info = self._indexes.open(name).info
        now = engines.encoder.identity, engines.text_encoder.identity
        if (info.encoder, info.text_encoder) != now:
            with suppress(NotFound):
                self._indexes.delete(name)

    def _known(self, place: VideoPlace) -> VideoPlace | None:
        """The place of a video that is indexed already, be it under another name."""
        if place.index not in self._indexes.names():
            return None
        index = self._indexes.open(place.index)
        made = next(iter(index.browse(0, 1)), None)
        if made is None or not self._engines().made(
            index.stored(place.source)[made.key].pipeline, video=True
        ):
            return None
        self._touch(place.index)
        return VideoPlace(index=place.index, source=place.source, key=made.key)

    def _keep(self, name: str, data: bytes) -> Path:
        path = self._files / name
        with disk_faults("The video cannot be stored"):
            self._files.mkdir(parents=True, exist_ok=True)
            aside = path.with_name(f"{name}.{token_hex(8)}")
            aside.write_bytes(data)
            aside.replace(path)
        return path

    def _forget(self, name: str) -> None:
        with suppress(NotFound, InvalidRequest):  # a file that never became an index
            self._indexes.delete(name)
        (self._files / name).unlink(missing_ok=True)
        (self._marks / name).unlink(missing_ok=True)

    def _touch(self, name: str) -> None:
        with disk_faults("The use of a video cannot be noted"):
            self._marks.mkdir(parents=True, exist_ok=True)
            (self._marks / name).touch()

    def _used(self, name: str) -> float:
        for place in (self._marks, self._files):
            with suppress(FileNotFoundError):
                return (place / name).stat().st_mtime
        return time.time()  # it is being taken in

    @property
    def _files(self) -> Path:
        return self._folder / "files"

    @property
    def _marks(self) -> Path:
        return self._folder / _USED

    @cached_property
    def _indexes(self) -> Indexes:
        from sightline.index.lance import LanceIndexes  # noqa: PLC0415 - heavy

        return LanceIndexes(self._folder / "indexes")


def name_of(video: VideoFile) -> str:
    """The name of the index of a video. Raises UnreadableVideo when the file cannot be read."""
    return _name(_sha256_of(video))


def _name(sha256: str) -> str:
    return f"video-{sha256[:32]}"


def _sha256_of(video: VideoFile) -> str:
    if video.sha256:
        return video.sha256
    if isinstance(video.data, bytes):
        return hashlib.sha256(video.data).hexdigest()
    try:
        with video.data.open("rb") as file:
            return sha256_of(file)
    except OSError as error:
        raise UnreadableVideo(
            f"Expected a video in the file {video.name!r}: {error.strerror}."
        ) from error


def _in(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
