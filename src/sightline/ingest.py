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
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from sightline.assets import Asset, Moment, Page, Pixels, Place, Reading, Row, Still, Vector, Whole
from sightline.errors import EncoderMismatch, SightlineError, UnreadableSource, WouldWipe
from sightline.index.base import Index, StoredFile
from sightline.ingestion import (
    Added,
    Failed,
    IngestEvent,
    Listed,
    Noticed,
    Optimizing,
    Removed,
    Skipped,
    Updated,
)
from sightline.media.images import shrink, thumbnail
from sightline.media.stills import stills
from sightline.sources.base import NOT_ADDRESSABLE, Source, SourceItem
from sightline.sources.listing import shown
from sightline.vision.base import Encoded, Identity, PictureEncoder, Reader, TextEncoder

VERSION = "1"
"""Counts changes here that make rows written before stale."""

READING_SIDE = 2048
"""Longer side in pixels of what the reader gets: print on a photographed page stays legible."""

ENCODING_SIDE = 512
"""Longer side in pixels of what the encoder gets: over twice its input, so nothing is lost."""

BATCH = 16
"""Stills encoded at once; larger batches are no faster on a CPU and hold more memory."""

COMMIT_ROWS = 256
COMMIT_FILES = 1000
COMMIT_SECONDS = 5.0
"""A commit is due at so many rows, files to remove, or seconds: what a killed run does again."""


