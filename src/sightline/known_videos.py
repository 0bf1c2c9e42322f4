"""Indexes of videos: their documents, what becomes of each, and where one is found.

An index of videos is an index of pictures whose rows are frames, with records beside it. Both must
be there; one that was deleted as an index of pictures is gone.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal

from sightline.errors import (
    AlreadyExists,
    Conflict,
    IndexBusy,
    NotFound,
)
from sightline.index.base import Indexes
from sightline.index.names import check_name, unknown
from sightline.jobs import Jobs
from sightline.messages import VideoPlace
from sightline.sources.connections import Connection
from sightline.sources.documents import Open, documents_uri
from sightline.storage.records import (
    UNFINISHED,
    Fault,
    Ingestion,
    VideoFile,
    VideoIndex,
    VideoIngestion,
    VideoOrder,
)
from sightline.video_places import VideoPlaces

PATIENCE: Final = 20.0
"""Seconds for a worker to let go of an index that is to be deleted."""

Writing = Callable[[str], AbstractContextManager[object]]
"""Takes the right to write to an index, and makes it where there is none."""

_MOST_FAILURES: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a video of an ingestion: it was done as asked, or not."""

    file: VideoFile
    error: Fault | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an ingestion is. `outcomes` are of the videos that are dealt with.

    `error` is of the run as a whole.
    """

    state: Literal["Running", "Completed", "Failed", "PartiallySucceeded"]
    outcomes: tuple[Outcome, ...]
    error: Fault | None
    changed_at: datetime


def known_index(jobs: Jobs, indexes: Indexes, name: str) -> VideoIndex:
    """Raises UnknownIndex."""
    if name not in indexes.names():
        raise unknown(name)
    return jobs.videos.get(name)


def known_indexes(jobs: Jobs, indexes: Indexes) -> list[VideoIndex]:
    """All indexes of videos by name."""
    there = set(indexes.names())
    return [one for one in jobs.videos.all() if one.name in there]


def make_index(jobs: Jobs, writing: Writing, names: Collection[str], index: VideoIndex) -> None:
    """Make an empty index; `writing` makes its rows, `names` are those of all indexes.

    Raises InvalidRequest for a name that cannot be, AlreadyExists.
    """
    if check_name(index.name) in names:
        raise AlreadyExists(
            f"There is an index {index.name!r} already.",
            hint="Choose another name, or delete it first.",
        )
    for left in jobs.videos.all():
        if left.name == index.name:
            _forget(jobs, left)  # its rows were deleted as those of an index of pictures
    jobs.videos.add(index)
    with writing(index.name):
        pass


def ingest_videos(
    jobs: Jobs,
    index: VideoIndex,
    name: str,
    orders: Sequence[VideoOrder],
    *,
    warnings: Sequence[str] = (),
    connections: Mapping[str, Connection],
    open_at: Open,
) -> VideoIngestion:
    """Look each video up, take the ingestion down, and see to it that somebody does it.

    Videos that cannot be found or taken are refused one by one. Raises AlreadyExists.
    """
    places = VideoPlaces(jobs, index, connections, cache(open_at))
    known = [places.looked_up(order) for order in orders]
    before = jobs.videos.documents(index.name)
    try:
        begun = jobs.videos.begin(index.name, name, known, warnings)
    finally:
        _tidy(jobs, index, [*(one.location for one in known), *(one.location for one in before)])
    jobs.start()
    return begun


def standing(jobs: Jobs, indexes: Indexes, index: str, ingestion: VideoIngestion) -> Standing:
    """How far an ingestion is."""
    run = jobs.ingestions.get(ingestion.run) if ingestion.run else None
    failures: dict[str, Fault] = {}
    stored: set[str] = set()
    if run is not None:
        for said in jobs.ingestions.remarks(run.id, "failure", 0, _MOST_FAILURES)[0]:
            failures[said.key] = Fault(said.code, said.message)
        keys = {file.id for file in ingestion.files}
        stored = set(indexes.open(index).stored(documents_uri(index), keys))
    outcomes = tuple(
        outcome
        for file in ingestion.files
        if (outcome := _outcome(file, run, failures, stored)) is not None
    )
    good = sum(outcome.error is None for outcome in outcomes)
    if run is not None and not run.finished:
        state: Literal["Running", "Completed", "Failed", "PartiallySucceeded"] = "Running"
    elif good == len(ingestion.files):
        state = "Completed"
    else:
        state = "PartiallySucceeded" if good else "Failed"
    return Standing(
        state=state,
        outcomes=outcomes,
        error=_whole(run) if run is not None and state == "Failed" else None,
        changed_at=ingestion.created_at if run is None else run.updated_at,
    )


def find_video(jobs: Jobs, indexes: Indexes, index: str, document: str) -> VideoPlace | None:
    """Where the frames of a document are; None for an index that is none of videos.

    Raises UnknownDocument that names those there are; Conflict with the progress while it is still
    to come; NotFound with the reason when it could not be taken.
    """
    if index not in {one.name for one in known_indexes(jobs, indexes)}:
        return None
    found = jobs.videos.document(index, document)
    uri = documents_uri(index)
    if indexes.open(index).stored(uri, [document]):
        return VideoPlace(index=index, source=uri, key=document)
    run = jobs.ingestions.get(found.run) if found.run else None
    error = found.error or (_whole(run) if run is not None and run.finished else None)
    if run is not None and not run.finished and error is None:
        done, total = run.progress.done, run.progress.total
        said = f"{done:,} of {total:,} videos are done" if total else "it has not begun yet"
        raise Conflict(
            f"The document {document!r} of the index {index!r} is still being ingested: {said}.",
            hint="Ask again when its ingestion is Completed.",
        )
    why = error.message if error else "no frame of it is in the index."
    raise NotFound(
        f"The document {document!r} of the index {index!r} cannot be asked about: {why}",
        hint="Add it again once that is put right.",
    )


def delete_index(jobs: Jobs, name: str, delete: Callable[[str], object]) -> None:
    """Delete an index of videos with all its documents; `delete` does it with the rows.

    What is being ingested into it is stopped. Raises UnknownIndex, IndexBusy.
    """
    index = jobs.videos.get(name)
    for ingestion in jobs.videos.ingestions(name, 0, _MOST_FAILURES):
        if ingestion.run and jobs.ingestions.get(ingestion.run).state in UNFINISHED:
            jobs.ingestions.cancel(ingestion.run)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            delete(name)
            break
        except IndexBusy:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
    _forget(jobs, index)


def _forget(jobs: Jobs, index: VideoIndex) -> None:
    jobs.videos.forget(index.name)
    jobs.sent_videos.delete(index.id)


def _tidy(jobs: Jobs, index: VideoIndex, locations: Iterable[str]) -> None:
    """Remove those of the videos that came inside of requests which no document has any more."""
    own = jobs.sent_videos.path(index.id, "").parent
    for location in locations:
        if location.startswith(f"{own}/") and not jobs.videos.uses(location):
            Path(location).unlink(missing_ok=True)


def _outcome(
    file: VideoFile, run: Ingestion | None, failures: Mapping[str, Fault], stored: set[str]
) -> Outcome | None:
    """What became of one video; None while that is open."""
    if file.error is not None or run is None:
        return Outcome(file=file, error=file.error)
    if file.mode == "add" and file.id in stored:
        return Outcome(file=file, error=None)
    if failed := failures.get(file.id):
        return Outcome(file=file, error=failed)
    if not run.finished:
        return None
    # With the last document a run has nothing to list, which is an error only to other sources.
    gone = file.mode == "remove" and file.id not in stored
    return Outcome(file=file, error=None if gone else _whole(run))


def _whole(run: Ingestion) -> Fault | None:
    """Why a run as a whole did not succeed."""
    if run.state == "Cancelled":
        return Fault("cancelled", "The ingestion was stopped on request.")
    return Fault(run.error_code, run.error_message or "") if run.error_code else None
