"""The example of Video Retrieval with `requests`, a real server and its real worker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from filming import film, shots
from sightline.settings import Settings
from sightline.workspace import Workspace
from standin_engines import ENGINES
from wire.serving import Served, serving

EXAMPLE = Path(__file__).parents[2] / "examples" / "video_retrieval.py"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Its worker opens the engines of the tests by their import strings."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=os.pathsep)
    settings = Settings(workspace=tmp_path / "workspace", threads=2, **ENGINES)
    with serving(Workspace(settings)) as running:
        yield running


def test_the_example(server: Served, tmp_path: Path):
    both = film(tmp_path / "both.mp4", shots(("red", 4.0), ("blue", 3.0)))
    grey = film(tmp_path / "grey.mp4", shots(("grey", 2.0)))
    missing = tmp_path / "missing.mp4"
    done = subprocess.run(
        [
            sys.executable,
            EXAMPLE,
            both,
            grey,
            missing,
            "--ask",
            "blue",
            "--endpoint",
            server.address,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("video-1  00:00:04 to 00:00:06.9")
    assert "best 00:00:04" in done.stdout.splitlines()[0]
    assert done.stderr.startswith("video-3: 'missing.mp4' cannot be looked at")
    assert server.workspace.index_names() == []
