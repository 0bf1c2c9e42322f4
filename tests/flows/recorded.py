"""Turns recorded at the quirks server, for the tests of recording, exports and replay."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from chat.asking import deployed
from chat.quirks_server import DONE, STOP, Behaviour, QuirksServer, counts, delta, streams
from sightline.events import Answer, AnswerEvent, fold
from sightline.messages import ChatRequest, ImagePart, Message, Sampling, TextPart
from sightline.recorded_turn import RecordedTurn
from sightline.workspace import Workspace
from wire.standin import standin

QUESTION = "Wie groß ist „das Zelt“? It's $HOME `id` \\ 100% 🏕️!!\nSecond line"


def says(*words: str) -> Behaviour:
    """A server that answers with these pieces."""
    return streams(*(delta(word) for word in words), STOP, counts(9, 2), DONE)


def opened(folder: Path, *servers: QuirksServer, **settings: object) -> Workspace:
    """A workspace that records, with the deployments "gpt" and "gpt2" at these servers."""
    models = [deployed(server.base_url) for server in servers]
    for number, model in enumerate(models[1:], start=2):
        model._name = f"gpt{number}"
    return standin(folder, models, **{"record": True, **settings})


def noisy_picture(folder: Path, seed: int = 0) -> ImagePart:
    """A picture whose JPEG is not small."""
    pixels = np.random.default_rng(seed).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    path = folder / f"noise{seed}.png"
    Image.fromarray(pixels).save(path)
    return ImagePart(path.read_bytes(), name=path.name)


def question(*pictures: ImagePart, text: str = QUESTION, **parts: object) -> ChatRequest:
    """A question to "gpt"."""
    given: dict[str, Any] = {"deployment": "gpt", "sampling": Sampling(max_tokens=50), **parts}
    return ChatRequest(messages=(Message("user", (TextPart(text), *pictures)),), **given)


async def events(workspace: Workspace, request: ChatRequest) -> list[AnswerEvent]:
    return [event async for event in workspace.answer(request)]


async def answered(workspace: Workspace, request: ChatRequest) -> Answer:
    return fold(await events(workspace, request))


def newest(workspace: Workspace) -> RecordedTurn:
    """The turn recorded last."""
    (first, *_), _ = workspace.turns.page(0, 1)
    return workspace.turns.get(first["id"])


def every_file(folder: Path) -> dict[Path, bytes]:
    """All files below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
