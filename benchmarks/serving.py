"""What `sightline serve` adds to a model server: time, memory and CPU, beside LiteLLM's proxy.

    python -m venv /tmp/litellm && /tmp/litellm/bin/pip install 'litellm[proxy]'
    python benchmarks/serving.py [--litellm /tmp/litellm/bin/litellm] [--rounds 5] [--streams 1000]

A stand-in for the model server says numbers at a steady pace (`steady_upstream.py`). Server,
stand-in and clients are processes of their own. Plain chat without pictures or indexes.

first word   from the request to the first word, over one kept connection; the bare stand-in and
             the servers take turns, so that all see the same machine
streams      that many slow streams through one server process, 2 words a second: every word is
             checked (`streams.py`), memory is looked at before and while they run. They begin
             within 10 s and have 40 words, and once within 2 s with 20 words
CPU          user and system time of the server's processes for each word in a steady stretch, 50
             streams of 20 words a second; the servers take turns

The limit of open files is raised as far as the system lets it be: a stream takes two.
"""

import argparse
import http.client
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles

from responsiveness import free_port
from steady_upstream import QUESTION

HERE = Path(__file__).parent
SETTINGS = """
[[deployments]]
name = "steady"
base_url = "{url}"
model = "steady"
"""
PROXIED = """
model_list:
  - model_name: steady
    litellm_params: {{model: openai/steady, api_base: "{url}", api_key: none}}
"""

LITELLM = {
    "LITELLM_LOG": "ERROR",
    # Its table of prices, else fetched from the internet at its start, comes with the package.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    # Neither server checks a key.
    "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--litellm", type=Path, help="the program of that name")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streams", type=int, default=1000)
    options = parser.parse_args()

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    print(f"machine     {platform.machine()}, {os.cpu_count()} processors, {platform.system()}")
    names = ("fastapi", "uvicorn", "httpx2", "pydantic")
    print(f"versions    Python {platform.python_version()}", *(f"{n} {version(n)}" for n in names))
    with ExitStack() as open_:
        scratch = Path(open_.enter_context(tempfile.TemporaryDirectory()))
        bare = open_.enter_context(upstream())
        servers = {"sightline": open_.enter_context(sightline(scratch, bare.url))}
        if options.litellm:
            servers["litellm"] = open_.enter_context(litellm(options.litellm, scratch, bare.url))
            said = subprocess.check_output(
                [options.litellm, "--version"], text=True, env=os.environ | LITELLM
            )
            print(f"            {' '.join(said.split())}")
        print(f"open files  at most {files} for each process")
        first_words({"bare": bare, **servers}, options.rounds)
        many_streams(servers["sightline"], options.streams, options.rounds)
        processor_time(servers, options.rounds)


