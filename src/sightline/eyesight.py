"""Everything of a workspace that looks at a question's pictures, opened when first needed.

What was found on a picture is remembered: a second question about it costs nothing.
"""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels, Reading
from sightline.bridge import Pool
from sightline.chat.base import ChatModel
from sightline.choosing import detectors_chosen, open_reader, reader_chosen
from sightline.errors import InvalidRequest
from sightline.looking import Detectors
from sightline.messages import AS_SET, EyeChoice
from sightline.naming import Similarity
from sightline.registry import load
from sightline.remembering import RememberingDetector, RememberingReader
from sightline.settings import Settings
from sightline.tying import Eyes
from sightline.vision.base import Detector, LanguageReader, PictureEncoder, Reader, TextEncoder

if TYPE_CHECKING:
    from sightline.storage.findings import Findings, HeldFindings

EMBEDDED, OPEN_VOCABULARY, MODEL = "embedded", "open_vocabulary", "vlm"


class Eyesight:
    """One detector of each name and the reader, for all questions. Calls from any thread."""

    def __init__(
        self,
        settings: Settings,
        *,
        encoder: Callable[[], PictureEncoder],
        text_encoder: Callable[[], TextEncoder],
        reader: Callable[[], Reader],
        pool: Pool,
        memory: Path,
        served: Callable[[str], Sequence[str]],
    ) -> None:
        """`memory`: the folder whose catalog keeps what was found, if the settings want it kept.

        `served` says who answers under the name of a deployment, which says nothing about it.
        """
        self._settings = settings
        self._encoder = encoder
        self._text_encoder = text_encoder
        self._plain_reader = reader
        self._pool = pool
        self._memory_folder = memory
        self._served = served
        self._opening = RLock()
        self._opened: dict[str, Detector] = {}
        self._readers: dict[tuple[str, str | None], Reader] = {}

    def eyes(self, model: ChatModel | None = None, choice: EyeChoice = AS_SET) -> Eyes:
        """What looks at the pictures of one question; `model` is who answers, if somebody does.

        Raises InvalidRequest when the question chooses an engine or a language that is not there.
        """
        return Eyes(
            detectors=detectors_chosen(choice, self.detectors(model)),
            read=partial(self._read_by, *reader_chosen(choice, self._settings)),
            similarity=lambda: similarity(self._text_encoder()),
            pool=self._pool,
        )

    @cached_property
    def reader(self) -> Reader:
        """The workspace's reader, remembering."""
        return RememberingReader(self._plain_reader(), self._memory)

    def read(self, picture: Pixels) -> Reading:
        """The text on a picture; the reader opens with the first."""
        return self.reader.read(picture)

    def _read_by(self, name: str, language: str | None, picture: Pixels) -> Reading:
        if name == self._settings.reader and language is None:
            return self.read(picture)
        with self._opening:
            reader = self._reader_by(name, language)
        return reader.read(picture)

    def _reader_by(self, name: str, language: str | None) -> Reader:
        if (name, language) not in self._readers:
            usual = name == self._settings.reader
            reader = self._plain_reader() if usual else open_reader(name, self._settings)
            if language is not None:
                reader = cast("LanguageReader", reader).in_language(language)
            self._readers[name, language] = RememberingReader(reader, self._memory)
        return self._readers[name, language]

    def forget(self) -> int:
        """Let go of all that the catalog keeps of pictures, whatever the settings; how many.

        Raises Unavailable.
        """
        from sightline.storage.catalog import Catalog
        from sightline.storage.findings import Findings
        from sightline.storage.records import CATALOG_FILE

        if not (self._memory_folder / CATALOG_FILE).exists():
            return 0
        findings = Findings(Catalog.of(self._memory_folder))
        try:
            return findings.forget()
        finally:
            findings.close()

    def close(self) -> None:
        """Let go of what was opened here."""
        with self._opening:
            if "_findings" in self.__dict__:
                self._findings.close()

    def detectors(self, model: ChatModel | None = None) -> Detectors:
        """The configured ones; `vlm` is the model that answers, if it writes boxes."""
        chosen: dict[str, Callable[[], Detector]] = {}
        for name in self._settings.detectors:
            if name == MODEL:
                if model is not None and model.capabilities.boxes:
                    chosen[f"{MODEL}:{model.name}"] = partial(self._asking, model)
            elif name != OPEN_VOCABULARY or self._settings.open_vocabulary:
                chosen[name] = partial(self._once, name, partial(self._open, name))
        return chosen

    def _asking(self, model: ChatModel) -> Detector:
        """Made for each question: under the same name another model may answer the next one."""
        from sightline.chat.model_detector import ModelDetector

        detector = ModelDetector(model, model.capabilities.boxes, self._pool.run)
        served = self._served(model.name)
        return RememberingDetector(detector, self._memory, self._pool.run, settings=served)

    def _once(self, name: str, made: Callable[[], Detector]) -> Detector:
        with self._opening:
            if name not in self._opened:
                self._opened[name] = RememberingDetector(made(), self._memory, self._pool.run)
            return self._opened[name]

    def _open(self, name: str) -> Detector:
        settings = self._settings
        if name == EMBEDDED:
            return self._embedded()
        if name == OPEN_VOCABULARY:
            from sightline.vision.open_vocabulary import open_vocabulary

            found = open_vocabulary(
                settings.open_vocabulary,
                settings.models_dir,
                threads=settings.threads,
                run=self._pool.run,
            )
            if found is None:
                raise InvalidRequest("Expected a model in the setting open_vocabulary, got none.")
            return found
        engine = load(name, {}, "detector")
        return cast(
            "Detector",
            engine.open(settings.models_dir, threads=settings.threads, run=self._pool.run),
        )

    def _embedded(self) -> Detector:
        from sightline.vision.embedded_detector import EmbeddedDetector
        from sightline.vision.lite0 import Lite0

        network = self._encoder()
        if not isinstance(network, Lite0):
            network = Lite0.open(
                self._settings.models_dir,
                text_encoder=self._text_encoder(),
                threads=self._settings.threads,
            )
        return EmbeddedDetector(network, self.reader, self._pool.run)

    def _memory(self) -> "Findings | HeldFindings":
        with self._opening:
            return self._findings

    @cached_property
    def _findings(self) -> "Findings | HeldFindings":
        from sightline.storage.catalog import Catalog
        from sightline.storage.findings import Findings, HeldFindings

        if not self._settings.remember_findings:
            return HeldFindings()
        return Findings(Catalog.of(self._memory_folder))


def similarity(encoder: TextEncoder) -> Similarity:
    """Cosines of meanings by a text encoder; a text is encoded once, however often it comes."""
    known: dict[str, NDArray[float32]] = {}

    def vectors(texts: Sequence[str]) -> NDArray[float32]:
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known.update(zip(fresh, encoder.encode(fresh), strict=True))
        return np.stack([known[text] for text in texts])

    def cosines(ours: Sequence[str], theirs: Sequence[str]) -> NDArray[float32]:
        found: NDArray[float32] = vectors(ours) @ vectors(theirs).T
        return found

    return cosines
