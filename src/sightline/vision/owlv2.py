"""OWLv2 (Minderer et al. 2023): each phrase is a query, compared with every patch of the picture.

Facts, from `image_processing_owlv2.py`, `processing_owlv2.py` and `modeling_owlv2.py` of Hugging
Face transformers: values are scaled to 0..1, the picture is padded to a square on the right and at
the bottom with 0 (with grey before 2025-10; pull request 41938 measured 0 as better and as what the
authors do), smoothed by a Gaussian of (shrinking - 1) / 2 pixels, resized bilinearly to 960 × 960
and normalised with CLIP's mean and deviation. Boxes refer to the padded square. A query is one row
of 16 tokens, padded with 0; a row that starts with 0 is no query. A score is the sigmoid of its
logit; 0.1 is the least that counts there. `objectness_logits` take no part in it.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import cv2
import numpy as np
from tokenizers import Tokenizer

from sightline.assets import Pixels
from sightline.errors import BrokenModel
from sightline.vision.model_folder import ModelFolder, fixed
from sightline.vision.onnx_session import OnnxSession
from sightline.vision.phrase_model import Question, View, asked, too_long
from sightline.vision.picture_input import CLIP_MEAN, CLIP_STD, PictureInput, Size

QUERIES = 64
"""Phrases in one run, where the graph takes any number; the picture is looked at in each run."""

_TOKENS = 16
_DEFAULTS = PictureInput(size=Size(height=960, width=960), mean=CLIP_MEAN, std=CLIP_STD)


class Owlv2:
    """How OWLv2 takes pictures and phrases."""

    INPUTS: ClassVar = ("input_ids", "attention_mask", "pixel_values")
    name: ClassVar = "owlv2"
    version: ClassVar = "1"
    threshold: ClassVar = 0.1

    def __init__(
        self, tokenizer: Tokenizer, pictures: PictureInput, *, tokens: int, queries: int | None
    ) -> None:
        """`tokens` of a query, padding included; `queries` that each run must have, or None."""
        self._tokenizer = tokenizer
        self._pictures = pictures
        self._side = pictures.size.width
        self._tokens = tokens
        self._queries = queries

    @classmethod
    def open(cls, folder: ModelFolder, session: OnnxSession) -> "Owlv2":
        """The family as this export of it wants it. Raises BrokenModel when it cannot be met."""
        pictures = _DEFAULTS.read(folder.pictures, pads=True)
        size, pixels = pictures.size, session.inputs["pixel_values"]
        if not size.width or size.width != size.height:
            raise BrokenModel(f"Expected a square size for OWLv2, got {folder.pictures['size']!r}.")
        if {fixed(pixels, 2), fixed(pixels, 3)} - {None, size.width}:
            raise BrokenModel(
                f"Expected a graph for pictures of {size.width} × {size.width} pixels, as "
                f"preprocessor_config.json says, got one for {pixels}."
            )
        words = session.inputs["input_ids"]
        tokens = fixed(words, 1) or _longest(folder.config.get("text_config"))
        return cls(folder.tokenizer, pictures, tokens=tokens, queries=fixed(words, 0))

    def view(self, picture: Pixels) -> View:
        """The picture in the top left corner of a square, the rest black."""
        height, width = picture.shape[:2]
        scale = self._side / max(height, width)
        # Only the picture is resized: the square around a long and thin one would be huge.
        across, down = max(1, round(width * scale)), max(1, round(height * scale))
        if scale < 1:
            blur = (1 / scale - 1) / 2
            reach = 2 * int(4 * blur + 0.5) + 1
            picture = cv2.GaussianBlur(
                picture, (reach, reach), blur, borderType=cv2.BORDER_REFLECT_101
            )
        square = np.zeros((self._side, self._side, 3), np.uint8)
        square[:down, :across] = cv2.resize(picture, (across, down), interpolation=cv2.INTER_LINEAR)
        return View(
            feeds={"pixel_values": self._pictures.array(square)},
            fill_x=across / self._side,
            fill_y=down / self._side,
        )

    def questions(self, phrases: Sequence[str]) -> list[Question]:
        """The phrases, as many in a run as it takes."""
        rows = [(phrase, self._ids(phrase)) for phrase in asked(phrases)]
        most = self._queries or QUERIES
        return [self._question(rows[at : at + most]) for at in range(0, len(rows), most)]

    def _ids(self, phrase: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(phrase.strip().lower()).ids
        if len(ids) > self._tokens:
            raise too_long(phrase, len(ids), self._tokens, "OWLv2")
        return ids

    def _question(self, rows: Sequence[tuple[str, list[int]]]) -> Question:
        padded = np.zeros((self._queries or len(rows), self._tokens), np.int64)
        mask = np.zeros_like(padded)
        for number, (_, ids) in enumerate(rows):
            padded[number, : len(ids)] = ids
            mask[number, : len(ids)] = 1
        return Question(
            feeds={"input_ids": padded, "attention_mask": mask},
            phrases=tuple(phrase for phrase, _ in rows),
            columns=tuple((number,) for number in range(len(rows))),
        )


def _longest(text_config: Any) -> int:  # noqa: ANN401 (any JSON)
    found = text_config.get("max_position_embeddings") if isinstance(text_config, dict) else None
    return found if isinstance(found, int) and found > 0 else _TOKENS