class Server:
    """A process that answers under `url`."""

    def __init__(self, command: list[str | Path], port: int, **environment: str) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.process = subprocess.Popen(
            command, env=os.environ | environment, stdout=subprocess.DEVNULL
        )

    def stop(self) -> None:
        """End it and wait for that."""
        self.process.terminate()
        self.process.wait()


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server once it answers the question with a stream."""
    try:
        for _ in range(300):
            if server.process.poll() is not None:
                raise SystemExit(f"{server.process.args} ended at its start")
            try:
                first_word(connected(server))
            except (OSError, http.client.HTTPException, AssertionError):
                time.sleep(0.2)
            else:
                break
        else:
            raise SystemExit(f"{server.process.args} does not answer")
        yield server
    finally:
        server.stop()


def upstream() -> Iterator[Server]:
    port = free_port()
    return running(Server([sys.executable, HERE / "steady_upstream.py", str(port)], port))


def sightline(scratch: Path, url: str) -> Iterator[Server]:
    (scratch / "settings.toml").write_text(SETTINGS.format(url=url))
    port = free_port()
    command = [sys.executable, "-m", "sightline", "serve", "--port", str(port)]
    return running(Server(command, port, SIGHTLINE_WORKSPACE=str(scratch)))


def litellm(program: Path, scratch: Path, url: str) -> Iterator[Server]:
    config = scratch / "litellm.yaml"
    config.write_text(PROXIED.format(url=url))
    port = free_port()
    command = [program, "--config", config, "--host", "127.0.0.1", "--port", str(port)]
    return running(Server([*command, "--telemetry", "False"], port, **LITELLM))


def connected(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.split("/")[2], timeout=60)


def first_word(connection: http.client.HTTPConnection) -> float:
    """Milliseconds to the first word of a short answer, which is read to its end."""
    question = QUESTION.format(words=2, every=1)
    messages = [{"role": "user", "content": question}]
    body = json.dumps({"model": "steady", "stream": True, "messages": messages})
    headers = {"content-type": "application/json", "authorization": "Bearer none"}
    began = time.perf_counter()
    connection.request("POST", "/v1/chat/completions", body, headers)
    response = connection.getresponse()
    assert response.status == 200, response.read()
    waited = 0.0
    for line in response:
        if not waited and b'"content":"0' in line:
            waited = 1000 * (time.perf_counter() - began)
    assert waited, "the answer has no words"
    return waited


def first_words(servers: dict[str, Server], rounds: int) -> None:
    waits: dict[str, list[float]] = {name: [] for name in servers}
    connections = {name: connected(server) for name, server in servers.items()}
    for turn in range(100 * rounds + 20):
        for name in servers:
            waited = first_word(connections[name])
            if turn >= 20:
                waits[name].append(waited)
    for name, of_one in waits.items():
        added = [waited - bare for waited, bare in zip(of_one, waits["bare"], strict=True)]
        print(f"first word  {name:9} {spread(of_one)}; added {spread(added)}")


def many_streams(server: Server, streams: int, rounds: int) -> None:
    loaded(server, streams=20, words=5, every=100)
    for within, words in [(10, 40)] * min(rounds, 3) + [(2, 20)]:
        found = loaded(
            server,
            streams=streams,
            words=words,
            every=500,
            within=within,
            settle=1,
            window=within + 7,
        )
        grown = found["peak"] - found["memory"]
        print(
            f"streams     begun within {within} s: {found['whole']} of {streams} whole and in "
            f"order, {found['most']} at once\n            memory {found['memory']:.0f} to "
            f"{found['peak']:.0f} MiB, {grown / streams:.3f} MiB each; {found['seconds']:.1f} s",
            *found["faults"],
        )


def processor_time(servers: dict[str, Server], rounds: int) -> None:
    costs: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            found = loaded(server, streams=50, words=300, every=50, settle=4, window=8)
            assert found["whole"] == 50, found["faults"]
            costs[name].append(1e6 * found["cpu"] / found["words"])
            print(f"CPU         {name:9} {costs[name][-1]:.0f} µs a word ({found['words']} words)")
    for name, of_one in costs.items():
        print(
            f"CPU         {name:9} median {median(of_one):.0f} µs a word, "
            f"{min(of_one):.0f} to {max(of_one):.0f}"
        )
    if "litellm" in costs:
        shares = [ours / theirs for ours, theirs in zip(*costs.values(), strict=True)]
        print(
            f"CPU         share of LiteLLM's: median {median(shares):.2f}, "
            f"{min(shares):.2f} to {max(shares):.2f}"
        )


def loaded(server: Server, **options: float) -> dict:
    """What `streams.py` found, in a process of its own."""
    command = [sys.executable, HERE / "streams.py", server.url, "--watch", str(server.process.pid)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    return json.loads(subprocess.check_output(command, text=True))


def spread(waits: list[float]) -> str:
    cuts = quantiles(waits, n=20)
    return f"median {median(waits):.2f} ms ({cuts[0]:.2f}–{cuts[-1]:.2f})"


if __name__ == "__main__":
    main()
