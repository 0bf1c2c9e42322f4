"""A real engine with a model of our own, and Sightline in front of it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.running import Engine, transformers_serve
from wire.deployments import Deployment, at, quirky_upstream, sightline_serve
from wire.serving import Served, serving
from wire.standin import standin

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="session")
def engines_python() -> Path:
    """The Python of the engines: of `SIGHTLINE_ENGINES`, or of `.venv/engines` in the checkout."""
    folder = Path(os.environ.get("SIGHTLINE_ENGINES", ROOT / ".venv" / "engines"))
    python = folder / "bin" / "python"
    if not python.exists():
        pytest.skip(f"no engines in {folder} (run `make engines`)")
    return python


@pytest.fixture(scope="session")
def tiny_vlm(engines_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that sees, and knows nothing."""
    folder = tmp_path_factory.mktemp("tiny-vlm")
    made = subprocess.run(
        [engines_python, HERE / "tiny_vlm.py", folder],
        env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def engine(
    engines_python: Path, tiny_vlm: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """`transformers serve` with that model."""
    scratch = tmp_path_factory.mktemp("engine")
    with transformers_serve(engines_python, tiny_vlm, scratch) as running:
        yield running


@pytest.fixture(scope="session")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Deployments: tiny (the engine); misnamed (a model that the engine has not)."""
    with in_front_of(engine, tmp_path_factory.mktemp("served")) as running:
        yield running


def in_front_of(engine: Engine, folder: Path):
    """A server whose deployments are those of its settings."""
    deployments = [
        {"name": "tiny", "base_url": engine.address, "model": engine.model},
        {"name": "misnamed", "base_url": engine.address, "model": "somebody/else"},
    ]
    workspace = standin(folder, deployments=deployments)
    del workspace.__dict__["_models"]  # the scripted ones; those of the settings take their place
    return serving(workspace)


@pytest.fixture(scope="session")
def deployed(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`sightline serve` with the built-in answerer, the engine, and a server with every quirk."""
    folder = tmp_path_factory.mktemp("deployed")
    tiny = {"name": "tiny", "base_url": engine.address, "model": engine.model}
    with quirky_upstream() as quirky, sightline_serve(folder, tiny, *quirky) as address:
        yield address


@pytest.fixture(params=["extractive", "tiny", "quirky"])
def deployment(request: pytest.FixtureRequest, deployed: str) -> Deployment:
    """Each of the three in turn."""
    return at(deployed, request.param)
