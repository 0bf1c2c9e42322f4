"""The embedded text encoder: all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy import float32
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sightline.vision.base import Identity
from sightline.vision.golden import SENTENCE, check_golden
from sightline.vision.onnx_session import OnnxSession
from sightline.vision.weights import MINILM, copy_atomically, locate, write_atomically

LONGEST = 256
"""Tokens of a text that count, the two marks around it included; the model saw no more."""

_DIMENSION = 384
_GRAPH = "graph-1.onnx"
# Attention needs memory for sentences × tokens × tokens: long texts go in small batches.
_TOKENS_AT_ONCE = 2048
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
        weights, vocabulary = (locate(MINILM, models_dir) / file.name for file in MINILM.files)
        graph = models_dir / MINILM.name / _GRAPH
        if weights.parent != graph.parent:
            # The graph may only point to a file beside it.
            beside = graph.with_name(weights.name)
            if not beside.exists():
                copy_atomically(weights, beside)
            weights = beside
        if not graph.exists():
            from sightline.vision.minilm_graph import minilm_model  # noqa: PLC0415 - only once

            write_atomically(graph, [minilm_model(weights)])
        tokenizer = Tokenizer.from_file(str(vocabulary))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST)
        encoder = cls(OnnxSession(graph, threads=threads), tokenizer)
        check_golden(
            MINILM.name, {"sentence": encoder.encode([SENTENCE])}, damaged=str(graph.parent)
        )
        return encoder

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
