"""Runs an ONNX file on OpenVINO (the extra `openvino`), with the face of `OnnxSession`.

Importing OpenVINO reports the import to its makers, from a forked process, unless its telemetry
package is missing. Nothing leaves this machine unasked, so here it is missing.
"""

import sys
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sightline.errors import BrokenModel

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # "not installed"

import openvino  # noqa: E402


class OpenVinoSession:
    """An open model. Calls from several threads are safe; they wait for each other."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Opens `path`; `threads` work on one call.

        Raises:
            BrokenModel: when the runtime cannot read the file.
        """
        settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        try:
            core = openvino.Core()
            model = core.read_model(str(path))
            compiled = core.compile_model(model, "CPU", settings)
        except RuntimeError as error:
            raise BrokenModel(f"OpenVINO cannot open {str(path)!r}: {error}") from error
        about = model.get_rt_info()
        self._metadata = about["framework"] if "framework" in about else {}  # noqa: SIM401  no `get`
        self._request = compiled.create_infer_request()
        self._lock = Lock()

    def run(self, outputs: list[str], **inputs: NDArray[Any]) -> list[NDArray[Any]]:
        """The named outputs for the named inputs."""
        with self._lock:  # a request holds one call at a time, and its tensors are overwritten
            self._request.infer(inputs, share_inputs=True)
            return [np.array(self._request.get_tensor(name).data) for name in outputs]

    def metadata(self, key: str) -> str:
        """A text that the file carries beside its graph; KeyError when it has none of that name."""
        if key not in self._metadata:
            raise KeyError(key)
        return str(self._metadata[key].value)
