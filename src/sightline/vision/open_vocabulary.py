"""Finds what it is asked for in words, with a model that was trained to look for any phrase.

The model is a folder on this machine with an ONNX export; which family it belongs to stands in its
`config.json`. None is embedded: `sightline models pull` fetches one, or a folder is named.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sightline.assets import Pixels
from sightline.errors import BrokenModel, InvalidInput, InvalidRequest
from sightline.regions import Region, merged
from sightline.vision.base import PhraseUse
from sightline.vision.grounding_dino import GroundingDino
from sightline.vision.hub import locate
from sightline.vision.hub_models import DETECTOR_MODELS
from sightline.vision.model_folder import ModelFolder
from sightline.vision.onnx_session import OnnxSession
from sightline.vision.owlv2 import Owlv2
from sightline.vision.phrase_model import Family, Question, View, regions

log = logging.getLogger("sightline.vision")

FAMILIES: dict[str, type[Owlv2] | type[GroundingDino]] = {
    "owlv2": Owlv2,
    "grounding-dino": GroundingDino,
    "mm-grounding-dino": GroundingDino,
}
"""Families by the `model_type` of `config.json`."""

OUTPUTS = ("logits", "pred_boxes")

Run = Callable[..., Awaitable[Any]]
"""Runs a function with its arguments in a worker thread."""


class OpenVocabulary:
    """Looks for phrases: a `Detector`. Without phrases it has nothing to look for."""

    phrases: PhraseUse = "needed"

    def __init__(
        self,
        session: OnnxSession,
        family: Family,
        fingerprint: str,
        *,
        threshold: float | None = None,
        run: Run = asyncio.to_thread,
    ) -> None:
        """`fingerprint` tells the model's files from others; `threshold` is the least score."""
        self._session = session
        self._family = family
        self._threshold = family.threshold if threshold is None else threshold
        self._run = run
        self.name = f"{family.name}-{fingerprint}@{family.version}:{self._threshold:g}"

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        threads: int,
        threshold: float | None = None,
        run: Run = asyncio.to_thread,
    ) -> Self:
        """The detector over the model in `folder`.

        Raises:
            MissingModel: when files are not there; the message names them.
            BrokenModel: when one cannot be used as it is.
            InvalidInput: when it is a model of another kind.
        """
        found = ModelFolder.found(folder)
        kind = found.config.get("model_type")
        family = FAMILIES.get(kind) if isinstance(kind, str) else None
        if family is None:
            raise InvalidRequest(
                f"Expected a model of the kind {', '.join(FAMILIES)} in {str(folder)!r}, got "
                f"{kind!r} as model_type in config.json.",
                hint="Choose a model of `sightline models list`, or an export of one of these.",
            )
        session = found.session(inputs=family.INPUTS, outputs=OUTPUTS, threads=threads)
        return cls(
            session,
            family.open(found, session),
            found.fingerprint(),
            threshold=threshold,
            run=run,
        )

    async def detect(self, picture: Pixels, phrases: Sequence[str] = ()) -> list[Region]:
        """Where the phrases are, surest first; each region is labelled with its phrase.

        Of several phrases those that the model cannot take (too long, no word that it knows) are
        left out and logged: they come out of answers, and the others can still be found.

        Raises:
            InvalidInput: when the model can take none of the phrases: none is cut.
            BrokenModel: when the model cannot be run, or gives what cannot be understood.
        """
        if not phrases:
            return []
        found: list[Region] = await self._run(self._look, picture, tuple(phrases))
        return found

    def _look(self, picture: Pixels, phrases: Sequence[str]) -> list[Region]:
        questions = self._questions(phrases)
        view = self._family.view(picture)
        return merged(region for question in questions for region in self._answer(question, view))

    def _questions(self, phrases: Sequence[str]) -> list[Question]:
        try:
            return self._family.questions(phrases)
        except InvalidInput:
            able = [phrase for phrase in phrases if self._takes(phrase)]
            if not able:
                raise
        log.warning("%s was not asked for %s", self.name, sorted({*phrases} - {*able}))
        return self._family.questions(able)

    def _takes(self, phrase: str) -> bool:
        try:
            return bool(self._family.questions([phrase]))
        except InvalidInput:
            return False

    def _answer(self, question: Question, view: View) -> list[Region]:
        feeds = {
            name: self._typed(name, value)
            for name, value in {**view.feeds, **question.feeds}.items()
        }
        try:
            logits, boxes = self._session.run(list(OUTPUTS), **feeds)
        except Exception as error:  # the runtime has no family of errors
            raise BrokenModel(
                f"The model {self.name!r} cannot be run: {error}",
                hint="Fetch or export it again, as the documentation of detectors says.",
            ) from error
        return regions(logits, boxes, question, view, threshold=self._threshold, source=self.name)

    def _typed(self, name: str, value: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(value, self._session.inputs[name].dtype)


def open_vocabulary(
    setting: str, models_dir: Path, *, threads: int, run: Run = asyncio.to_thread
) -> OpenVocabulary | None:
    """The detector that the setting of that name means; None when it is off (empty).

    A name of the catalogue means the files that `sightline models pull` fetched; anything else is
    a folder.

    Raises:
        InvalidRequest: when it is neither.
        MissingModel, BrokenModel, InvalidInput: as `OpenVocabulary.open`.
    """
    if not setting:
        return None
    if setting in DETECTOR_MODELS:
        folder = locate(DETECTOR_MODELS[setting], models_dir)
    else:
        folder = Path(setting).expanduser()
        if not folder.is_dir():
            raise InvalidRequest(
                f"Expected a folder or one of {', '.join(DETECTOR_MODELS)} for open_vocabulary, "
                f"got {setting!r}.",
                hint="`sightline models list` shows what can be fetched.",
            )
    return OpenVocabulary.open(folder, threads=threads, run=run)
