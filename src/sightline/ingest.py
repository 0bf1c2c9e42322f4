"""Image to index: one run that brings a source into an index.

The source lists its items; what the index already holds is skipped (key, content hash, encoder and
pipeline version); the rest is decoded to stills, read, encoded in batches and written. The row is
the commit: nothing is marked done before it is done, so a killed run resumes where its last write
ended, and a second run changes nothing. A description that was changed in the index stays until the
source says something else than it did then.

`ingest` yields the events of `sightline.ingestion`, one for each file. The command line's bar, a
job's record and the HTTP status read these same events; `Tally` is their fold.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from sightline.errors import EncoderMismatch, SightlineError, UnreadableSource, WouldWipe
from sightline.glancing import ENCODING_SIDE, glance, in_order
from sightline.index.base import Index, StoredFile
from sightline.ingestion import Failed, IngestEvent, Listed, Noticed, Optimizing, Removed, Skipped
from sightline.media.signatures import HEAD, media_type, video_type
from sightline.media.stills import stills
from sightline.row_desk import BATCH, COMMIT_FILES, Desk, Engines, Loaded
from sightline.sources.base import NOT_ADDRESSABLE, Source, SourceItem
from sightline.sources.listing import is_video
from sightline.vision.base import Identity

log = logging.getLogger("sightline.ingest")

FAULTS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What engines raise when one file is beyond them; what ends a run is none of these."""

READING_SIDE = 2048
"""Longer side in pixels of what the reader gets: print on a photographed page stays legible."""


def ingest(
    source: Source, index: Index, engines: Engines, *, threads: int = 2, force: bool = False
) -> Iterator[IngestEvent]:
    """Bring a source into an index that the caller holds for writing.

    `force` lets a source that lists nothing empty the index. Raises EncoderMismatch,
    UnreadableSource or WouldWipe before anything is written; afterwards each file fails alone.
    """
    check_encoder(index, engines.encoder.identity, engines.text_encoder.identity)
    listing = source.listing()
    stored = index.stored(source.uri)
    if not listing.items and not stored:
        raise UnreadableSource(
            f"Expected pictures in {source.uri}, found none.",
            hint="Pictures are jpg, png, gif, bmp, tiff, webp, heic or avif files.",
        )
    if not listing.items and not force:
        raise WouldWipe(
            f"{source.uri} lists no pictures, but the index {index.info.name!r} holds "
            f"{len(stored)} of it.",
            hint="Check that the folder is mounted and the prefix is right; --force removes them.",
        )

    complete = listing.descriptions_complete
    edits = {
        item.key: file.source_description
        for item in listing.items
        if (file := stored.get(item.key)) and _edit_stands(item, file, complete=complete)
    }
    described = [
        _with_description(
            item,
            stored.get(item.key),
            keep=item.key in edits or (item.description is None and not complete),
        )
        for item in listing.items
    ]
    yield Listed(len(described), sum(not item.description for item in described))
    yield from (Noticed(problem) for problem in listing.problems)

    # A file that is there and cannot be looked at (a disk away, a broken link) keeps its rows.
    there = {item.key for item in listing.items}
    unseen = {UnreadableSource.code, NOT_ADDRESSABLE}
    there |= {p.key for p in listing.problems if p.code in unseen}
    gone = sorted(stored.keys() - there)
    for start in range(0, len(gone), COMMIT_FILES):
        index.replace(source.uri, gone[start : start + COMMIT_FILES], [])
        yield from (Removed(key) for key in gone[start : start + COMMIT_FILES])

    stored = {key: file for key, file in stored.items() if key in there}

    desk = Desk(source.uri, index, engines, stored, edits)
    todo: list[SourceItem] = []
    for item in described:
        before = stored.get(item.key)
        if (
            before is None
            or before.etag != item.etag
            or not engines.made(before.pipeline, video=is_video(item))
        ):
            todo.append(item)
        elif (before.description, before.source_description) != (
            item.description,
            edits.get(item.key),
        ):
            yield from desk.redescribe(item)
        else:
            yield Skipped(item.key)

    with ThreadPoolExecutor(threads, thread_name_prefix="ingest") as pool:
        load = partial(_load, source, stored, engines)
        yield from _take_in(todo, source, desk, load, pool, ahead=threads + BATCH)

    if desk.commits or gone or index.untidy:
        yield Optimizing()
        index.optimize()


