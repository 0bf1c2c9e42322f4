"""The embedded text encoder: all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy import float32
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sightline.vision.base import Identity
from sightline.vision.embedded import MINILM
from sightline.vision.golden import SENTENCE, check_golden
from sightline.vision.onnx_session import OnnxSession
from sightline.vision.weights import settle, write_atomically

LONGEST = 256
"""Tokens of a text that count, the two marks around it included; the model saw no more."""

_DIMENSION = 384
_GRAPH = "graph-1.onnx"
# Attention needs memory for sentences × tokens × tokens: long texts go in small batches.
_TOKENS_AT_ONCE = 1024
_SENTENCES_AT_ONCE = 32


class MiniLM:
    """English sentences to vectors of 384 numbers; texts that mean the same lie close."""

    def __init__(self, session: OnnxSession, tokenizer: Tokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer

    @classmethod
    def open(cls, models_dir: Path, *, threads: int = 1) -> Self:
        """The encoder over the weights on this machine, proven by its golden vector.

        The first time this writes the graph into `models_dir`.

        Raises:
            MissingModel: when the weights are not here.
            BrokenModel: when they are not whole or give other numbers than they should.
        """
        encoder = cls.unproven(models_dir, threads=threads)
        check_golden(MINILM.name, encoder.proof(), damaged=str(models_dir / MINILM.name))
        return encoder

    @classmethod
    def unproven(cls, models_dir: Path, *, threads: int = 1) -> Self:
        """The encoder before it was checked: for making golden vectors, for nothing else."""
        folder = settle(MINILM, models_dir)
        weights, vocabulary = (folder / file.name for file in MINILM.files)
        graph = folder / _GRAPH
        if not graph.exists():
            from sightline.vision.minilm_graph import minilm_model  # noqa: PLC0415 - only once

            write_atomically(graph, [minilm_model(weights)])
        tokenizer = Tokenizer.from_file(str(vocabulary))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST)
        return cls(OnnxSession(graph, threads=threads, keep_buffers=True), tokenizer)

    def proof(self) -> dict[str, NDArray[float32]]:
        """What the golden sentence gives."""
        return {"sentence": self.encode([SENTENCE])}

    @property
    def identity(self) -> Identity:
        """Of each row that `encode` returns."""
        return Identity(name=MINILM.name, version="1", dimension=_DIMENSION)

    def encode(self, texts: Sequence[str]) -> NDArray[float32]:
        """(len(texts), 384), rows L2-normalised; tokens after the 256th do not count."""
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        rows = np.empty((len(texts), _DIMENSION), dtype=float32)
        for batch in _batches([len(ids) for ids in tokens]):
            width = max(len(tokens[number]) for number in batch)
            padded = np.zeros((len(batch), width), dtype=np.int64)
            mask = np.zeros_like(padded)
            for row, number in enumerate(batch):
                ids = tokens[number]
                padded[row, : len(ids)] = ids
                mask[row, : len(ids)] = 1
            (rows[batch],) = self._session.run(["sentences"], tokens=padded, mask=mask)
        return rows


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions of texts of like length, so that little is padded."""
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        # Lengths rise: this text would be the longest of the batch.
        full = (len(batch) + 1) * lengths[number] > _TOKENS_AT_ONCE
        if batch and (full or len(batch) == _SENTENCES_AT_ONCE):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
