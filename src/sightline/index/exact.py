"""Exact search in memory: a small channel as one matrix, kept for one version of its table."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sightline.assets import Vector
from sightline.errors import EncoderMismatch
from sightline.index.base import Channel, Scored
from sightline.vision.base import Identity


@dataclass(frozen=True, slots=True)
class Matrix:
    """The vectors of a channel: `rows` is (len(ids), dimension), each of length one."""

    ids: tuple[str, ...]
    rows: NDArray[np.float32]

    def near(self, vector: Vector, k: int, among: Collection[str] | None = None) -> list[Scored]:
        """The `k` ids with the highest cosine, best first, of these `among` only when given."""
        scores = self.rows @ directed(vector[None, :])[0]
        places = np.arange(len(self.ids))
        if among is not None:
            places = places[np.fromiter((key in among for key in self.ids), bool, len(self.ids))]
        best = best_first(scores[places], k)
        return [Scored(self.ids[place], float(scores[place])) for place in places[best]]


class Matrices:
    """The matrices of one table, read again when the table has another version."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Channel, tuple[int, Matrix]] = {}

    def get(self, channel: Channel, version: int, read: Callable[[], Matrix]) -> Matrix:
        """The channel's matrix as of `version` or later; `read` is called when it is not here."""
        with self._lock:  # one reader fills it, the others wait instead of reading it too
            version_kept, matrix = self._kept.get(channel, (-1, None))
            if matrix is None or version_kept != version:
                matrix = read()
                self._kept[channel] = (version, matrix)
            return matrix


def checked(vector: Vector, identity: Identity) -> Vector:
    """The same vector. Raises EncoderMismatch for another dimension, ValueError for NaN."""
    if vector.shape != (identity.dimension,):
        raise EncoderMismatch(
            f"Expected a vector of {identity.dimension} numbers from the encoder {identity}, "
            f"got one of shape {vector.shape!r}."
        )
    if not np.isfinite(vector).all():
        raise ValueError(f"A vector from the encoder {identity} has entries that are no numbers.")
    return vector


def directed(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length one; a row of zeros stays as it is."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True).astype(np.float32)
    lengths[lengths == 0] = 1
    unit: NDArray[np.float32] = rows / lengths
    return unit


def best_first(scores: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """Places of the `k` highest scores, best first, the earlier place first among equals."""
    chosen = np.argpartition(-scores, k)[:k] if k < len(scores) else np.arange(len(scores))
    return chosen[np.lexsort((chosen, -scores[chosen]))][: max(k, 0)]