@dataclass(frozen=True, slots=True)
class _Movie:
    """A file that is a video under the name of a picture."""

    item: SourceItem


_Load = Callable[[SourceItem], Loaded | _Movie | Failed]


def _take_in(
    todo: Sequence[SourceItem],
    source: Source,
    desk: Desk,
    load: _Load,
    pool: ThreadPoolExecutor,
    *,
    ahead: int,
) -> Iterator[IngestEvent]:
    """The pictures, several at once; then the videos, each of which keeps the machine busy."""
    movies = [item for item in todo if is_video(item)]
    pictures = [item for item in todo if not is_video(item)]
    for loaded in in_order(pool, load, pictures, ahead=ahead):
        if isinstance(loaded, _Movie):
            movies.append(loaded.item)
        else:
            yield from desk.take(loaded)
    yield from desk.finish()
    for item in movies:
        yield from _film(source, item, desk, load, pool)


def _load(
    source: Source, stored: dict[str, StoredFile], engines: Engines, item: SourceItem
) -> Loaded | _Movie | Failed:
    """Everything about one picture that needs no batch; runs in a worker thread."""
    try:
        data = source.read(item)
        if video_type(data[:HEAD]):
            return _Movie(item)
        sha256 = hashlib.sha256(data).hexdigest()
        before = stored.get(item.key)
        if before and before.sha256 == sha256 and engines.made(before.pipeline):
            return Loaded(item=item, sha256=sha256, media_type="", glances=(), note="")
        picture = stills(data, max_side=READING_SIDE if engines.reader else ENCODING_SIDE)
        return Loaded(
            item=item,
            sha256=sha256,
            media_type=picture.media_type,
            glances=tuple(glance(still, engines.reader) for still in picture.stills),
            note=picture.left_out,
        )
    except SightlineError as error:
        return Failed(item.key, error.code, str(error))
    except FAULTS as error:  # an engine that fails on this one picture
        return Failed(item.key, "engine_failed", f"{type(error).__name__}: {error}")


def _film(
    source: Source,
    item: SourceItem,
    desk: Desk,
    load: _Load,
    pool: ThreadPoolExecutor,
) -> Iterator[IngestEvent]:
    """One video, decoded here, for it comes frame by frame; a picture of such a name is one."""
    try:
        with source.open(item) as file:
            if not media_type(file.read(HEAD)):
                yield from desk.film(item, file, pool)
                return
        loaded = load(item)
        if not isinstance(loaded, _Movie):
            yield from desk.take(loaded)
            yield from desk.finish()
    except SightlineError as error:
        yield Failed(item.key, error.code, str(error))
    except FAULTS as error:  # whatever an engine makes of this one video, the others go on
        log.exception("%s", item.key)
        yield Failed(item.key, "engine_failed", f"{type(error).__name__}: {error}")


def check_encoder(index: Index, encoder: Identity, text_encoder: Identity) -> None:
    """Refuse to compare vectors of different encoders. Raises EncoderMismatch."""
    info = index.info
    if (info.encoder, info.text_encoder) != (encoder, text_encoder):
        raise EncoderMismatch(
            f"The index {info.name!r} was made with {info.encoder} and {info.text_encoder}; "
            f"configured are {encoder} and {text_encoder}.",
            hint="Configure the encoder it was made with, or make it again: "
            f"sightline index delete {info.name} && sightline ingest SOURCE --index {info.name}",
        )


def _edit_stands(item: SourceItem, before: StoredFile, *, complete: bool) -> bool:
    """Whether the source says nothing else than when the description was changed in the index."""
    if before.source_description is None:
        return False
    unknown = item.description is None and not complete
    return unknown or (item.description or "") == before.source_description


def _with_description(item: SourceItem, before: StoredFile | None, *, keep: bool) -> SourceItem:
    if keep and before:
        return replace(item, description=before.description)
    return replace(item, description=item.description or "")
