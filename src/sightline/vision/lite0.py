"""The embedded picture encoder: EfficientNet-Lite0 on ONNX Runtime, trained on ImageNet."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy import float32
from numpy.typing import NDArray

from sightline.assets import Pixels, Vector
from sightline.vision.base import Encoded, Identity, TextEncoder
from sightline.vision.chroma import DIMENSION, central, chroma
from sightline.vision.concepts import Concepts
from sightline.vision.embedded import LITE0
from sightline.vision.golden import check_golden, picture
from sightline.vision.onnx_session import OnnxSession
from sightline.vision.weights import locate, write_atomically

SIDE = 256
"""Pixels of each side of what the network sees when it encodes. It was trained on crops of 224
out of 256, so that in the whole picture at 256 things have the size that it knows."""

COLOUR_SHARE = 1 / 6
"""What colours count in a cosine of two vectors."""

_FEATURES = 1280
_MODEL = "model-1.onnx"


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
    """Pictures to vectors of 1344 numbers, concepts in the text encoder's space, and tags.

    The vector is what the network saw and the colours it saw it in: the square root of the
    activations, pooled with a weight on the middle, and `chroma`, so that a cosine is 5/6 that of
    the one and 1/6 that of the other. The best of the readings that were measured on photographs.
    """

    def __init__(self, session: OnnxSession, concepts: Concepts, model: Path) -> None:
        self._session = session
        self._concepts = concepts
        self._model = model

    @classmethod
    def open(cls, models_dir: Path, *, text_encoder: TextEncoder, threads: int = 1) -> Self:
        """The encoder over the weights on this machine, proven by its golden vectors.

        The first time this writes the network as ONNX into `models_dir`.

        Raises:
            MissingModel: when the weights are not here.
            BrokenModel: when they are not whole or give other numbers than they should.
        """
        encoder = cls.unproven(models_dir, text_encoder=text_encoder, threads=threads)
        check_golden(LITE0.name, encoder.proof(), damaged=str(models_dir / LITE0.name / _MODEL))
        return encoder

    @classmethod
    def unproven(cls, models_dir: Path, *, text_encoder: TextEncoder, threads: int = 1) -> Self:
        """The encoder before it was checked: for making golden vectors, for nothing else."""
        model = models_dir / LITE0.name / _MODEL
        if not model.exists():
            from sightline.vision.lite0_graph import lite0_model  # noqa: PLC0415 - only once
            from sightline.vision.torch_pickle import read_state_dict  # noqa: PLC0415

            weights = locate(LITE0, models_dir) / LITE0.files[0].name
            write_atomically(model, [lite0_model(read_state_dict(weights))])
        session = OnnxSession(model, threads=threads, keep_buffers=True)
        return cls(session, Concepts.open(models_dir, text_encoder), model)

    def proof(self) -> dict[str, NDArray[float32]]:
        """What the golden picture gives: the vector that is searched and the logits."""
        shown = squashed(picture(), SIDE)
        seen = self.activations([picture()])
        return {"vector": _vector(seen.features[0], shown), "logits": seen.logits}

    @property
    def identity(self) -> Identity:
        """Of `Encoded`; the version covers weights, resize, vector, concept and tags."""
        return Identity(name=LITE0.name, version="2", dimension=_FEATURES + DIMENSION)

    @cached_property
    def classifier(self) -> NDArray[float32]:
        """(1000, 1280): the last layer's weights, from pooled activations to logits."""
        import onnx  # noqa: PLC0415 (a fifth of a second, and only detectors need it)

        graph = onnx.load(self._model).graph
        weights = next(node.input[1] for node in graph.node if node.op_type == "Gemm")
        stored = next(tensor for tensor in graph.initializer if tensor.name == weights)
        return np.asarray(onnx.numpy_helper.to_array(stored), dtype=float32)

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        """One `Encoded` for each upright RGB picture (height × width × 3), in order."""
        # One at a time: on a processor a batch is no faster, its activations fall out of the cache.
        return [self._encode(pixels) for pixels in pictures]

    def activations(self, pictures: Sequence[Pixels], *, side: int = SIDE) -> Activations:
        """The raw outputs for pictures squashed to `side` (a multiple of 32), in one batch."""
        shown = np.stack([squashed(pixels, side) for pixels in pictures])
        features, pooled, logits = self._session.run(
            ["features", "pooled", "logits"], pictures=shown
        )
        return Activations(features=features, pooled=pooled, logits=logits)

    def _encode(self, pixels: Pixels) -> Encoded:
        square = squashed(pixels, SIDE)
        (seen,), (scores,) = self._session.run(["features", "logits"], pictures=square[np.newaxis])
        return Encoded(
            vector=_vector(seen, square),
            concept=self._concepts.concept(scores),
            tags=self._concepts.tags(scores),
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


def _vector(features: NDArray[float32], square: Pixels) -> Vector:
    """(1344,), L2-normalised, from the network's last map (1280, cells, cells) and what it saw."""
    cells = features.shape[-1]
    seen = np.sqrt(features.reshape(_FEATURES, -1) @ central(cells))
    seen *= np.sqrt(1 - COLOUR_SHARE) / np.linalg.norm(seen)
    colours = np.sqrt(COLOUR_SHARE) * chroma(square)
    return np.concatenate([seen, colours]).astype(float32)
