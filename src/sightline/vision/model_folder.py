"""A folder with an exported model as model hubs lay it out, read and checked before it is used.

`config.json` tells the kind of model, `preprocessor_config.json` how it wants pictures,
`tokenizer.json` how it wants words; the graph is `onnx/model.onnx` or `model.onnx`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from sightline.errors import BrokenModel, InvalidInput, MissingModel
from sightline.vision.onnx_session import OnnxSession, Port
from sightline.vision.weights import fingerprint

CONFIG, PICTURES, WORDS = "config.json", "preprocessor_config.json", "tokenizer.json"


@dataclass(frozen=True)
class ModelFolder:
    """The files of a model in `path`. Its properties raise MissingModel and BrokenModel."""

    path: Path

    @classmethod
    def found(cls, path: Path) -> "ModelFolder":
        """The folder, with all its files. Raises MissingModel that names what is not there."""
        folder = cls(path)
        missing = [name for name in (CONFIG, PICTURES, WORDS) if not (path / name).is_file()]
        if not folder._graphs():
            missing.append("onnx/model.onnx")
        if missing:
            raise MissingModel(
                f"Expected the files of an exported model in {str(path)!r}, got none of the name "
                f"{', '.join(missing)}.",
                hint="Export the model as ONNX with its tokenizer.json, or name a model of "
                "`sightline models list`.",
            )
        return folder

    @cached_property
    def config(self) -> dict[str, Any]:
        """What kind of model it is."""
        return self._json(CONFIG)

    @cached_property
    def pictures(self) -> dict[str, Any]:
        """How it wants pictures."""
        return self._json(PICTURES)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Words to tokens; never cuts and never pads."""
        path = self.path / WORDS
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library has no family of errors
            raise BrokenModel(f"Expected a tokenizer in {str(path)!r}, got: {error}") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def graph(self) -> Path:
        """The ONNX file: `model.onnx`, or the only one there is."""
        graphs = self._graphs()
        for graph in graphs:
            if graph.name == "model.onnx":
                return graph
        if len(graphs) > 1:
            raise InvalidInput(
                f"Expected model.onnx or a single ONNX file in {str(self.path)!r}, got "
                f"{', '.join(graph.name for graph in graphs)}.",
                hint="Call the one to use model.onnx.",
            )
        return graphs[0]

    def session(
        self, *, inputs: Sequence[str], outputs: Sequence[str], threads: int
    ) -> OnnxSession:
        """The graph, open. Raises BrokenModel unless it takes `inputs` and gives `outputs`."""
        try:
            session = OnnxSession(self.graph, threads=threads)
        except BrokenModel as error:
            raise BrokenModel(
                error.message, hint="Fetch or export the model again; its file is damaged."
            ) from error
        lacking = [name for name in outputs if name not in session.outputs]
        if set(session.inputs) != set(inputs) or lacking:
            raise BrokenModel(
                f"Expected a graph from {_list(inputs)} to {_list(outputs)} in "
                f"{str(self.graph)!r}, got one from {_list(session.inputs)} to "
                f"{_list(session.outputs)}.",
                hint="Export the whole model with the task zero-shot-object-detection.",
            )
        return session

    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with any file that changes what is found."""
        weights = sorted(self.graph.parent.glob(f"{self.graph.name}_data*"))
        settings = [self.path / name for name in (CONFIG, PICTURES, WORDS)]
        return fingerprint([self.graph, *weights, *settings], self.path / "verified.json")[:12]

    def _graphs(self) -> list[Path]:
        return [
            path
            for folder in (self.path / "onnx", self.path)
            for path in sorted(folder.glob("*.onnx"))
        ]

    def _json(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BrokenModel(f"Expected JSON in {str(path)!r}, got: {error}") from error
        if not isinstance(value, dict):
            raise BrokenModel(f"Expected a JSON object in {str(path)!r}, got {value!r:.40}.")
        return value


def fixed(port: Port, axis: int) -> int | None:
    """The size that a graph insists on along an axis of an input; None where any will do."""
    return port.shape[axis] if axis < len(port.shape) else None


def _list(names: Sequence[str] | dict[str, Port]) -> str:
    return ", ".join(sorted(names))
