"""The composition root: turns `Settings` into open collaborators and closes them.

Nobody else knows everybody. Engines open when they are first needed, once, whoever asks.
"""

import asyncio
import dataclasses
import os
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sightline.access import Access
from sightline.answer import LOOKING_SIDE, Collaborators, answer
from sightline.assets import Hit, Pixels, Where
from sightline.audit import AuditLog
from sightline.bridge import Pool, in_a_loop
from sightline.chat.base import ChatModel
from sightline.choosing import open_reader
from sightline.deployments import Deployments
from sightline.documents.base import DocumentIndexes, Documents
from sightline.errors import (
    BrokenIndex,
    Conflict,
    InvalidRequest,
    NotFound,
    Unavailable,
    UnknownAsset,
)
from sightline.events import AnswerEvent
from sightline.eyesight import Eyesight
from sightline.image_analysis import Engines as AnalysisEngines
from sightline.index.base import Index, Indexes, IndexInfo, Searchable
from sightline.index.names import check_name, taken
from sightline.ingest import check_encoder
from sightline.messages import ChatRequest, Distant
from sightline.passing_videos import is_passing
from sightline.recording import Tape, recorded
from sightline.registry import PICTURE_ENCODERS, TEXT_ENCODERS, load
from sightline.row_desk import Engines
from sightline.settings import ServiceSettings, Settings
from sightline.sources.base import Addressed
from sightline.sources.connections import Connection
from sightline.sources.limits import PATIENT, PROMPT
from sightline.sources.opening import open_source, read_original
from sightline.storage.turns import Turns
from sightline.videos import Videos, transcriber
from sightline.vision.base import PictureEncoder, Reader, TextEncoder
from sightline.vision.joint import Joint

if TYPE_CHECKING:
    from sightline.documents.vectorizing import Vectorizer
    from sightline.elsewhere import Elsewhere, Examined
    from sightline.index.attachments import Attachments
    from sightline.jobs import Jobs
    from sightline.retrieve import Searched

T = TypeVar("T")


