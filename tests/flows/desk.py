"""An index, a model and everything that answering needs, on fakes."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from sightline.answer import Collaborators, answer
from sightline.assets import Hit, Pixels, Where
from sightline.bridge import Pool
from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.errors import OriginalGone
from sightline.events import Answer, Finished, Usage, fold
from sightline.eyesight import similarity
from sightline.index.base import IndexInfo
from sightline.index.memory import MemoryIndexes
from sightline.ingest import ingest
from sightline.messages import ChatRequest, ImagePart, Message, TextPart
from sightline.retrieve import Searched, search
from sightline.row_desk import Engines
from sightline.sources.folder import Folder
from sightline.tying import Eyes
from sightline.vision.fake import FakeDetector, FakePictureEncoder, FakeReader, FakeTextEncoder

BLIND = Capabilities(sees=False, max_images=10, language_model=False)
END = Finished(reason="stop", usage=Usage(prompt_tokens=1, completion_tokens=1, estimated=True))


def jpeg(colour: str) -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(picture, "JPEG")
    return picture.getvalue()


def asking(text: str, *colours: str, **fields: object) -> ChatRequest:
    pictures = [ImagePart(jpeg(colour), name=f"{colour}.jpg") for colour in colours]
    message = Message("user", (TextPart(text), *pictures))
    return ChatRequest(deployment="model", messages=(message,), **fields)  # type: ignore[arg-type]


class Desk:
    """An index with a red and a blue picture, and everything that answering needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.text_encoder = FakeTextEncoder()
        self.encoder = FakePictureEncoder(text_encoder=self.text_encoder)
        self.reader = FakeReader(["TOTAL 39.90"])
        self.detectors: dict[str, FakeDetector] = {"things": FakeDetector()}
        self.originals_gone = False
        for colour in ("red", "blue"):
            (folder / f"{colour}.jpg").write_bytes(jpeg(colour))
        (folder / "metadata.json").write_text(
            '[{"image_blob_path": "red.jpg", "description": "The red tent costs 199 euros."}]'
        )
        self.indexes = MemoryIndexes()
        index = self.indexes.create(
            IndexInfo(
                name="shop",
                encoder=self.encoder.identity,
                text_encoder=self.text_encoder.identity,
                created_at=datetime.now(UTC),
            )
        )
        engines = Engines(encoder=self.encoder, text_encoder=self.text_encoder, reader=None)
        list(ingest(Folder(folder), index, engines))

    def search(
        self,
        names: Sequence[str],
        *,
        picture: Pixels | None,
        text: str | None,
        top: int,
        where: Where | None,
    ) -> list[Hit]:
        opened = [
            Searched(
                index=self.indexes.open(name),
                encoder=self.encoder,
                text_encoder=self.text_encoder,
            )
            for name in names
        ]
        return search(opened, picture=picture, text=text, top=top, where=where)

    def original(self, index: str, asset: str) -> tuple[bytes, str]:
        if self.originals_gone:
            raise OriginalGone("The picture was moved.")
        found = self.indexes.open(index).assets([asset])[asset]
        return Path(found.location).read_bytes(), found.media_type

    async def ask(self, request: ChatRequest, model: ScriptedChat) -> Answer:
        pool = Pool(2)
        work = Collaborators(
            search=self.search,
            original=self.original,
            thumbnail=lambda index, asset: self.indexes.open(index).thumbnail(asset),
            encoder=lambda: self.encoder,
            eyes=Eyes(
                detectors={name: lambda d=d: d for name, d in self.detectors.items()},
                read=self.reader.read,
                similarity=lambda: similarity(self.text_encoder),
                pool=pool,
            ),
            pool=pool,
        )
        try:
            self.events = []
            async for event in answer(request, model, work):
                self.events.append(event)
        finally:
            pool.close()
        return fold(self.events)
