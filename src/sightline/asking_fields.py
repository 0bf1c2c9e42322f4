"""Rows by asking a chat model about one picture after another.

The question goes the way of every question (`answer.py`), so that JSON is asked for, checked and
repaired as anywhere. What the index knows is used: its reading of the text, its tags and the
description are told to the model, and nothing is read twice. Models that see get the original.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sightline.answer import LOOKING_SIDE, Collaborators, answer
from sightline.assets import Asset, Hit, Pixels, Reading, Whole
from sightline.bridge import Pool
from sightline.chat.base import ChatModel
from sightline.chat.structured import strict_json
from sightline.errors import OriginalGone, UnreadableSource, UpstreamUnreadable
from sightline.events import Adapted, Warned, fold
from sightline.extraction import NOT_READ
from sightline.field_rows import FieldRow, row_of
from sightline.media.images import jpeg
from sightline.media.stills import stills
from sightline.messages import ChatRequest, ImagePart, Message, OutputFormat, TextPart
from sightline.naming import Similarity
from sightline.row_schema import RowSchema
from sightline.tying import Eyes
from sightline.untrusted import excerpt, fenced, one_line, plain
from sightline.vision.base import Encoded, Identity

QUESTION: Final = (
    "Fill in the fields from this picture. Use only what is written or plainly to be seen on it, "
    "or stands in its description. Copy figures and names as they are printed. Where a field "
    "cannot be answered, write null if the schema allows it, and leave the field out if it need "
    "not be there. Never guess."
)

_DESCRIPTION_CHARACTERS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Where the pictures of the index are: their files, and the small ones it keeps."""

    original: Callable[[str], tuple[bytes, str]]
    thumbnail: Callable[[str], bytes]


class ModelAsker:
    """Rows by asking `model`; `question` takes the place of the usual words."""

    def __init__(
        self,
        model: ChatModel,
        schema: RowSchema,
        gallery: Gallery,
        pool: Pool,
        *,
        question: str | None = None,
    ) -> None:
        self._model = model
        self._schema = schema
        self._gallery = gallery
        self._pool = pool
        self._question = question or QUESTION

    async def row(self, asset: Asset) -> FieldRow:
        """Raises what answering raises, and UpstreamUnreadable for an answer that is no JSON."""
        picture, warnings = await self._pool.run(self._picture, asset)
        read = asset.reading is not None
        request = ChatRequest(
            deployment=self._model.name,
            messages=(Message("user", (TextPart(self._words(asset)), picture)),),
            read_text=read and bool(asset.reading and asset.reading.lines),
            output=OutputFormat(schema=self._schema.schema, name="row"),
        )
        async with aclosing(answer(request, self._model, self._work(asset))) as stream:
            said = fold([event async for event in stream])
        warnings += [w.message for w in said.warnings if not _is_answered_here(w)]
        if not read and not self._model.capabilities.sees:
            warnings.append(NOT_READ)
        values = values_in(said.text, cut=said.finish_reason == "length")
        return row_of(asset, self._schema, values, warnings)

    def _words(self, asset: Asset) -> str:
        if not asset.description:
            return self._question
        told = excerpt(plain(asset.description), self._question, _DESCRIPTION_CHARACTERS)
        return f"{self._question}\n\n{fenced('description of the picture', told)}"

    def _picture(self, asset: Asset) -> tuple[ImagePart, list[str]]:
        """The picture as it is sent, and what must be said of that."""
        if not self._model.capabilities.sees:  # only its words are told
            return ImagePart(self._gallery.thumbnail(asset.id), name=asset.name), []
        try:
            data, _ = self._gallery.original(asset.id)
        except (OriginalGone, UnreadableSource) as error:
            small = self._gallery.thumbnail(asset.id)
            return ImagePart(small, name=asset.name), [f"{error} The model saw its thumbnail."]
        if asset.place == Whole() or asset.film:
            return ImagePart(data, name=asset.name), []
        pages = stills(data, max_side=LOOKING_SIDE).stills
        page = next((page for page in pages if page.place == asset.place), None)
        if page is None:
            raise OriginalGone(f"{asset.name!r} has no {asset.place} any more.")
        return ImagePart(jpeg(page.pixels), name=asset.name), []

    def _work(self, asset: Asset) -> Collaborators:
        """What answering needs, with what the index knows in place of engines."""
        known = _Known(asset)
        return Collaborators(
            search=_nothing,
            original=lambda _, id_: self._gallery.original(id_),
            thumbnail=lambda _, id_: self._gallery.thumbnail(id_),
            encoder=lambda: known,
            eyes=Eyes(detectors={}, read=known.read, similarity=_unlike, pool=self._pool),
            pool=self._pool,
        )


class _Known:
    """Reader and encoder in one that say of any picture what the index knows of this one."""

    def __init__(self, asset: Asset) -> None:
        self._asset = asset

    @property
    def name(self) -> str:
        return "index"

    @property
    def identity(self) -> Identity:
        return Identity(name="index", version="1", dimension=0)

    def read(self, picture: Pixels) -> Reading:  # noqa: ARG002
        return self._asset.reading or Reading()

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        nothing = np.zeros(0, np.float32)
        tags = self._asset.tags
        return [Encoded(vector=nothing, concept=None, tags=tags) for _ in pictures]


def values_in(text: str, *, cut: bool = False) -> dict[str, Any]:
    """The fields of an answer. Raises UpstreamUnreadable when it is no JSON object.

    `cut`: the model came to the end of its tokens.
    """
    try:
        found = strict_json(text)
        json.dumps(found, ensure_ascii=False).encode()  # half a character cannot be written
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UpstreamUnreadable(
            f"Expected a JSON object, got {one_line(text, 80)!r}.",
            hint="It broke off at the most tokens that the model may write." if cut else None,
        )
    return found


def _is_answered_here(warning: Warned) -> bool:
    """Whether the row says it in its own words, or it is of the request and not of the row."""
    return warning.code == "invalid_json" or (isinstance(warning, Adapted) and bool(warning.step))


def _nothing(*_: object, **__: object) -> list[Hit]:
    return []


def _unlike() -> Similarity:
    return lambda some, others: np.zeros((len(some), len(others)), np.float32)
