"""The demo behind `make run`, as a newcomer sees it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[1] / "examples" / "demo.py"


def test_the_demo_answers_with_citations_that_point_at_pictures(tmp_path: Path, models_dir: Path):
    pytest.importorskip("skimage", reason="the demo pictures come with scikit-image")
    shown = subprocess.run(
        [sys.executable, DEMO, "--workspace", tmp_path],
        env={**os.environ, "SIGHTLINE_DEMO_ONLY": "1", "SIGHTLINE_MODELS": str(models_dir)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "9 added" in shown
    assert "DSCOVR" in shown
    assert "vaccination is due in May" in shown
    for picture in ("rocket.jpg", "chelsea.png", "page.png"):
        assert f"{tmp_path / 'pictures' / picture} (index demo, score" in shown
