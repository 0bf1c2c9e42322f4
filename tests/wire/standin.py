"""A workspace on the shipped fakes, filled by the real flows, to stand behind the HTTP edge."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from sightline.chat.base import ChatModel
from sightline.chat.fake import ScriptedChat
from sightline.events import Finished, TextDelta, Usage
from sightline.index.base import IndexInfo
from sightline.index.memory import MemoryIndexes
from sightline.ingest import ingest
from sightline.settings import Settings
from sightline.sources.folder import Folder
from sightline.vision.fake import COLOURS, FakePictureEncoder, FakeReader, FakeTextEncoder
from sightline.workspace import Workspace

PICTURES = {
    "red.png": "A red tent on a mountain",
    "shoes/blue.png": "Blue running shoes",
    "ein grünes Zelt.jpg": "",
}

WORDS = (TextDelta("The tent "), TextDelta("is red [doc1]."))
END = Finished(reason="stop", usage=Usage(prompt_tokens=9, completion_tokens=4, estimated=False))


def picture_file(path: Path, colour: str) -> bytes:
    """A picture of one colour, written to `path`."""
    pixels = np.full((60, 80, 3), COLOURS[colour], dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path.read_bytes()


def standin(
    folder: Path, models: Sequence[ChatModel] = (), *, index: str = "tents", **settings: object
) -> Workspace:
    """A workspace with three pictures in one index and the deployment "scripted".

    Its detector takes whatever is red for a tent.
    """
    settings = {"detectors": ("standin_engines:Tents",), **settings}
    workspace = Workspace(Settings(workspace=folder / "workspace", threads=2, **settings))
    workspace.indexes = MemoryIndexes()
    workspace._text_encoder = FakeTextEncoder()
    workspace._encoder = FakePictureEncoder(text_encoder=workspace._text_encoder)
    workspace._reader = FakeReader(["SALE 49"])
    every = [ScriptedChat("scripted", [*WORDS, END]), *models]
    workspace._models = {model.name: model for model in every}
    _fill(workspace, folder / "pictures", index)
    return workspace


def pictures(folder: Path) -> Path:
    """The folder with three pictures and what is said about them."""
    for key, colour in zip(PICTURES, ("red", "blue", "green"), strict=True):
        picture_file(folder / key, colour)
    described = [
        {"image_blob_path": key, "description": text} for key, text in PICTURES.items() if text
    ]
    (folder / "metadata.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def _fill(workspace: Workspace, folder: Path, name: str) -> None:
    pictures(folder)
    workspace.indexes.create(
        IndexInfo(
            name=name,
            encoder=workspace.encoder.identity,
            text_encoder=workspace.text_encoder.identity,
            created_at=datetime(2024, 1, 2, tzinfo=UTC),
        )
    )
    with workspace.indexes.writing(name) as index:
        for _ in ingest(Folder(folder), index, workspace.engines(read_text=True)):
            pass
