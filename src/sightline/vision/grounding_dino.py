"""Grounding DINO (Liu et al. 2023) and MM-Grounding-DINO (Zhao et al. 2024): all phrases in a text.

Facts, from `processing_grounding_dino.py`, `image_processing_grounding_dino.py` and
`modeling_grounding_dino.py` of Hugging Face transformers, and from transformers.js: the text is
lower case, "a cat. a dog.", each phrase ended by a full stop; full stops and question marks
separate phrases, which do not see each other. A text has at most 256 tokens; the logits have as
many columns, those after the text at minus infinity. The picture is scaled to 0..1, resized with
its shorter edge to 800 and its longer to at most 1333 pixels (some exports are made for 800 × 800
and say so) and normalised with ImageNet's mean and deviation; `pixel_mask` is all ones. Boxes refer
to the picture. A box scores the best sigmoid over the tokens; 0.25 is the least that counts there.
Here a phrase scores the best of its own tokens, so that every region has the phrase it belongs to.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PIL import Image
from tokenizers import Encoding, Tokenizer

from sightline.assets import Pixels
from sightline.errors import BrokenModel, InvalidInput
from sightline.vision.model_folder import ModelFolder, fixed
from sightline.vision.onnx_session import OnnxSession
from sightline.vision.phrase_model import Question, View, asked, too_long
from sightline.vision.picture_input import IMAGENET_MEAN, IMAGENET_STD, PictureInput, Size

_TOKENS = 256
_DEFAULTS = PictureInput(
    size=Size(shortest=800, longest=1333), mean=IMAGENET_MEAN, std=IMAGENET_STD
)
_SEPARATORS = str.maketrans(".?", "  ")


class GroundingDino:
    """How Grounding DINO takes pictures and phrases."""

    INPUTS: ClassVar = (
        "pixel_values",
        "pixel_mask",
        "input_ids",
        "token_type_ids",
        "attention_mask",
    )
    name: ClassVar = "grounding-dino"
    version: ClassVar = "1"
    threshold: ClassVar = 0.25

    def __init__(
        self, tokenizer: Tokenizer, pictures: PictureInput, *, tokens: int, padded: bool
    ) -> None:
        """`tokens` of a text at most; when `padded` always as many."""
        self._tokenizer = tokenizer
        self._pictures = pictures
        self._tokens = tokens
        self._padded = padded
        unknown = getattr(tokenizer.model, "unk_token", None)
        self._unknown = None if unknown is None else tokenizer.token_to_id(unknown)

    @classmethod
    def open(cls, folder: ModelFolder, session: OnnxSession) -> "GroundingDino":
        """The family as this export of it wants it. Raises BrokenModel when it cannot be met."""
        pictures = _DEFAULTS.read(folder.pictures)
        size, pixels = pictures.size, session.inputs["pixel_values"]
        if (fixed(pixels, 2) or size.height, fixed(pixels, 3) or size.width) != (
            size.height,
            size.width,
        ):
            raise BrokenModel(
                f"Expected a graph for pictures of {size}, as preprocessor_config.json says, "
                f"got one for {pixels}."
            )
        length = fixed(session.inputs["input_ids"], 1)
        most = folder.config.get("max_text_len")
        tokens = length or (most if isinstance(most, int) and most > 0 else _TOKENS)
        return cls(folder.tokenizer, pictures, tokens=tokens, padded=length is not None)

    def view(self, picture: Pixels) -> View:
        """The whole picture, resized as the export wants it."""
        height, width = picture.shape[:2]
        resized = Image.fromarray(picture).resize(
            self._pictures.size.of(width, height), Image.Resampling(self._pictures.resample)
        )
        values = self._pictures.array(np.asarray(resized))
        mask = np.ones((1, *values.shape[2:]), np.int64)
        return View(feeds={"pixel_values": values, "pixel_mask": mask})

    def questions(self, phrases: Sequence[str]) -> list[Question]:
        """The phrases in texts that are as long as the model takes."""
        texts: list[list[tuple[str, str]]] = [[]]
        room = self._tokens
        for phrase in asked(phrases):
            plain = _plain(phrase)
            marks = len(self._tokenizer.encode("").ids)
            tokens = len(self._tokenizer.encode(f"{plain}.").ids) - marks
            if tokens + marks > self._tokens:
                raise too_long(phrase, tokens + marks, self._tokens, "Grounding DINO")
            if texts[-1] and tokens > room:
                texts.append([])
            if not texts[-1]:
                room = self._tokens - marks
            texts[-1].append((phrase, plain))
            room -= tokens
        return [self._question(text) for text in texts if text]

    def _question(self, text: Sequence[tuple[str, str]]) -> Question:
        encoding = self._tokenizer.encode(" ".join(f"{plain}." for _, plain in text))
        width = self._tokens if self._padded else len(encoding.ids)
        feeds = {
            "input_ids": encoding.ids,
            "token_type_ids": encoding.type_ids,
            "attention_mask": encoding.attention_mask,
        }
        return Question(
            feeds={
                name: np.pad(np.array([row], np.int64), ((0, 0), (0, width - len(row))))
                for name, row in feeds.items()
            },
            phrases=tuple(phrase for phrase, _ in text),
            columns=_columns(encoding, [plain for _, plain in text], self._unknown),
        )


def _plain(phrase: str) -> str:
    """The phrase as it stands in the text: what separates phrases there cannot stand in one."""
    plain = " ".join(phrase.lower().translate(_SEPARATORS).split())
    if not plain:
        raise InvalidInput(f"Expected phrases to look for, got {phrase!r} among them.")
    return plain


def _columns(
    encoding: Encoding, phrases: Sequence[str], unknown: int | None
) -> tuple[tuple[int, ...], ...]:
    """For each phrase the positions of its tokens, without the full stop and what is unknown."""
    found, start = [], 0
    for phrase in phrases:
        end = start + len(phrase)
        inside = [
            at
            for at, (first, last) in enumerate(encoding.offsets)
            if first < last and start <= first and last <= end and encoding.ids[at] != unknown
        ]
        if not inside:
            raise InvalidInput(
                f"Expected phrases with words that the model knows, got {phrase!r}.",
                hint="Its vocabulary has none of them; most such models know English only.",
            )
        found.append(tuple(inside))
        start = end + 2
    return tuple(found)
