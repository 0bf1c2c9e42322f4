"""The shape of the code: which way imports point, how long modules are, what loads when."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "sightline"
MODULES = sorted(SOURCE.rglob("*.py"))

VALUES = {
    "errors",
    "geometry",
    "assets",
    "messages",
    "events",
    "evidence",
    "regions",
    "ingestion",
    "odata",
}
INNER = {"media", "speech", "vision", "index", "documents", "sources", "chat"}
EDGES = {
    "http",
    "cli",
    "cli_analyze",
    "cli_attach",
    "cli_deployments",
    "cli_extract",
    "cli_findings",
    "cli_keys",
    "cli_sources",
    "cli_turns",
    "terminal",
    "videos",
    "console",
    "serve",
    "worker",
    "workspace",
}
HEAVY = (
    "av",
    "lancedb",
    "pyarrow",
    "onnxruntime",
    "onnx",
    "cv2",
    "rapidocr",
    "openvino",
    "fastapi",
    "obstore",
    "sqlalchemy",
    "alembic",
)


def imports_of(module: Path) -> Iterator[str]:
    """Every module that a file names in an import, wherever the import stands."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def room_of(name: str) -> str:
    """`sightline.media.stills` lies in `media`, `sightline.answer` is a room of its own."""
    return [*name.split("."), ""][1]


def named(module: Path) -> str:
    return ".".join(("sightline", *module.relative_to(SOURCE).with_suffix("").parts))


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_imports_point_inward(module: Path):
    room = room_of(named(module))
    ours = {room_of(name) for name in imports_of(module) if name.startswith("sightline.")}
    if room in VALUES:
        # A run's events speak of what a source could not give.
        assert ours <= VALUES | ({"sources"} if room == "ingestion" else set())
    elif room in INNER:
        assert not ours & (EDGES | {"ingest", "answer", "retrieve", "evaluate"})
    elif room not in EDGES | {"doctor", "evaluate", "evaluation", "__main__"}:
        assert not ours & EDGES


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_pydantic_stays_at_the_border(module: Path):
    if room_of(named(module)) not in {"http", "settings"}:
        assert not any(name.split(".")[0].startswith("pydantic") for name in imports_of(module))


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_modules_stay_small_and_have_telling_names(module: Path):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 500
    assert module.stem not in {"utils", "util", "helpers", "common", "manager", "core", "misc"}


def test_help_loads_nothing_heavy():
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "sightline", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    names = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in loaded.splitlines()}
    assert not names & set(HEAVY)
