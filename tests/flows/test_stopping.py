"""A server that is stopped ends what it is sending, and says nothing of errors."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2

from standin_engines import ENGINES
from wire.standin import pictures

PATHS = os.pathsep.join(
    filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")])
)
"""With the tests, whose engines the worker opens."""


def test_a_stream_of_events_ends_with_the_server(tmp_path: Path):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in ENGINES.items()]
    (workspace / "settings.toml").write_text("".join(lines), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "sightline", "--workspace", str(workspace), "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"STANDIN_SECONDS": "4", "PYTHONPATH": PATHS},
    ) as server:
        assert server.stdout is not None
        address = next(word for word in server.stdout.readline().split() if "://" in word)
        source = {"folder": str(pictures(tmp_path / "pictures"))}
        asked = {"index": "slow", "source": source, "read_text": False}
        made = httpx2.post(f"{address}/api/ingestions", json=asked, timeout=20).json()
        with httpx2.stream("GET", made["events_url"], timeout=30) as events:
            came = events.iter_lines()
            assert next(came) == "event: progress"
            server.send_signal(signal.SIGINT)
            rest = list(came)  # to its end, which is no fault of the connection
        assert "event: end" not in rest
        _, said = server.communicate(timeout=30)
    assert "Error" not in said
    assert "ERROR" not in said
