"""Texts and pictures as vectors for a field, where an encoder of this workspace fits it."""

from collections.abc import Callable

from sightline.assets import Vector
from sightline.documents.definition import Field
from sightline.documents.mapping import PROFILE, fits
from sightline.errors import InvalidRequest
from sightline.media.stills import stills
from sightline.vision.base import Identity, PictureEncoder, TextEncoder


class Vectorizer:
    """Makes vectors with the encoders of the workspace, which open when they are first needed.

    A field says by its profile which encoder its vectors are of, when we named it; of all other
    fields the dimensions are all that is known.
    """

    def __init__(
        self,
        encoder: Callable[[], PictureEncoder],
        text_encoder: Callable[[], TextEncoder],
        *,
        max_side: int,
    ) -> None:
        """`max_side`: pixels at which pictures that are asked with are looked at."""
        self._encoder = encoder
        self._text_encoder = text_encoder
        self._max_side = max_side

    def __call__(self, field: Field, given: str | bytes) -> Vector:
        """Raises InvalidRequest when no encoder fits the field, UnreadableImage."""
        if isinstance(given, str):
            words = self._text_encoder()
            _check(field, words.identity, "text")
            vector: Vector = words.encode([given])[0]
            return vector
        eyes = self._encoder()
        _check(field, eyes.identity, "picture")
        picture = stills(given, max_side=self._max_side).stills[0].pixels
        return eyes.encode([picture])[0].vector


def _check(field: Field, identity: Identity, kind: str) -> None:
    if not fits(field, identity):
        of = f", made by {field.profile}" if field.profile.startswith(PROFILE) else ""
        raise InvalidRequest(
            f"The vectors of {field.name!r} have {field.dimensions} dimensions{of}; the {kind} "
            f"encoder of this workspace is {identity}, so a {kind} cannot be compared with them.",
            hint="Send a vector, or search a field whose vectors this encoder made.",
            param="vectorQueries",
        )
