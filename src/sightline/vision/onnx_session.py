"""Runs an ONNX file on the processor, with what Sightline asks of a runtime: to stay small."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sightline.errors import BrokenModel

_ERRORS_ONLY = 3
_NAMED_OTHERWISE = {"float": "float32", "double": "float64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output of a graph; None in `shape` where a dimension may be any."""

    shape: tuple[int | None, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        sizes = " × ".join("any" if size is None else str(size) for size in self.shape)
        return f"{sizes} {self.dtype}"


class OnnxSession:
    """An open model. Calls from several threads are safe."""

    def __init__(self, path: Path, *, threads: int = 1, keep_buffers: bool = False) -> None:
        """Opens `path`; `threads` work on one call.

        `keep_buffers` holds on to the memory of the largest call: faster and steadier where calls
        are small or alike, wasteful where few are large.

        Raises:
            BrokenModel: when the runtime cannot read the file.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        options.enable_cpu_mem_arena = keep_buffers
        # A plan of memory for every shape ever seen adds up where texts vary in length.
        options.enable_mem_pattern = False
        # Threads that wait in a loop for the next call take the cores from everybody else.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime has no family of errors
            raise BrokenModel(
                f"ONNX Runtime cannot open {str(path)!r}: {error}",
                hint="Delete the file; it is made again at the next start.",
            ) from error

    def run(self, outputs: list[str], **inputs: NDArray[Any]) -> list[NDArray[Any]]:
        """The named outputs for the named inputs."""
        results: list[NDArray[Any]] = self._session.run(outputs, inputs)
        return results

    def metadata(self, key: str) -> str:
        """A text that the file carries beside its graph; KeyError when it has none of that name."""
        text: str = self._session.get_modelmeta().custom_metadata_map[key]
        return text

    @cached_property
    def inputs(self) -> dict[str, Port]:
        """What the graph takes, by name."""
        return {port.name: _port(port) for port in self._session.get_inputs()}

    @cached_property
    def outputs(self) -> dict[str, Port]:
        """What the graph gives, by name."""
        return {port.name: _port(port) for port in self._session.get_outputs()}


def _port(port: Any) -> Port:  # noqa: ANN401 (a value of the runtime, which has no types)
    kind = port.type.removeprefix("tensor(").removesuffix(")")
    return Port(
        shape=tuple(size if isinstance(size, int) else None for size in port.shape),
        dtype=np.dtype(_NAMED_OTHERWISE.get(kind, kind)),
    )