OPTIMIZE_COMMITS = 200
"""Commits after which a long run compacts the index: each small file costs every later read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """What makes a row of a still. Without `reader` the text in pictures is not read."""

    encoder: PictureEncoder
    text_encoder: TextEncoder
    reader: Reader | None

    @property
    def pipeline(self) -> str:
        """The mark on every row: rows with another mark are made again."""
        read = self.reader.name if self.reader else "off"
        return f"{VERSION} {self.encoder.identity} {self.text_encoder.identity} text={read}"

    def made(self, pipeline: str) -> bool:
        """Whether a row with this mark needs nothing more; a row that was read serves as well."""
        if self.reader is None:
            return pipeline.rpartition(" text=")[0] == self.pipeline.rpartition(" text=")[0]
        return pipeline == self.pipeline


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

    desk = _Desk(source.uri, index, engines, stored, edits)
    todo: list[SourceItem] = []
    for item in described:
        before = stored.get(item.key)
        if before is None or before.etag != item.etag or not engines.made(before.pipeline):
            todo.append(item)
        elif (before.description, before.source_description) != (
            item.description,
            edits.get(item.key),
        ):
            yield from desk.redescribe(item)
        else:
            yield Skipped(item.key)

    load = partial(_load, source, stored, engines)
    with ThreadPoolExecutor(threads, thread_name_prefix="ingest") as pool:
        for loaded in _in_order(pool, load, todo, ahead=threads + BATCH):
            yield from desk.take(loaded)
        yield from desk.finish()

    if desk.commits or gone or index.untidy:
        yield Optimizing()
        index.optimize()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Glance:
    """What is kept of a still between decoding and encoding."""

    pixels: Pixels
    width: int
    height: int
    place: Place
    taken_at: datetime | None
    thumbnail: bytes
    reading: Reading | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """A file, decoded and read; no glances when its content is what the index has."""

    item: SourceItem
    sha256: str
    media_type: str
    glances: tuple[_Glance, ...]
    note: str


def _load(
    source: Source, stored: dict[str, StoredFile], engines: Engines, item: SourceItem
) -> _Loaded | Failed:
    """Everything about one file that needs no batch; runs in a worker thread."""
    try:
        data = source.read(item)
        sha256 = hashlib.sha256(data).hexdigest()
        before = stored.get(item.key)
        if before and before.sha256 == sha256 and engines.made(before.pipeline):
            return _Loaded(item=item, sha256=sha256, media_type="", glances=(), note="")
        picture = stills(data, max_side=READING_SIDE if engines.reader else ENCODING_SIDE)
        return _Loaded(
            item=item,
            sha256=sha256,
            media_type=picture.media_type,
            glances=tuple(_glance(still, engines.reader) for still in picture.stills),
            note=picture.left_out,
        )
    except SightlineError as error:
        return Failed(item.key, error.code, str(error))
    except (MemoryError, RuntimeError) as error:  # an engine that fails on this one picture
        return Failed(item.key, "engine_failed", f"{type(error).__name__}: {error}")


def _glance(still: Still, reader: Reader | None) -> _Glance:
    return _Glance(
        pixels=shrink(still.pixels, ENCODING_SIDE),
        width=still.width,
        height=still.height,
        place=still.place,
        taken_at=still.taken_at,
        thumbnail=thumbnail(still.pixels),
        reading=reader.read(still.pixels) if reader else None,
    )


class _Desk:
    """Collects loaded files, encodes their stills in batches and commits their rows."""

    def __init__(
        self,
        source: str,
        index: Index,
        engines: Engines,
        stored: dict[str, StoredFile],
        edits: Mapping[str, str | None],
    ) -> None:
        """`edits`: what the source said of files whose description was changed and stays so."""
        self._source = source
        self._index = index
        self._engines = engines
        self._stored = stored
        self._edits = edits
        self._first_key = {file.sha256: key for key, file in sorted(stored.items(), reverse=True)}
        self._waiting: list[_Loaded] = []
        self._retold: list[SourceItem] = []
        self._rows: list[Row] = []
        self._events: list[IngestEvent] = []
        self._last_commit = time.monotonic()
        self.commits = 0

    def take(self, loaded: _Loaded | Failed) -> Iterator[IngestEvent]:
        """Put a file on the desk; yields the events of what was committed meanwhile."""
        match loaded:
            case Failed():
                yield loaded
            case _Loaded(glances=()):
                yield from self.redescribe(loaded.item)
            case _Loaded():
                self._waiting.append(loaded)
                if sum(len(waiting.glances) for waiting in self._waiting) >= BATCH:
                    self._encode()
        yield from self._commit_if_due()

    def finish(self) -> Iterator[IngestEvent]:
        """Encode and commit what is left."""
        self._encode()
        yield from self._commit()

    def redescribe(self, item: SourceItem) -> Iterator[IngestEvent]:
        """Write the item's description and etag, keeping what the picture gave."""
        self._retold.append(item)
        if len(self._retold) >= COMMIT_ROWS:
            yield from self._commit()

    def _retell(self) -> None:
        items, self._retold = self._retold, []
        if not items:
            return
        files = [self._stored[item.key] for item in items]
        vectors = self._description_vectors([item.description or "" for item in items])
        rows = stored_rows(self._index, files)
        for item, file, vector in zip(items, files, vectors, strict=True):
            description = item.description or ""
            self._rows += [
                replace(
                    rows[id_],
                    asset=replace(rows[id_].asset, description=description, etag=item.etag),
                    description_vector=vector,
                    source_description=self._edits.get(item.key),
                )
                for id_ in file.ids
            ]
            if file.description == description:
                self._events.append(Skipped(item.key))
            else:
                notes = filter(None, ("description", self._replaced_edit(item)))
                self._events.append(Updated(item.key, "; ".join(notes)))

    def _encode(self) -> None:
        files, self._waiting = self._waiting, []
        if not files:
            return
        encoded = iter(
            self._engines.encoder.encode([g.pixels for file in files for g in file.glances])
        )
        vectors = self._description_vectors([file.item.description or "" for file in files])
        for file, description_vector in zip(files, vectors, strict=True):
            self._rows += [
                self._row(file, glance, next(encoded), description_vector)
                for glance in file.glances
            ]
            if file.item.key in self._stored:
                replaced = self._replaced_edit(file.item)
                notes = filter(None, ("content or pipeline changed", file.note, replaced))
                self._events.append(Updated(file.item.key, "; ".join(notes)))
            else:
                self._events.append(Added(file.item.key, len(file.glances), self._note(file)))

    def _note(self, file: _Loaded) -> str:
        first = self._first_key.setdefault(file.sha256, file.item.key)
        twin = "" if first == file.item.key else f"same content as {first!r}"
        return "; ".join(filter(None, (file.note, twin)))

    def _replaced_edit(self, item: SourceItem) -> str:
        """What to say when the source's new words take the place of an edit."""
        before = self._stored[item.key]
        stays = item.key in self._edits or before.description == (item.description or "")
        if before.source_description is None or stays:
            return ""
        return (
            "the source has another description now; it took the place of the one that was "
            f"changed in the index, {shown(before.description)}"
        )

    def _row(
        self,
        file: _Loaded,
        glance: _Glance,
        encoded: Encoded,
        description_vector: Vector | None,
    ) -> Row:
        item = file.item
        return Row(
            asset=Asset(
                id=asset_id(self._source, item.key, glance.place),
                key=item.key,
                source=self._source,
                location=item.location,
                place=glance.place,
                sha256=file.sha256,
                size=item.size,
                etag=item.etag,
                media_type=file.media_type,
                width=glance.width,
                height=glance.height,
                description=item.description or "",
                reading=glance.reading,
                tags=encoded.tags,
                taken_at=glance.taken_at,
                indexed_at=datetime.now(UTC),
            ),
            vector=encoded.vector,
            concept=encoded.concept,
            description_vector=description_vector,
            thumbnail=glance.thumbnail,
            pipeline=self._engines.pipeline,
            source_description=self._edits.get(item.key),
        )

    def _commit_if_due(self) -> Iterator[IngestEvent]:
        late = time.monotonic() - self._last_commit >= COMMIT_SECONDS
        if late or len(self._rows) >= COMMIT_ROWS:
            yield from self._commit()

    def _commit(self) -> Iterator[IngestEvent]:
        self._retell()
        if self._rows:
            changed = {row.asset.key for row in self._rows} & self._stored.keys()
            added = [row for row in self._rows if row.asset.key not in changed]
            if added:
                self._index.add(added)
            if changed:
                renewed = [row for row in self._rows if row.asset.key in changed]
                self._index.replace(self._source, changed, renewed)
            self.commits += 1
            if self.commits % OPTIMIZE_COMMITS == 0:
                self._index.optimize()
        events, self._rows, self._events = self._events, [], []
        self._last_commit = time.monotonic()
        yield from events

    def _description_vectors(self, descriptions: list[str]) -> list[Vector | None]:
        spoken = sorted({text for text in descriptions if text})
        if not spoken:
            return [None] * len(descriptions)
        vectors = dict(zip(spoken, self._engines.text_encoder.encode(spoken), strict=True))
        return [vectors.get(text) for text in descriptions]


