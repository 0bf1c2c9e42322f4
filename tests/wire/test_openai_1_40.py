"""The official client as it was in 2024, from a folder of its own (it needs an older httpx)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wire.deployments import Deployment

CHECKOUT = Path(__file__).parents[2]
FOLDER = Path(
    os.environ.get("SIGHTLINE_OPENAI_1_40", CHECKOUT / ".venv" / "clients" / "openai-1.40.0")
)
SCRIPT = Path(__file__).with_name("old_client.py")


@pytest.mark.skipif(
    not (FOLDER / "openai").is_dir(),
    reason=f"openai 1.40.0 is not in {FOLDER} (set SIGHTLINE_OPENAI_1_40)",
)
def test_openai_1_40_in_every_dialect(deployment: Deployment):
    limit = str(deployment.most_tokens or 800)
    done = subprocess.run(
        [sys.executable, SCRIPT, deployment.address, deployment.name, limit],
        env={"PYTHONPATH": str(FOLDER), "PATH": os.environ.get("PATH", "")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["version"] == "1.40.0"
    assert told["error"] == {"said": "Half an ans", "code": "upstream_truncated"}
    assert set(told["answers"]) == {"plain", "endpoint", "deployment", "extensions"}
    for answers in told["answers"].values():
        assert deployment.said(answers["whole"])
        assert deployment.said(answers["streamed"])
        assert answers["reason"] == deployment.reason
        assert deployment.counted(answers["tokens"])
        assert answers["title"] == answers["streamed_title"] == "red.png"
