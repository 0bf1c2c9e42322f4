"""What a picture shows, in words: tags, and a vector in the space of the text encoder.

ConSE (Norouzi et al. 2013, "Zero-shot learning by convex combination of semantic embeddings"): a
classifier that knows 1,000 names says how probable each one is; the weighted mean of the sentence
vectors of the most probable names is where the picture lies among sentences. So words find
pictures that have no description, without a model that was trained on pairs of both.
"""

import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Tag, Vector
from sightline.vision.base import TextEncoder
from sightline.vision.imagenet import ImageClass, image_classes
from sightline.vision.weights import write_atomically

NAMES_IN_A_CONCEPT = 10
TEMPERATURE = 1.0
TAG_THRESHOLD = 0.25


class Concepts:
    """The names of the classes as sentence vectors: (classes, dimension), rows L2-normalised."""

    def __init__(self, classes: Sequence[ImageClass], vectors: NDArray[float32]) -> None:
        self._classes = classes
        self._vectors = vectors

    @classmethod
    def open(cls, models_dir: Path, text_encoder: TextEncoder) -> Self:
        """The class names in the space of `text_encoder`.

        Encoding 1,000 names takes seconds, so the vectors are kept in `models_dir`, under the
        identity of the encoder; a file that does not fit it is made again.
        """
        classes = image_classes()
        sentences = [_sentence(shown) for shown in classes]
        identity = text_encoder.identity
        mark = hashlib.sha256("\n".join([str(identity), *sentences]).encode()).hexdigest()[:16]
        kept = models_dir / "concepts" / f"{identity.name}-{mark}.npy"
        sample = text_encoder.encode(sentences[:1])
        with suppress(OSError, ValueError):
            vectors = np.load(kept)
            if vectors.shape == (len(classes), identity.dimension) and np.allclose(
                vectors[:1], sample, atol=1e-3
            ):
                return cls(classes, vectors)
        vectors = text_encoder.encode(sentences)
        file = io.BytesIO()
        np.save(file, vectors)
        write_atomically(kept, [file.getvalue()])
        return cls(classes, vectors)

    def concept(self, probabilities: NDArray[float32]) -> Vector:
        """Where a picture with these class probabilities (1,000 numbers) lies; L2-normalised."""
        best = np.argpartition(probabilities, -NAMES_IN_A_CONCEPT)[-NAMES_IN_A_CONCEPT:]
        mean: Vector = probabilities[best] @ self._vectors[best]
        return mean / np.linalg.norm(mean)

    def tags(self, probabilities: NDArray[float32]) -> tuple[Tag, ...]:
        """The names that are probable enough to show, most probable first."""
        likely = np.flatnonzero(probabilities >= TAG_THRESHOLD)
        return tuple(
            Tag(
                self._classes[number].name,
                float(probabilities[number]),
                self._classes[number].broader,
            )
            for number in likely[np.argsort(-probabilities[likely])]
        )


def calibrated(logits: NDArray[float32]) -> NDArray[float32]:
    """Probabilities (N, 1000) of the logits (N, 1000), each row summing to 1."""
    scaled = logits / TEMPERATURE
    scaled -= scaled.max(axis=1, keepdims=True)
    shares: NDArray[float32] = np.exp(scaled)
    return shares / shares.sum(axis=1, keepdims=True)


def _sentence(shown: ImageClass) -> str:
    return ", ".join(shown.words)