class Workspace:
    """Everything that works on one workspace folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pool = Pool(settings.threads + 2)
        self._opening = RLock()
        self.named_deployments = Deployments(settings, self.pool)
        self.audit = AuditLog(settings.workspace)
        self.access = Access(settings.workspace, self.audit)
        self.eyesight = self.eyesight_with(settings.workspace)

    @cached_property
    def indexes(self) -> Indexes:
        """All indexes of the workspace."""
        from sightline.index.lance import LanceIndexes

        return LanceIndexes(self.settings.indexes_dir)

    @property
    def encoder(self) -> PictureEncoder:
        """The configured picture encoder, checked against its golden vectors."""
        with self._opening:
            return self._encoder

    @property
    def text_encoder(self) -> TextEncoder:
        """The configured text encoder, checked against its golden vectors."""
        with self._opening:
            return self._text_encoder

    @property
    def reader(self) -> Reader:
        """The configured reader of text in pictures."""
        with self._opening:
            return self._reader

    @property
    def deployments(self) -> list[ChatModel]:
        """All chat models, the built-in answerer first."""
        with self._opening:
            named = (one.model for one in self.named_deployments.all().values())
            return [*self._models.values(), *named]

    def deployment(self, name: str) -> ChatModel:
        """A chat model by name. Raises UnknownDeployment."""
        with self._opening:
            return self._models.get(name) or self.named_deployments.get(name).model

    def engines(self, *, read_text: bool) -> Engines:
        """What an ingest needs."""
        return Engines(
            encoder=self.encoder,
            text_encoder=self.text_encoder,
            reader=self.reader if read_text else None,
            transcriber=transcriber(self.settings.speech),
        )

    @contextmanager
    def writing(self, name: str) -> Iterator[Index]:
        """The only writer of an index; a new one is dropped when nothing came of it."""
        if not self._is_own(check_name(name)):
            raise taken(name)
        made = name not in self.indexes.names() and self._make(name)
        try:
            with self.indexes.writing(name) as index:
                yield index
        except Exception:
            with suppress(NotFound, Conflict, Unavailable):
                if made and not self.indexes.open(name).count():
                    self.indexes.delete(name)
            raise

    def _make(self, name: str) -> bool:
        """Make an empty index; False when another process was faster."""
        if name in self.documents.names():
            raise taken(name)
        info = IndexInfo(
            name=name,
            encoder=self.encoder.identity,
            text_encoder=self.text_encoder.identity,
            created_at=datetime.now(UTC),
        )
        try:
            self.indexes.create(info)
        except Conflict:
            if name not in self.indexes.names():
                raise
            return False
        return True

    def search(
        self,
        names: Sequence[str | Distant],
        *,
        picture: Pixels | None = None,
        text: str | None = None,
        top: int = 5,
        where: Where | None = None,
    ) -> list[Hit]:
        """The best `top` assets over these indexes, by picture, by words, or by both.

        Raises UnknownIndex, EncoderMismatch, ServiceFailed, and InvalidRequest without picture
        and words.
        """
        from sightline.retrieve import search

        if picture is None and not (text and text.strip()):
            raise InvalidRequest("Expected a picture, words or both to search with, got neither.")
        opened = [self.open_index(name) for name in dict.fromkeys(names)]
        return search(opened, picture=picture, text=text, top=top, where=where)

    def index_names(self) -> list[str]:
        """Every index that can be searched, whether its pictures lie here or elsewhere; sorted."""
        named = self.indexes.names(), self.attachments.names(), self.documents.names()
        return sorted({name for names in named for name in names})

    def open_index(self, name: str | Distant) -> "Searched":
        """An index with the encoders that fit it. Raises UnknownIndex, EncoderMismatch.

        `service:index` names one at a search service that is not attached.
        """
        from sightline.retrieve import Searched

        if isinstance(name, Distant) or ":" in name:
            return self.elsewhere.reach(name)
        if self.attachments.has(name):
            return self.elsewhere.open(self.attachments.get(name))
        if name in self.documents.names():
            return self.elsewhere.searched(name, self.documents.open(name))
        index = self.videos.passing.open(name) or self.indexes.open(name)
        check_encoder(index, self.encoder.identity, self.text_encoder.identity)
        return Searched(index=index, encoder=self.encoder, text_encoder=self.text_encoder)

    def look_at(self, name: str) -> Searchable:
        """An index to look at; for one of this workspace no encoder is opened."""
        return self.indexes.open(name) if self._is_own(name) else self.open_index(name).index

    def own(self, name: str) -> Index:
        """An index of pictures ingested here. Raises UnknownIndex, and Conflict for another."""
        if self._is_own(name):
            return self.indexes.open(name)
        raise Conflict(
            f"Expected an index of pictures that were ingested here, got {name!r}, which is "
            f"{'attached' if self.attachments.has(name) else 'one of documents'}.",
            hint="Ingest its pictures here, or use the protocol of its search service.",
        )

    def _is_own(self, name: str) -> bool:
        """Whether it is made of pictures that were ingested here, and stays."""
        others = self.attachments.has(name) or name in self.documents.names()
        return ":" not in name and not others and not is_passing(name)

    def delete_index(self, name: str) -> int | None:
        """Delete an index with all its rows, or detach one that lies elsewhere; how many rows.

        None where they cannot be counted, and for one that is only detached. Raises UnknownIndex,
        IndexBusy.
        """
        if self.attachments.has(name):
            self.attachments.remove(name)
            return None
        if name in self.documents.names():
            documents = self.documents.open(name).count()
            self.documents.delete(name)
            return documents
        try:
            rows: int | None = self.indexes.open(name).count()
        except BrokenIndex:
            rows = None
        self.indexes.delete(name)
        return rows

    @cached_property
    def attachments(self) -> "Attachments":
        """The attached indexes."""
        from sightline.index.attachments import Attachments

        return Attachments(self.settings.workspace / "attached")

    @property
    def elsewhere(self) -> "Elsewhere":
        """Search services, and the indexes there."""
        with self._opening:
            return self._elsewhere

    def attach(
        self,
        name: str,
        distant: Distant,
        *,
        dry_run: bool = False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> "Examined":
        """Attach an index that lies elsewhere, once its vectors are seen to fit.

        With `dry_run` it is only looked at. Raises Conflict for a taken name, and what
        `Elsewhere.examine` raises.
        """
        if check_name(name) in self.index_names():
            raise taken(name)
        examined = self.elsewhere.examine(name, distant, progress)
        if not dry_run:
            self.attachments.add(examined.attachment)
        return examined

    @cached_property
    def documents(self) -> DocumentIndexes:
        """All indexes of documents; none may have the name of a picture index."""
        from sightline.documents.store import LanceDocumentIndexes

        return LanceDocumentIndexes(
            self.settings.documents_dir,
            self._vectorize,
            elsewhere=lambda: [*self.indexes.names(), *self.attachments.names()],
        )

    def open_documents(
        self,
        name: str,
        *,
        url_of: Callable[[str], str],
        thumbnail_of: Callable[[str], str],
    ) -> Documents:
        """An index of documents, or a picture index as one. Raises UnknownIndex.

        `url_of` and `thumbnail_of` give the links to a picture by its asset's id.
        """
        from sightline.documents.pictures import PictureDocuments
        from sightline.index.folder import size_of

        if name in self.documents.names():
            return self.documents.open(name)
        return PictureDocuments(
            self.indexes.open(name),
            self._vectorize,
            url_of=url_of,
            thumbnail_of=thumbnail_of,
            size=lambda: size_of(self.settings.indexes_dir, name),
        )

    @cached_property
    def _vectorize(self) -> "Vectorizer":
        from sightline.documents.vectorizing import Vectorizer

        return Vectorizer(lambda: self.encoder, lambda: self.text_encoder, max_side=LOOKING_SIDE)

    @cached_property
    def connections(self) -> dict[str, Connection]:
        """The configured ways to clouds' storage, by name."""
        return {c.name: Connection(**c.model_dump()) for c in self.settings.connections}

    def source(self, url: str) -> Addressed:
        """A folder or a container. Raises UnreadableSource, InvalidRequest."""
        limits = dataclasses.replace(PATIENT, largest=self.settings.max_file_mb * 2**20)
        return open_source(url, self.connections, limits=limits)

    def thumbnail(self, name: str, asset_id: str) -> bytes:
        """JPEG bytes. Raises UnknownIndex, UnknownAsset, OriginalGone."""
        return self.look_at(name).thumbnail(asset_id)

    def original(self, name: str, asset_id: str) -> tuple[bytes, str]:
        """A stored still's file and its media type, byte for byte as it was indexed.

        Of a frame of a video it is the frame, as a JPEG. Raises UnknownIndex, UnknownAsset,
        OriginalGone when the file was moved or changed, UnreadableSource when its place cannot be
        reached.
        """
        from sightline.index.mapped import MappedIndex
        from sightline.media.images import jpeg

        index = self.look_at(name)
        asset = index.assets([asset_id]).get(asset_id)
        if asset is None:
            raise UnknownAsset(f"The index {name!r} has no asset {asset_id!r}.")
        if asset.film is not None:
            return jpeg(self.videos.watching.frame(asset)), "image/jpeg"
        if isinstance(index, MappedIndex):
            return index.original(asset_id), asset.media_type
        limits = dataclasses.replace(PROMPT, largest=self.settings.max_file_mb * 2**20)
        return read_original(asset, self.connections, limits=limits), asset.media_type

    @cached_property
    def videos(self) -> Videos:
        """What finds videos and looks through them."""
        return Videos(self)

    @property
    def jobs(self) -> "Jobs":
        """Uploads and ingestions."""
        with self._opening:
            return self._jobs

    def answer(self, request: ChatRequest) -> AsyncGenerator[AnswerEvent]:
        """The events of one answer; see `sightline.answer.answer` for what they may raise."""
        model = self.deployment(request.deployment)
        work = Collaborators(
            search=self.search,
            original=self.original,
            thumbnail=self.thumbnail,
            encoder=lambda: self.encoder,
            eyes=self.eyesight.eyes(model, request.eyes),
            pool=self.pool,
            videos=self.videos.watching,
        )
        if not (self.settings.record if request.record is None else request.record):
            return answer(request, model, work)
        tape = Tape(request, model)
        return recorded(answer(request, tape.model, work), tape, self.turns.keep, self.pool)

    @cached_property
    def turns(self) -> Turns:
        """The recorded turns."""
        return Turns(self.settings.turns_dir, self.settings.record_turns)

    def eyesight_with(self, memory: Path) -> Eyesight:
        """What looks at the pictures of questions, with its memory in that folder."""
        return Eyesight(
            self.settings,
            encoder=lambda: self.encoder,
            text_encoder=lambda: self.text_encoder,
            reader=lambda: self.reader,
            pool=self.pool,
            memory=memory,
            served=self.named_deployments.served,
        )

    @property
    def joint(self) -> Joint:
        """Pictures and words in one space."""
        return Joint(self.encoder, self.text_encoder)

    def analysts(self) -> AnalysisEngines:
        """What analyses single pictures."""
        return AnalysisEngines(
            encoder=lambda: self.encoder,
            read=self.eyesight.read,
            detectors=self.eyesight.detectors,
            teller=self._teller,
            pool=self.pool,
        )

    def _teller(self) -> ChatModel | None:
        """The deployment that writes captions, if it sees. Raises UnknownDeployment."""
        model = self.deployment(self.settings.caption_deployment or self.settings.deployment)
        able = model.capabilities.sees and model.capabilities.max_images
        return model if able else None

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` returns, for plain code; the models' connections are closed after it."""
        return in_a_loop(work, self.disconnect)

    async def disconnect(self) -> None:
        """Let go of the chat models, in the event loop that asked them."""
        for model in self.__dict__.get("_models", {}).values():
            await model.close()
        await self.named_deployments.close()

    async def close(self) -> None:
        """Let go of connections and threads."""
        if "_elsewhere" in self.__dict__:
            self._elsewhere.close()
        if "videos" in self.__dict__:
            await asyncio.to_thread(self.videos.close)
        if "_jobs" in self.__dict__:
            await asyncio.to_thread(self._jobs.close)
        await self.disconnect()
        self.named_deployments.forget()
        self.pool.close()
        self.access.close()
        self.eyesight.close()

    @cached_property
    def _encoder(self) -> PictureEncoder:
        engine = load(self.settings.encoder, PICTURE_ENCODERS, "picture encoder")
        return cast(
            "PictureEncoder",
            engine.open(
                self.settings.models_dir,
                text_encoder=self.text_encoder,
                threads=self.settings.threads,
            ),
        )

    @cached_property
    def _text_encoder(self) -> TextEncoder:
        engine = load(self.settings.text_encoder, TEXT_ENCODERS, "text encoder")
        return cast(
            "TextEncoder", engine.open(self.settings.models_dir, threads=self.settings.threads)
        )

    @cached_property
    def _reader(self) -> Reader:
        return open_reader(self.settings.reader, self.settings)

    @cached_property
    def _elsewhere(self) -> "Elsewhere":
        from sightline.documents.azure_search import SearchService
        from sightline.elsewhere import Elsewhere
        from sightline.vision.azure_vision import AzureVision

        services = [
            SearchService(name=s.name, endpoint=s.endpoint, key=_key(s), certificate=s.certificate)
            for s in self.settings.search_services
        ]
        visions = {
            v.name: AzureVision(
                v.name,
                v.endpoint,
                key=_key(v),
                model_version=v.model_version,
                dimension=v.dimension,
                certificate=v.certificate,
            )
            for v in self.settings.vision_services
        }
        return Elsewhere(services, visions, own=lambda: (self.encoder, self.text_encoder))

    @cached_property
    def _jobs(self) -> "Jobs":
        from sightline.jobs import Jobs

        return Jobs(self.settings, open_url=self.source)

    @cached_property
    def _models(self) -> dict[str, ChatModel]:
        from sightline.chat.extractive import Extractive

        built_in = Extractive(text_encoder=lambda: self.text_encoder, run=self.pool.run)
        return {built_in.name: built_in}


def _key(settings: ServiceSettings) -> str:
    return os.environ.get(settings.api_key_env, "").strip() if settings.api_key_env else ""
