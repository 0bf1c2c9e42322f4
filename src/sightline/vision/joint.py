"""Pictures and words in one space, for those who compare them by one cosine.

A picture encoder that was not trained on pairs gives two vectors: how the picture looks, and where
it lies among sentences. Side by side they are one: `[a · looks ; b · concept]` with a² + b² = 1. A
text is `[0 ; text]`. The cosine of a text with a picture is then b times that of its concept, so
their order is the concepts' own; that of two pictures is a² times their looks' and b² times their
concepts'.
"""

from typing import Final

import numpy as np

from sightline.assets import Pixels, Vector
from sightline.errors import Unavailable
from sightline.vision.base import Identity, PictureEncoder, TextEncoder

CONCEPT_SHARE: Final = 0.1
"""b²: what concepts count between two pictures.

The largest share that was measured to lose less than one standard error in finding pictures by
pictures. A smaller one would make cosines of words with pictures smaller yet, which stores that
keep few bits of a number pay for.
"""

VERSION: Final = "1"


class Joint:
    """Both encoders as one. Encoders that share a space already are handed through."""

    def __init__(self, pictures: PictureEncoder, texts: TextEncoder) -> None:
        self._pictures = pictures
        self._texts = texts
        self._one_space = pictures.identity == texts.identity

    @property
    def identity(self) -> Identity:
        """Of both kinds of vectors."""
        looks, words = self._pictures.identity, self._texts.identity
        if self._one_space:
            return looks
        return Identity(
            name=f"{looks.name}+{words.name}",
            version=f"{looks.version}+{words.version}+{VERSION}",
            dimension=looks.dimension + words.dimension,
        )

    def picture(self, pixels: Pixels) -> Vector:
        """(dimension,), L2-normalised. Raises Unavailable when the encoder knows no words."""
        (encoded,) = self._pictures.encode([pixels])
        if self._one_space:
            return encoded.vector
        if encoded.concept is None:
            raise Unavailable(
                f"The encoder {self._pictures.identity.name!r} knows no words, so pictures and "
                "texts have no common space.",
                hint="Choose another in the setting `encoder`.",
            )
        looks = np.sqrt(1 - CONCEPT_SHARE) * encoded.vector
        concept = np.sqrt(CONCEPT_SHARE) * encoded.concept
        return np.concatenate([looks, concept]).astype(np.float32)

    def text(self, text: str) -> Vector:
        """(dimension,), L2-normalised."""
        (words,) = self._texts.encode([text])
        if self._one_space:
            return np.asarray(words, np.float32)
        looks = np.zeros(self._pictures.identity.dimension, np.float32)
        return np.concatenate([looks, words]).astype(np.float32)
