"""Every kind of chat model, each at an answer without end, and what is at work behind it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from numpy import float32
from numpy.typing import NDArray

from chat.asking import SEEING
from chat.local_place import Place
from chat.quirks_server import QuirksServer, delta, in_a_thread, stays_silent, streams
from sightline.chat.base import ChatModel
from sightline.chat.extractive import Extractive
from sightline.chat.fake import ScriptedChat
from sightline.chat.openai_compatible import OpenAICompatible
from sightline.events import TextDelta
from sightline.vision.fake import FakeTextEncoder

_NUMBERS = count()
_NAMES = ("red", "blue", "big", "small", "wet")


def question() -> str:
    """One nobody has asked before, in parts; each costs a `SlowEncoder` a call of its own."""
    number = next(_NUMBERS)
    return " ".join(f"Where is the {name} tent number {number}?" for name in _NAMES)


@dataclass(frozen=True)
class BackEnd:
    """A model, and how many answers are being made behind it.

    `held`: what else of an answer is still there, such as its connection.
    """

    model: ChatModel
    at_work: Callable[[], int]
    held: Callable[[], int] = lambda: 0


@contextmanager
def scripted(folder: Path, *, silent: bool) -> Iterator[BackEnd]:  # noqa: ARG001
    model = ScriptedChat(
        f"scripted, silent={silent}", [TextDelta("word ")] * 3000, delay=60 if silent else 0.02
    )
    yield BackEnd(model, lambda: len(model.prompts) - model.closed_early)


@contextmanager
def openai_compatible(folder: Path, *, silent: bool) -> Iterator[BackEnd]:  # noqa: ARG001
    with in_a_thread(QuirksServer()) as server:
        server.will(stays_silent if silent else streams(*[delta("word "), 0.02] * 3000))
        model = OpenAICompatible(
            f"openai_compatible, silent={silent}",
            base_url=server.base_url,
            model="tiny",
            capabilities=SEEING,
        )
        yield BackEnd(model, lambda: server.answering, lambda: server.connections)


@contextmanager
def local(folder: Path, *, silent: bool) -> Iterator[BackEnd]:
    place = Place(folder)
    place.install()
    place.model(endless="silence" if silent else "words")
    marks = place.models / "tiny" / "endless"

    def at_work() -> int:
        told = marks.read_text() if marks.exists() else ""
        return told.count("+") - told.count("-")

    yield BackEnd(place.chat(name=f"local, silent={silent}"), at_work)


class SlowEncoder(FakeTextEncoder):
    """Takes its time for each call; `at_work` counts the calls that it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.at_work = 0

    def encode(self, texts: Sequence[str]) -> NDArray[float32]:
        self.at_work += 1
        time.sleep(0.4)
        self.at_work -= 1
        return super().encode(texts)


@contextmanager
def extractive(folder: Path, *, silent: bool) -> Iterator[BackEnd]:  # noqa: ARG001
    """It has something to say after two seconds, and all of it at once."""
    encoder = SlowEncoder()
    model = Extractive(text_encoder=encoder, name=f"extractive, silent={silent}")
    yield BackEnd(model, lambda: encoder.at_work)


Opened = Callable[..., AbstractContextManager[BackEnd]]

BACK_ENDS: tuple[Opened, ...] = (scripted, openai_compatible, local, extractive)
