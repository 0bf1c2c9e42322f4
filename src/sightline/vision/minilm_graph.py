"""all-MiniLM-L6-v2 as an ONNX graph: BERT (Devlin et al. 2018), 6 layers, mean pooling, L2.

The graph holds no weights: it points into `model.safetensors`, which lies beside it. So nothing
is converted, the file on disk stays the published one with its SHA-256, and ONNX Runtime maps it
into memory instead of reading it: rows of the word table that no sentence uses cost nothing.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from sightline.errors import BrokenModel
from sightline.vision.onnx_graph import Graph, floats

DIMENSION = 384

_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
_FAR_BELOW_ZERO = np.float32(-1e9)


def minilm_model(weights: Path) -> bytes:
    """The model over `weights` (a safetensors file, named relative to the model's folder).

    `tokens`, `mask`: int64 (N, L), mask 1 for a token and 0 for padding. `sentences`:
    (N, 384), rows L2-normalised.

    Raises:
        BrokenModel: when a tensor is missing or not made of float32.
    """
    graph = Graph()
    bert = _Bert(graph, weights.name, _layout(weights))
    mask = graph.node("Cast", "mask", to=TensorProto.FLOAT)
    bias = graph.node(
        "Mul",
        graph.node("Sub", graph.constant(np.float32(1)), mask),
        graph.constant(_FAR_BELOW_ZERO),
    )
    bias = graph.node("Unsqueeze", bias, graph.constant(np.array([1, 2])))
    shape = graph.node("Shape", "tokens")
    value = bert.embeddings("tokens", shape)
    for layer in range(_LAYERS):
        value = bert.layer(value, f"encoder.layer.{layer}", shape, bias)
    tokens = graph.node(
        "Reshape",
        value,
        graph.node("Concat", shape, graph.constant(np.array([DIMENSION])), axis=0),
    )
    shown = graph.node("Unsqueeze", mask, graph.constant(np.array([2])))
    # The mean over the tokens only changes the length of the vector when it is not divided.
    summed = graph.node(
        "ReduceSum", graph.node("Mul", tokens, shown), graph.constant(np.array([1])), keepdims=0
    )
    length = graph.node("ReduceL2", summed, axes=[1], keepdims=1)
    graph.node("Div", summed, length, name="sentences")
    return graph.model(
        "all-minilm-l6-v2",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["N", "L"])
            for name in ("tokens", "mask")
        ],
        [floats("sentences", "N", DIMENSION)],
    )


@dataclass(frozen=True, slots=True)
class _Place:
    shape: tuple[int, ...]
    offset: int


def _layout(weights: Path) -> dict[str, _Place]:
    # safetensors: uint64 length of a JSON header, the header, then the numbers.
    with weights.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    return {
        name: _Place(tuple(entry["shape"]), 8 + length + entry["data_offsets"][0])
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
    }


@dataclass(frozen=True, slots=True)
class _Bert:
    """Values run as (tokens of all sentences, 384), so that each layer is one product."""

    graph: Graph
    file: str
    places: dict[str, _Place]

    def embeddings(self, tokens: str, shape: str) -> str:
        node = self.graph.node
        zero, one = (self.graph.constant(np.array([number])) for number in (0, 1))
        words = node("Gather", self._weight("embeddings.word_embeddings.weight"), tokens)
        table = self._weight("embeddings.position_embeddings.weight")
        positions = node("Slice", table, zero, node("Gather", shape, one), zero)
        kind = node("Gather", self._weight("embeddings.token_type_embeddings.weight"), zero)
        value = node("Add", node("Add", words, positions), kind)
        flat = node("Reshape", value, self.graph.constant(np.array([-1, DIMENSION])))
        return self._normed(flat, "embeddings.LayerNorm")

    def layer(self, value: str, prefix: str, shape: str, bias: str) -> str:
        attention = self._attention(value, f"{prefix}.attention.self", shape, bias)
        attention = self._dense(attention, f"{prefix}.attention.output.dense")
        value = self._normed(
            self.graph.node("Add", value, attention), f"{prefix}.attention.output.LayerNorm"
        )
        wide = self._gelu(self._dense(value, f"{prefix}.intermediate.dense"))
        narrow = self._dense(wide, f"{prefix}.output.dense")
        return self._normed(self.graph.node("Add", value, narrow), f"{prefix}.output.LayerNorm")

    def _attention(self, value: str, prefix: str, shape: str, bias: str) -> str:
        node, constant = self.graph.node, self.graph.constant
        width = DIMENSION // _HEADS
        split = node("Concat", shape, constant(np.array([_HEADS, width])), axis=0)

        def heads(name: str, order: list[int]) -> str:
            flat = self._dense(value, f"{prefix}.{name}")
            return node("Transpose", node("Reshape", flat, split), perm=order)

        scores = node("MatMul", heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]))
        scores = node("Mul", scores, constant(np.float32(1 / np.sqrt(width))))
        weights = node("Softmax", node("Add", scores, bias), axis=-1)
        mixed = node("MatMul", weights, heads("value", [0, 2, 1, 3]))
        return node(
            "Reshape",
            node("Transpose", mixed, perm=[0, 2, 1, 3]),
            constant(np.array([-1, DIMENSION])),
        )

    def _dense(self, value: str, name: str) -> str:
        weight, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self.graph.node("Gemm", value, weight, bias, transB=1)

    def _normed(self, value: str, name: str) -> str:
        scale, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self.graph.node("LayerNormalization", value, scale, bias, axis=-1, epsilon=_EPSILON)

    def _gelu(self, value: str) -> str:
        node, constant = self.graph.node, self.graph.constant
        spread = node("Erf", node("Div", value, constant(np.float32(np.sqrt(2)))))
        grown = node("Mul", value, node("Add", spread, constant(np.float32(1))))
        return node("Mul", grown, constant(np.float32(0.5)))

    def _weight(self, name: str) -> str:
        try:
            place = self.places[name]
        except KeyError:
            raise BrokenModel(
                f"Expected a float32 tensor {name!r} in {self.file!r}, found none."
            ) from None
        return self.graph.external(name, place.shape, self.file, place.offset)
