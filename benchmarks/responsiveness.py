"""How fast the server answers while an ingest runs beside it, against the same server at rest.

    python benchmarks/responsiveness.py FOLDER [--models DIR] [--seconds 20] [--repeat 8]

Real engines, real processes, text is read: the most work an ingest can be. One client asks for
/health again and again over one connection; so the figures are those of the server, and not of a
queue that the client made. The server's memory is looked at while 1,000 files are uploaded.
"""

import argparse
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from sightline.sources.folder import Folder

SERVER = """
import sys
from pathlib import Path
import uvicorn
from sightline.http.app import create_app
from sightline.settings import Settings
from sightline.workspace import Workspace

folder, models, threads, port = sys.argv[1:]
settings = Settings(workspace=Path(folder), models=Path(models), threads=int(threads))
uvicorn.run(create_app(Workspace(settings)), port=int(port), log_level="warning")
"""


def main() -> None:
    """Measure at rest, during an ingest, and the memory of uploads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, default=Path.home() / ".sightline" / "models")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--repeat", type=int, default=8, help="copies of the folder to ingest")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        port = free_port()
        arguments = [scratch, str(options.models), str(options.threads), str(port)]
        server = subprocess.Popen([sys.executable, "-c", SERVER, *arguments])
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                wait_until_it_answers(client)
                print(f"machine      {platform.machine()}, {os.cpu_count()} processors")
                print(f"at rest      {spread(asked(client, options.seconds))}")
                source = Path(scratch) / "source"
                for copy in range(options.repeat):
                    shutil.copytree(options.folder, source / str(copy))
                wanted = {"index": "bench", "source": {"folder": str(source)}}
                job = client.post("/api/ingestions", json=wanted).json()["url"]
                while client.get(job).json()["progress"]["opened"] == 0:
                    time.sleep(0.1)
                waits = asked(client, options.seconds)
                now = client.get(job).json()
                if now["state"] != "Running":
                    raise SystemExit("the ingest ended first: give --repeat or fewer --seconds")
                print(f"ingesting    {spread(waits)}")
                print(f"the ingest   {now['progress']}")
                client.post(f"{job}/cancel")
                print(f"1,000 files  {uploaded(client, options.folder, server.pid)}")
        finally:
            server.terminate()
            server.wait()


def asked(client: httpx2.Client, seconds: float) -> list[float]:
    """Milliseconds of each answer, asked for with a pause of 5 ms."""
    waits = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        assert client.get("/health").status_code == 200
        waits.append(1000 * (time.perf_counter() - began))
        time.sleep(0.005)
    return waits


def uploaded(client: httpx2.Client, folder: Path, server: int) -> str:
    """Growth of the server's memory while 1,000 files come in, 50 in each request."""
    contents = [Path(item.location).read_bytes() for item in Folder(folder).listing().items]
    upload = client.post("/api/uploads", files=[("f", ("0.jpg", contents[0]))]).json()["url"]
    before = highest = resident(server)
    size = 0
    began = time.perf_counter()
    for request in range(20):
        files = [
            ("f", (f"{request}-{n}.jpg", contents[(50 * request + n) % len(contents)]))
            for n in range(50)
        ]
        size += sum(len(content) for _, (_, content) in files)
        reply = client.post(f"{upload}/files", files=files).raise_for_status()
        assert {file["state"] for file in reply.json()["files"]} == {"Uploaded"}
        highest = max(highest, resident(server))
    rate = size / 2**20 / (time.perf_counter() - began)
    return f"{size / 2**20:.0f} MiB at {rate:.0f} MiB/s; memory {before:.0f} to {highest:.0f} MiB"


def resident(process: int) -> float:
    """Memory of a process in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def wait_until_it_answers(client: httpx2.Client) -> None:
    """The first answer opens the engines."""
    for _ in range(600):
        try:
            client.get("/health").raise_for_status()
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not answer")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def spread(waits: list[float]) -> str:
    """Percentiles in milliseconds."""
    ordered = sorted(waits)
    at = {q: ordered[min(int(len(ordered) * q / 100), len(ordered) - 1)] for q in (50, 99)}
    return f"p50 {at[50]:.1f} ms, p99 {at[99]:.1f} ms, most {ordered[-1]:.1f} ms ({len(waits)})"


if __name__ == "__main__":
    main()
