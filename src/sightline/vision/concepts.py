"""What a picture shows, in words: tags, and a vector in the space of the text encoder.

ConSE (Norouzi et al. 2013, "Zero-shot learning by convex combination of semantic embeddings"): a
classifier that knows 1,000 names says how probable each one is; the weighted mean of the sentence
vectors of the most probable names is where the picture lies among sentences. So words find
pictures that have no description, without a model that was trained on pairs of both.

A tag is a name that is more probable than not. Where no class is, the probabilities of all
classes of a kind are summed (Deng et al. 2012, "Hedging your bets"): three breeds of dog at 0.3
each are a dog.
"""

import hashlib
import io
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy import float32, float64, intp
from numpy.typing import NDArray

from sightline.assets import Tag, Vector
from sightline.vision.base import TextEncoder
from sightline.vision.imagenet import ImageClass, image_classes, kinds
from sightline.vision.weights import write_atomically

NAMES_IN_A_CONCEPT = 20
CONCEPT_TEMPERATURE = 1.5
"""Both measured on captions of photographs: a scene has more in it than the one thing the network
is sure of, so its lesser guesses count for more than their probability."""

TAG_THRESHOLD = 0.5
"""As they come, the probabilities are calibrated well enough for this: of the names at or above
it, 86 % were right to the eye on everyday photographs; of those from 0.3 to 0.5, 39 %."""


class Concepts:
    """The names of the classes as sentence vectors: (1000, dimension), rows L2-normalised."""

    def __init__(self, vectors: NDArray[float32]) -> None:
        self._vectors = vectors

    @classmethod
    def open(cls, models_dir: Path, text_encoder: TextEncoder) -> Self:
        """The class names in the space of `text_encoder`.

        Encoding 1,000 names takes seconds, so the vectors are kept in `models_dir`, under the
        identity of the encoder; a file that does not fit it is made again.
        """
        sentences = [_sentence(shown) for shown in image_classes()]
        identity = text_encoder.identity
        mark = hashlib.sha256("\n".join([str(identity), *sentences]).encode()).hexdigest()[:16]
        kept = models_dir / "concepts" / f"{identity.name}-{mark}.npy"
        sample = text_encoder.encode(sentences[:1])
        with suppress(OSError, ValueError, EOFError):
            vectors = np.load(kept)
            if vectors.shape == (len(sentences), identity.dimension) and np.allclose(
                vectors[:1], sample, atol=1e-3
            ):
                return cls(vectors)
        vectors = text_encoder.encode(sentences)
        file = io.BytesIO()
        np.save(file, vectors)
        write_atomically(kept, [file.getvalue()])
        return cls(vectors)

    def concept(self, logits: NDArray[float32]) -> Vector:
        """Where a picture with these class scores (1,000 numbers) lies; L2-normalised."""
        probabilities = softmax(logits / CONCEPT_TEMPERATURE)
        best = np.argpartition(probabilities, -NAMES_IN_A_CONCEPT)[-NAMES_IN_A_CONCEPT:]
        mean: Vector = probabilities[best] @ self._vectors[best]
        mean /= np.linalg.norm(mean)
        return mean

    def tags(self, logits: NDArray[float32]) -> tuple[Tag, ...]:
        """The narrowest names that are more probable than not, most probable first."""
        probabilities = softmax(logits)
        likeliest = int(probabilities.argmax())
        if probabilities[likeliest] >= TAG_THRESHOLD:
            shown = image_classes()[likeliest]
            return (Tag(shown.name, float(probabilities[likeliest]), shown.broader),)
        shares = kind_shares(probabilities)
        likely = {
            kinds()[row]: float(shares[row]) for row in np.flatnonzero(shares >= TAG_THRESHOLD)
        }
        wide = {name for kind in likely for name in kind.broader}
        found = [
            Tag(kind.name, share, kind.broader)
            for kind, share in likely.items()
            if kind.name not in wide
        ]
        return tuple(sorted(found, key=lambda tag: -tag.probability))


@cache
def _classes_of_kinds() -> tuple[NDArray[intp], NDArray[intp]]:
    """The number of a kind and that of a class of it, for every pair."""
    pairs = [(row, number) for row, kind in enumerate(kinds()) for number in kind.members]
    kind_of, class_of = np.array(pairs).T
    return kind_of, class_of


def kind_shares(probabilities: NDArray[float32]) -> NDArray[float64]:
    """How probable each of `kinds()` is: the sum over its classes of (1000,) probabilities."""
    kind_of, class_of = _classes_of_kinds()
    return np.bincount(kind_of, weights=probabilities[class_of]).astype(float64)


def softmax(logits: NDArray[float32]) -> NDArray[float32]:
    """Probabilities of logits, of the same shape."""
    shares: NDArray[float32] = np.exp(logits - logits.max())
    shares /= shares.sum()
    return shares


def _sentence(shown: ImageClass) -> str:
    # The nearest kind and the meaning tell a crane from a crane; further synonyms only blur.
    return f"{', '.join((shown.words[0], *shown.broader[:1]))}: {shown.meaning}"