def asset_id(source: str, key: str, place: Place) -> str:
    """The same still of the same file always has the same id: 24 hexadecimal digits."""
    match place:
        case Whole():
            mark = ""
        case Page():
            mark = f"page {place.number}"
        case Moment():
            mark = f"{place.seconds:.3f} s"
    return hashlib.sha256("\0".join((source, key, mark)).encode()).hexdigest()[:24]


def stored_rows(index: Index, files: Sequence[StoredFile]) -> dict[str, Row]:
    """The rows of these files as the index has them, by id."""
    of = {id_: file for file in files for id_ in file.ids}
    assets = index.assets(of)
    pictures = index.vectors("picture", of)
    concepts = index.vectors("concept", of)
    descriptions = index.vectors("description", of)
    thumbnails = index.thumbnails(of)
    return {
        id_: Row(
            asset=assets[id_],
            vector=pictures[id_],
            concept=concepts.get(id_),
            description_vector=descriptions.get(id_),
            thumbnail=thumbnails[id_],
            pipeline=file.pipeline,
            source_description=file.source_description,
        )
        for id_, file in of.items()
    }


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


A = TypeVar("A")
B = TypeVar("B")


def _in_order(
    pool: ThreadPoolExecutor, function: Callable[[A], B], items: Iterable[A], *, ahead: int
) -> Iterator[B]:
    """Results in order of items, computed in the pool, at most `ahead` items early."""
    running: deque[Future[B]] = deque()
    try:
        for item in items:
            running.append(pool.submit(function, item))
            if len(running) > ahead:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        for future in running:
            future.cancel()
