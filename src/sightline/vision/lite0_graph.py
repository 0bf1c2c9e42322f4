"""EfficientNet-Lite0 (Tan and Le 2019; "Lite" of 2020) as an ONNX graph, batch norms folded.

Lite means: no squeeze-and-excite, ReLU6 everywhere, stem and head of fixed width.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from sightline.vision.onnx_graph import Graph, floats
from sightline.vision.torch_pickle import Tensors

FEATURES = 1280
CLASSES = 1000
STRIDE = 32
"""Pixels of the picture for each cell of the feature map, along each side."""

_EPSILON = 1e-3
_MIDDLE, _SPREAD = 127.0, 128.0


@dataclass(frozen=True, slots=True)
class _Stage:
    kernel: int
    stride: int
    expand: int
    repeat: int


_STAGES = (
    _Stage(3, 1, 1, 1),
    _Stage(3, 2, 6, 2),
    _Stage(5, 2, 6, 2),
    _Stage(3, 2, 6, 3),
    _Stage(5, 1, 6, 3),
    _Stage(5, 2, 6, 4),
    _Stage(3, 1, 6, 1),
)


def lite0_model(tensors: Tensors) -> bytes:
    """The model with input and outputs as follows; N pictures, sides a multiple of 32.

    `pictures`: uint8 (N, H, W, 3), RGB. `features`: (N, 1280, H/32, W/32), not negative.
    `pooled`: (N, 1280), their mean. `logits`: (N, 1000).
    """
    graph = Graph()
    net = _Net(graph, tensors)
    value = graph.node("Cast", "pictures", to=TensorProto.FLOAT)
    value = graph.node("Sub", value, graph.constant(np.float32(_MIDDLE)))
    value = graph.node("Mul", value, graph.constant(np.float32(1 / _SPREAD)))
    value = graph.node("Transpose", value, perm=[0, 3, 1, 2])
    value = net.relu6(net.convolution(value, "_conv_stem", "_bn0", stride=2))
    number = 0
    for stage in _STAGES:
        for position in range(stage.repeat):
            value = net.block(value, f"_blocks.{number}.", stage, first=position == 0)
            number += 1
    features = net.relu6(net.convolution(value, "_conv_head", "_bn1"), name="features")
    pooled = graph.node("ReduceMean", features, name="pooled", axes=[2, 3], keepdims=0)
    graph.node(
        "Gemm",
        pooled,
        graph.constant(tensors["_fc.weight"]),
        graph.constant(tensors["_fc.bias"]),
        name="logits",
        transB=1,
    )
    return graph.model(
        "efficientnet-lite0",
        [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["N", "H", "W", 3])],
        [
            floats("features", "N", FEATURES, "h", "w"),
            floats("pooled", "N", FEATURES),
            floats("logits", "N", CLASSES),
        ],
    )


@dataclass(frozen=True, slots=True)
class _Net:
    graph: Graph
    tensors: Tensors

    def block(self, value: str, prefix: str, stage: _Stage, *, first: bool) -> str:
        """An inverted residual: widen, filter each channel, narrow."""
        start = value
        if stage.expand > 1:
            value = self.relu6(self.convolution(value, f"{prefix}_expand_conv", f"{prefix}_bn0"))
        stride = stage.stride if first else 1
        value = self.relu6(
            self.convolution(
                value, f"{prefix}_depthwise_conv", f"{prefix}_bn1", stride=stride, depthwise=True
            )
        )
        value = self.convolution(value, f"{prefix}_project_conv", f"{prefix}_bn2")
        return value if first else self.graph.node("Add", value, start)

    def convolution(
        self, value: str, name: str, norm: str, *, stride: int = 1, depthwise: bool = False
    ) -> str:
        weight, bias = _folded(self.tensors, name, norm)
        kernel = weight.shape[2]
        # "Same" of TensorFlow on even sides: what stride leaves over is padded at the end.
        missing = kernel - stride
        before, after = missing // 2, missing - missing // 2
        return self.graph.node(
            "Conv",
            value,
            self.graph.constant(weight),
            self.graph.constant(bias),
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=weight.shape[0] if depthwise else 1,
        )

    def relu6(self, value: str, name: str | None = None) -> str:
        low, high = (self.graph.constant(np.float32(limit)) for limit in (0, 6))
        return self.graph.node("Clip", value, low, high, name=name)


def _folded(tensors: Tensors, name: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
    scale = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + _EPSILON)
    weight = tensors[f"{name}.weight"] * scale[:, None, None, None]
    bias = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * scale
    return weight.astype(np.float32), bias.astype(np.float32)
