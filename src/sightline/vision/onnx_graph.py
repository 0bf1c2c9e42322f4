"""Writes ONNX graphs node by node, with names that are given out in order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8  # read by every ONNX Runtime since 1.12


class Graph:
    """A graph under construction: each method adds to it and returns the name of a value."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, operator: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:  # noqa: ANN401
        """The output of a new node; `name` is given where it is an output of the model."""
        output = name or f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, value: ArrayLike) -> str:
        """A value stored in the graph itself."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def external(self, name: str, shape: Sequence[int], file: str, offset: int) -> str:
        """Float32 numbers that lie in `file` beside the model, from byte `offset`."""
        tensor = TensorProto(
            name=name,
            data_type=TensorProto.FLOAT,
            dims=shape,
            data_location=TensorProto.EXTERNAL,
        )
        length = 4 * int(np.prod(shape))
        for key, value in (("location", file), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        self._constants.append(tensor)
        return name

    def model(
        self,
        name: str,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
    ) -> bytes:
        """The whole model, serialised."""
        graph = helper.make_graph(self._nodes, name, inputs, outputs, self._constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="sightline"
        )
        model.ir_version = IR_VERSION
        return bytes(model.SerializeToString())


def floats(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    """An input or output of float32; a string names a dimension that varies."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
