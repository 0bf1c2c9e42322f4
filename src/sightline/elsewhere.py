"""Indexes at search services: read, checked against our encoders, attached, opened for a search.

Vectors of different encoders have nothing to say to each other, and a search over the wrong ones
gives wrong answers without any error. So before an index is used its vector field must have the
encoder's dimension and, where it can be tried, a stored vector must find itself and the picture
of a document must be near the vector that is stored for it.
"""

import time
from collections.abc import Callable, Collection, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import numpy as np

from sightline.assets import Vector
from sightline.documents.azure_search import AzureDocuments, SearchService, origin
from sightline.documents.base import Document, Documents, Query
from sightline.documents.definition import Definition
from sightline.documents.mapping import guess
from sightline.errors import EncoderMismatch, InvalidRequest, OriginalGone, UnreadableImage
from sightline.index.attachments import Attachment
from sightline.index.base import IndexInfo
from sightline.index.mapped import MappedIndex
from sightline.media.stills import stills
from sightline.messages import Distant
from sightline.retrieve import Searched
from sightline.vision.azure_vision import AzureVision
from sightline.vision.base import PictureEncoder, TextEncoder

SAME: Final = 0.99
"""Cosine of a vector to itself, as a service gives it back: its index may round."""

ALIKE: Final = 0.9
"""Cosine of a picture to the vector that was stored for it, perhaps from a larger copy."""

FRESH: Final = 600.0
"""Seconds for which an index that is used without being attached is not checked again."""

LOOKING_SIDE: Final = 512

