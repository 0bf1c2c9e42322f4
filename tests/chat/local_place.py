"""A machine with a fake `llama-server` and the files of a model for it."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chat.asking import SEEING
from sightline.chat.local import LocalChat
from sightline.chat.local_models import LocalWeights
from sightline.chat.local_server import LocalServer
from sightline.vision.hub_models import HubFile, HubModel

TINY = LocalWeights(
    files=HubModel(
        name="tiny",
        purpose="a model for these tests",
        licence="Apache-2.0",
        size=1000,
        repository="somebody/tiny-GGUF",
        revision="abc123",
        files=(HubFile(name="tiny.gguf"), HubFile(name="mmproj-tiny.gguf")),
    ),
    weights="tiny.gguf",
    projector="mmproj-tiny.gguf",
    context_tokens=2048,
    max_images=2,
    boxes="qwen3-vl",
    options=("--image-max-tokens", "64"),
)


@dataclass(frozen=True)
class Place:
    """`folder` holds the program, the models and the log."""

    folder: Path

    @property
    def program(self) -> Path:
        return self.folder / "llama-server"

    @property
    def models(self) -> Path:
        return self.folder / "workspace" / "models"

    @property
    def log(self) -> Path:
        return self.folder / "tiny.log"

    def install(self) -> None:
        script = Path(__file__).with_name("fake_llama_server.py").read_text(encoding="utf-8")
        self.program.write_text(f"#!{sys.executable}\n{script}", encoding="utf-8")
        self.program.chmod(0o755)

    def model(self, **manner: object) -> None:
        folder = self.models / "tiny"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TINY.weights).write_text(json.dumps(manner), encoding="utf-8")
        (folder / TINY.projector).write_bytes(b"GGUF")

    def chat(self, patience: float = 30, name: str = "here") -> LocalChat:
        server = LocalServer(
            name,
            TINY,
            program=str(self.program),
            models_dir=self.models,
            log=self.log,
            patience=patience,
        )
        return LocalChat(name, server, model="tiny", capabilities=SEEING)

    @property
    def starts(self) -> list[Mapping[str, Any]]:
        path = self.models / "tiny" / "starts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def runs(pid: int) -> bool:
    """Whether that process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while runs(pid):
        assert time.monotonic() < until, f"process {pid} still runs"
        time.sleep(0.02)


def environment() -> dict[str, str]:
    """For processes of our own that import what the tests import."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
