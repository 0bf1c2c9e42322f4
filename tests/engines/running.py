"""Engines as child processes on a loopback port."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

WAIT = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Engine:
    """An engine that answers at `address` to the name `model`."""

    address: str
    model: str
    process: subprocess.Popen[bytes]
    log: Path

    def cpu_seconds(self) -> float:
        """What it has computed since its start, all threads together."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def cpu_seconds_until_idle(self) -> float:
        """What it computes from now on, until it has done nothing for a second."""
        start = before = self.cpu_seconds()
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            time.sleep(1)
            now = self.cpu_seconds()
            if now - before <= 2 / TICKS:
                return now - start
            before = now
        raise AssertionError(f"it computes for {WAIT:.0f} s, {before - start:.1f} s of them")


@contextmanager
def transformers_serve(python: Path, model: Path, scratch: Path) -> Iterator[Engine]:
    """`transformers serve` with one model, ready when the block begins."""
    port = free_port()
    (scratch / "hub").mkdir(exist_ok=True)
    command = [python.parent / "transformers", "serve", model, "--device", "cpu"]
    log = scratch / "engine.log"
    with log.open("wb") as words:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": scratch},
            stdout=words,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(process, f"{address}/health", log)
        yield Engine(f"{address}/v1", str(model), process, log)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Until the engine answers there."""
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if httpx2.get(address).is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not ready after {WAIT:.0f} s:\n{log.read_text()}")