Encoders = tuple[PictureEncoder, TextEncoder]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found out about an index elsewhere: how it would be attached, and what was tried."""

    attachment: Attachment
    documents: int
    findings: tuple[str, ...]


class Elsewhere:
    """The configured services, and the way to the indexes there. Any thread may use it.

    `own` gives our own encoders.
    """

    def __init__(
        self,
        services: Collection[SearchService],
        visions: Map[str, AzureVision],
        own: Callable[[], Encoders],
    ) -> None:
        self.services = {service.name: service for service in services}
        self._visions = visions
        self._own = own
        self._guard = Lock()
        self._reached: dict[str, tuple[Distant, float, Attachment]] = {}
        self._opened = lru_cache(maxsize=64)(self._definition)

    def service(self, name: str) -> SearchService:
        """A configured service. Raises InvalidRequest."""
        if name not in self.services:
            known = ", ".join(sorted(self.services)) or "there is none"
            raise InvalidRequest(
                f"Expected a search service that is configured here ({known}), got {name!r}.",
                hint="Add it to settings.toml as a [[search_services]] table with name, endpoint "
                "and api_key_env.",
                param="service",
            )
        return self.services[name]

    def examine(
        self, name: str, distant: Distant, progress: Callable[[str], None] = lambda _: None
    ) -> Examined:
        """Look at an index and try whether its vectors are ours.

        Raises EncoderMismatch with the reason when they are not; InvalidRequest for a field that
        does not fit; UnknownIndex and ServiceFailed.
        """
        service = self.service(distant.service)
        progress(f"reading the definition of {distant.index!r}")
        documents = service.open(distant.index)
        encoder = distant.encoder or self._named_in(documents.definition)
        picture, words = self._encoders(encoder)
        given = {field: list(values) for field, values in distant.fields}
        attachment = Attachment(
            name=name,
            service=service.name,
            index=distant.index,
            encoder=encoder,
            picture=picture.identity,
            words=words.identity,
            mapping=guess(documents.definition, given, picture.identity, words.identity),
            attached_at=datetime.now(UTC),
        )
        index = _mapped(attachment, documents, service)
        progress("trying whether its vectors fit")
        return Examined(
            attachment=attachment,
            documents=index.count(),
            findings=tuple(_try_out(index, documents, picture)),
        )

    def open(self, attachment: Attachment) -> Searched:
        """An attached index, with its encoders. Raises EncoderMismatch when they have changed."""
        service = self.service(attachment.service)
        picture, words = self._encoders(attachment.encoder)
        if (picture.identity, words.identity) != (attachment.picture, attachment.words):
            raise EncoderMismatch(
                f"The index {attachment.name!r} was attached for {attachment.picture} and "
                f"{attachment.words}; configured are {picture.identity} and {words.identity}.",
                hint="Configure the encoder it was attached for, or detach it and attach it again.",
            )
        definition = self._opened(service, attachment.index, int(time.monotonic() / FRESH))
        documents = AzureDocuments(service, definition)
        index = _mapped(attachment, documents, service)
        return Searched(index=index, encoder=picture, text_encoder=words)

    def reach(self, distant: Distant | str) -> Searched:
        """An index that is not attached; checked when it is new, and again after ten minutes.

        A string is what `str(distant)` gave: it is opened as it was asked for last.
        """
        name = str(distant)
        with self._guard:
            known, until, attachment = self._reached.get(name, (None, 0.0, None))
        if isinstance(distant, str):
            service, _, index = distant.partition(":")
            distant = known or Distant(service=service, index=index)
        if attachment is None or known != distant or time.monotonic() > until:
            attachment = self.examine(name, distant).attachment
            with self._guard:
                self._reached[name] = (distant, time.monotonic() + FRESH, attachment)
        return self.open(attachment)

    def close(self) -> None:
        """Let go of connections."""
        for vision in self._visions.values():
            vision.close()

    def searched(self, name: str, documents: Documents) -> Searched:
        """Documents that lie here as an index to search, with the encoders that fit them."""
        picture, words = self._encoders(self._named_in(documents.definition))
        mapping = guess(documents.definition, {}, picture.identity, words.identity)
        info = IndexInfo(
            name=name,
            encoder=picture.identity,
            text_encoder=words.identity,
            created_at=datetime.now(UTC),
        )
        index = MappedIndex(info, documents, mapping, source=f"documents:{name}")
        return Searched(index=index, encoder=picture, text_encoder=words)

    def _definition(self, service: SearchService, index: str, _age: int) -> Definition:
        return service.open(index).definition

    def _encoders(self, vision: str) -> Encoders:
        if not vision:
            return self._own()
        if vision not in self._visions:
            known = ", ".join(sorted(self._visions)) or "there is none"
            raise InvalidRequest(
                f"Expected a vision service that is configured here ({known}), got {vision!r}.",
                hint="Add it to settings.toml as a [[vision_services]] table.",
                param="encoder",
            )
        return self._visions[vision], self._visions[vision].words

    def _named_in(self, definition: Definition) -> str:
        """The vision service that the definition itself names for its vectors, if we have it."""
        vectorizers: list[dict[str, Any]] = (definition.given.get("vectorSearch") or {}).get(
            "vectorizers"
        ) or []
        for one in vectorizers:
            uri = (one.get("aiServicesVisionParameters") or {}).get("resourceUri") or ""
            for name, vision in self._visions.items():
                if uri and origin(uri) == origin(vision.endpoint):
                    return name
        return ""


def _mapped(attachment: Attachment, documents: Documents, service: SearchService) -> MappedIndex:
    info = IndexInfo(
        name=attachment.name,
        encoder=attachment.picture,
        text_encoder=attachment.words,
        created_at=attachment.attached_at,
    )
    return MappedIndex(
        info,
        documents,
        attachment.mapping,
        source=f"{service.endpoint.rstrip('/')}/indexes/{attachment.index}",
        fetch=service.fetch,
    )


def _try_out(index: MappedIndex, documents: Documents, encoder: PictureEncoder) -> Iterator[str]:
    """What was tried and how it went. Raises EncoderMismatch."""
    mapping = index.mapping
    if not mapping.image_vector:
        yield "It has no vectors: it is searched by words only."
        return
    field = documents.definition.field(mapping.image_vector)
    yield f"{field.name!r} has the {field.dimensions} numbers of {encoder.identity}."
    asked = (mapping.image_vector,) if field.retrievable else ()
    sample = documents.search(Query(select=(*mapping.shown, *asked), top=1)).found
    if not sample:
        yield "It holds no documents yet, so nothing could be tried."
        return
    document = sample[0].document
    key = str(document[mapping.key])
    if field.retrievable:
        yield _finds_itself(index, key, document)
    else:
        yield "Stored vectors are hidden, so whether one finds itself could not be tried."
    yield _fits_its_picture(index, key, encoder)


def _finds_itself(index: MappedIndex, key: str, document: Document) -> str:
    stored = document.get(index.mapping.image_vector)
    if not stored:
        return f"The document {key!r} has no vector, so nothing could be tried with it."
    vector: Vector = np.asarray(stored, np.float32)
    nearest = index.near("picture", vector, 10)
    if not any(one.id == key and one.score >= SAME for one in nearest):
        best = f"{nearest[0].score:.2f}" if nearest else "nothing"
        raise EncoderMismatch(
            f"The stored vector of {key!r} does not find itself in {index.info.name!r}: the "
            f"nearest has a cosine of {best}.",
            hint="Is another field meant, or does the index compare by something else than cosine?",
        )
    return f"The stored vector of {key!r} finds itself."


def _fits_its_picture(index: MappedIndex, key: str, encoder: PictureEncoder) -> str:
    try:
        pixels = stills(index.original(key), max_side=LOOKING_SIDE).stills[0].pixels
    except (OriginalGone, UnreadableImage) as error:
        return f"No picture could be compared with its vector: {error.message}"
    vector = encoder.encode([pixels])[0].vector
    cosine = index.cosines("picture", vector, [key]).get(key)
    if cosine is None:
        return "No picture could be compared with its vector: the key cannot be filtered by."
    if cosine < ALIKE:
        raise EncoderMismatch(
            f"The picture of {key!r} has a cosine of {cosine:.2f} to the vector that is stored for "
            f"it, so {encoder.identity} did not make the vectors of {index.info.name!r}.",
            hint="Choose the encoder that made them.",
        )
    return f"The picture of {key!r} is near its stored vector (cosine {cosine:.2f})."
