"""What is loaded of files becomes rows: stills are encoded in batches, rows written in commits.

The row is the commit: nothing is marked done before it is done.
"""

import hashlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

from sightline.assets import Asset, Moment, Page, Place, Row, Vector, Whole
from sightline.footage import Footage
from sightline.glancing import Glance
from sightline.index.base import Index, StoredFile
from sightline.ingestion import Added, Failed, IngestEvent, Skipped, Updated, Watched
from sightline.listening import listen, with_speech
from sightline.media.videos import Video
from sightline.sources.base import SourceItem
from sightline.sources.listing import shown
from sightline.speech.base import Transcriber
from sightline.vision.base import Encoded, PictureEncoder, Reader, TextEncoder

VERSION = "1"
"""Counts changes here that make rows written before stale."""

BATCH = 16
"""Stills encoded at once; larger batches are no faster on a CPU and hold more memory."""

COMMIT_ROWS = 256
COMMIT_FILES = 1000
COMMIT_SECONDS = 5.0
"""A commit is due at so many rows, files to remove, or seconds: what a killed run does again."""


OPTIMIZE_COMMITS = 200
"""Commits after which a long run compacts the index: each small file costs every later read."""

SPEECH_SECONDS = 15.0
"""How long a frame stands at most where words are put to it: about three sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """What makes a row of a still. Without `reader` the text in pictures is not read.

    `transcriber` writes down what is said in videos; without it they are mute.
    """

    encoder: PictureEncoder
    text_encoder: TextEncoder
    reader: Reader | None
    transcriber: Transcriber | None = None

    @property
    def pipeline(self) -> str:
        """The mark on every row: rows with another mark are made again."""
        read = self.reader.name if self.reader else "off"
        return f"{VERSION} {self.encoder.identity} {self.text_encoder.identity} text={read}"

    @property
    def video_pipeline(self) -> str:
        """The mark on the rows of videos."""
        heard = f" speech={self.transcriber.name}" if self.transcriber else ""
        return self.pipeline + heard

    def made(self, pipeline: str, *, video: bool = False) -> bool:
        """Whether a row with this mark needs nothing more.

        A row that was read or heard serves as well where that is not wanted.
        """
        seen, _, heard = pipeline.partition(" speech=")
        if video and self.transcriber is not None and heard != self.transcriber.name:
            return False
        if self.reader is None:
            return seen.rpartition(" text=")[0] == self.pipeline.rpartition(" text=")[0]
        return seen == self.pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A file, decoded and read; no glances when its content is what the index has.

    Of a video there are none here: its frames go to the desk one by one.
    """

    item: SourceItem
    sha256: str
    media_type: str
    glances: tuple[Glance, ...]
    note: str


class Desk:
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
        self._waiting: list[Loaded] = []
        self._retold: list[SourceItem] = []
        self._rows: list[Row] = []
        self._events: list[IngestEvent] = []
        self._last_commit = time.monotonic()
        self.commits = 0

    def take(self, loaded: Loaded | Failed) -> Iterator[IngestEvent]:
        """Put a file on the desk; yields the events of what was committed meanwhile."""
        match loaded:
            case Failed():
                yield loaded
            case Loaded(glances=()):
                yield from self.redescribe(loaded.item)
            case Loaded():
                self._waiting.append(loaded)
                if sum(len(waiting.glances) for waiting in self._waiting) >= BATCH:
                    self._encode()
        yield from self._commit_if_due()

    def film(
        self, item: SourceItem, file: BinaryIO, pool: ThreadPoolExecutor
    ) -> Iterator[IngestEvent]:
        """Encode the frames of a video as they come, and write them as one file.

        Raises UnreadableVideo.
        """
        sha256 = sha256_of(file)
        before = self._stored.get(item.key)
        if before and before.sha256 == sha256 and self._engines.made(before.pipeline, video=True):
            yield from self.redescribe(item)
            yield from self._commit()
            return
        file.seek(0)
        rows: list[Row] = []
        (said,) = self._description_vectors([item.description or ""])
        with Video(file) as video:
            heeds_speech = self._engines.transcriber is not None
            longest = SPEECH_SECONDS if heeds_speech else math.inf
            footage = Footage(video, self._engines.reader, longest=longest)
            about = video.about
            loaded = Loaded(
                item=item, sha256=sha256, media_type=about.media_type, glances=(), note=""
            )
            coming = footage.glances(pool, ahead=BATCH)
            while batch := list(islice(coming, BATCH)):
                encoded = self._engines.encoder.encode([seen.pixels for _, seen in batch])
                rows += [
                    self._row(loaded, seen, one, said)
                    for (_, seen), one in zip(batch, encoded, strict=True)
                ]
                yield Watched(item.key, batch[-1][0], about.duration)
            films = footage.films()
            origin = video.origin
        notes, pipeline = [films[0].coverage], self._engines.pipeline
        if self._engines.transcriber is not None:
            heard = listen(file, self._engines.transcriber, origin)
            films = list(with_speech(films, [row.asset.seconds for row in rows], heard))
            notes.append(heard.note)
            pipeline = self._engines.video_pipeline if heard.whole else pipeline
        self._rows += [
            replace(row, asset=replace(row.asset, film=film), pipeline=pipeline)
            for row, film in zip(rows, films, strict=True)
        ]
        self._tell(replace(loaded, note=", ".join(notes)), len(rows))
        yield from self._commit()

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
            self._tell(file, len(file.glances))

    def _tell(self, file: Loaded, count: int) -> None:
        """The event of a file whose stills are ready to be written."""
        if file.item.key in self._stored:
            replaced = self._replaced_edit(file.item)
            notes = filter(None, ("content or pipeline changed", file.note, replaced))
            self._events.append(Updated(file.item.key, "; ".join(notes)))
        else:
            self._events.append(Added(file.item.key, count, self._note(file)))

    def _note(self, file: Loaded) -> str:
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
        file: Loaded,
        glance: Glance,
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


def sha256_of(file: BinaryIO) -> str:
    """In hexadecimal digits, without holding the file in memory."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


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
