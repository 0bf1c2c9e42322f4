"""The embedded picture encoder: EfficientNet-Lite0 on ONNX Runtime, trained on ImageNet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels
from sightline.vision.base import Encoded, Identity, TextEncoder
from sightline.vision.concepts import Concepts, calibrated
from sightline.vision.golden import check_golden, picture
from sightline.vision.onnx_session import OnnxSession
from sightline.vision.weights import LITE0, locate, write_atomically

SIDE = 224
"""Pixels of each side of what the network sees when it encodes."""

_FEATURES = 1280
_MODEL = "model-1.onnx"
# Larger batches are no faster on a processor: their activations fall out of its cache.
_PICTURES_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Activations:
    """What the network computes for N pictures of side S, before it becomes vectors and tags.

    `features`: (N, 1280, S/32, S/32), not negative; `pooled`: (N, 1280), their means; `logits`:
    (N, 1000), linear in `pooled`.
    """

    features: NDArray[float32]
    pooled: NDArray[float32]
    logits: NDArray[float32]


class Lite0:
    """Pictures to vectors of 1280 numbers, concepts in the text encoder's space, and tags.

    The vector is the square root of the pooled activations, L2-normalised: the best of the
    readings that were measured on photographs.
    """

    def __init__(self, session: OnnxSession, concepts: Concepts) -> None:
        self._session = session
        self._concepts = concepts

    @classmethod
    def open(cls, models_dir: Path, *, text_encoder: TextEncoder, threads: int = 1) -> Self:
        """The encoder over the weights on this machine, proven by its golden vectors.

        The first time this writes the network as ONNX into `models_dir`.

        Raises:
            MissingModel: when the weights are not here.
            BrokenModel: when they are not whole or give other numbers than they should.
        """
        model = models_dir / LITE0.name / _MODEL
        if not model.exists():
            from sightline.vision.lite0_graph import lite0_model  # noqa: PLC0415 - only once
            from sightline.vision.torch_pickle import read_state_dict  # noqa: PLC0415

            weights = locate(LITE0, models_dir) / LITE0.files[0].name
            write_atomically(model, [lite0_model(read_state_dict(weights))])
        encoder = cls(OnnxSession(model, threads=threads), Concepts.open(models_dir, text_encoder))
        seen = encoder.activations([picture()])
        check_golden(
            LITE0.name,
            {"vector": _vectors(seen.pooled), "logits": seen.logits},
            damaged=str(model),
        )
        return encoder

    @property
    def identity(self) -> Identity:
        """Of `Encoded.vector`; the version covers weights, resize and the root."""
        return Identity(name=LITE0.name, version="1", dimension=_FEATURES)

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        """One `Encoded` for each upright RGB picture (height × width × 3), in order."""
        return [encoded for batch in _batches(pictures) for encoded in self._encode(batch)]

    def activations(self, pictures: Sequence[Pixels], *, side: int = SIDE) -> Activations:
        """The raw outputs for pictures squashed to `side` (a multiple of 32), in one batch."""
        shown = np.stack([squashed(pixels, side) for pixels in pictures])
        features, pooled, logits = self._session.run(
            ["features", "pooled", "logits"], pictures=shown
        )
        return Activations(features=features, pooled=pooled, logits=logits)

    def _encode(self, batch: Sequence[Pixels]) -> Iterator[Encoded]:
        shown = np.stack([squashed(pixels, SIDE) for pixels in batch])
        pooled, logits = self._session.run(["pooled", "logits"], pictures=shown)
        for vector, probabilities in zip(_vectors(pooled), calibrated(logits), strict=True):
            yield Encoded(
                vector=vector,
                concept=self._concepts.concept(probabilities),
                tags=self._concepts.tags(probabilities),
            )


def squashed(pixels: Pixels, side: int) -> Pixels:
    """The picture as a square (side, side, 3), its proportions given up.

    Averages where it shrinks, interpolates where it grows. Part of the encoder's identity.
    """
    height, width = pixels.shape[:2]
    inner = (min(width, side), min(height, side))
    small = cv2.resize(pixels, inner, interpolation=cv2.INTER_AREA)
    square: Pixels = cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)
    return square


def _vectors(pooled: NDArray[float32]) -> NDArray[float32]:
    roots: NDArray[float32] = np.sqrt(pooled)
    return roots / np.linalg.norm(roots, axis=1, keepdims=True)


def _batches(pictures: Sequence[Pixels]) -> Iterator[Sequence[Pixels]]:
    for start in range(0, len(pictures), _PICTURES_AT_ONCE):
        yield pictures[start : start + _PICTURES_AT_ONCE]
