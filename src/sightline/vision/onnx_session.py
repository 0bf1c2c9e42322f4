"""Runs an ONNX file on the processor, with what Sightline asks of a runtime: to stay small."""

from pathlib import Path
from typing import Any

import onnxruntime
from numpy.typing import NDArray

from sightline.errors import BrokenModel

_ERRORS_ONLY = 3


class OnnxSession:
    """An open model. Calls from several threads are safe."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Opens `path`; `threads` work on one call.

        Raises:
            BrokenModel: when the runtime cannot read the file.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # The arena keeps the most that any call ever needed; texts and batches vary in length.
        options.enable_cpu_mem_arena = False
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
