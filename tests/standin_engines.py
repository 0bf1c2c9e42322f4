"""The shipped fakes as engines that a worker process opens by their import strings."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from sightline.assets import Pixels
from sightline.vision.base import Encoded, TextEncoder
from sightline.vision.fake import FakeDetector, FakePictureEncoder, FakeReader, FakeTextEncoder


class Words(FakeTextEncoder):
    @classmethod
    def open(cls, _models: Path, *, threads: int) -> Self:  # noqa: ARG003
        return cls()


class Colours(FakePictureEncoder):
    """After `STANDIN_FAST` pictures each of the following takes `STANDIN_SECONDS`."""

    encoded = 0

    @classmethod
    def open(cls, _models: Path, *, text_encoder: TextEncoder, threads: int) -> Self:  # noqa: ARG003
        return cls(text_encoder=text_encoder)

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        self.encoded += len(pictures)
        if self.encoded > int(os.environ.get("STANDIN_FAST", "0")):
            time.sleep(len(pictures) * float(os.environ.get("STANDIN_SECONDS", "0")))
        return super().encode(pictures)


class Reads(FakeReader):
    @classmethod
    def open(cls, _models: Path, *, threads: int, runtime: str) -> Self:  # noqa: ARG003
        return cls(["SALE 49"])


class Signs(Reads):
    """Reads something else in each of its languages."""

    languages = ("english", "german")

    def in_language(self, language: str) -> FakeReader:
        return Sign(language)


class Sign(FakeReader):
    def __init__(self, language: str) -> None:
        super().__init__([{"english": "EXIT", "german": "AUSGANG"}[language]])
        self.language = language

    @property
    def name(self) -> str:
        return f"{super().name}:{self.language}"


class Things(FakeDetector):
    """Things are called by their colours."""

    name = "fake-things"

    @classmethod
    def open(cls, _models: Path, *, threads: int, run: object) -> Self:  # noqa: ARG003
        return cls()


class Tents(FakeDetector):
    """Whatever is red is a tent."""

    @classmethod
    def open(cls, _models: Path, *, threads: int, run: object) -> Self:  # noqa: ARG003
        return cls(names={"red": "tent"})


ENGINES = {
    "encoder": "standin_engines:Colours",
    "text_encoder": "standin_engines:Words",
    "reader": "standin_engines:Reads",
}
