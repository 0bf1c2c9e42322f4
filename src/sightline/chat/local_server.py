"""`llama-server` with one model, as a child of this process that nobody else can use.

It listens on a free loopback port and answers to a key that only this process knows; the key is
handed over in its environment, where other users of the machine cannot read it. It ends with us,
also when we are killed (see `leash`).
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import httpx2

from sightline.chat import leash
from sightline.chat.local_models import LocalWeights
from sightline.errors import MissingPackage, UpstreamUnreachable
from sightline.events import Progress
from sightline.untrusted import shortened
from sightline.vision import hub

_ASK_AGAIN = 0.1
_TELL_AGAIN = 10.0
_LONGEST_WORDS = 300


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    address: str
    key: str = field(repr=False)
    ready: bool = False

    @property
    def alive(self) -> bool:
        return self.process.poll() is None


class LocalServer:
    """Starts when it is first needed, and again when it has died."""

    def __init__(
        self,
        name: str,
        weights: LocalWeights,
        *,
        program: str,
        models_dir: Path,
        log: Path,
        patience: float = 600.0,
    ) -> None:
        """`program`: a name on the PATH or a path. `patience`: seconds until it must be ready."""
        self._name = name
        self._weights = weights
        self._program = program
        self._models_dir = models_dir
        self._log = log
        self._patience = patience
        self._child: _Child | None = None
        self._starting = Lock()

    @property
    def alive(self) -> bool:
        """Whether it runs, ready or not."""
        return self._child is not None and self._child.alive

    @property
    def address(self) -> str:
        """Where it answers; it must have been started."""
        return f"{self._started.address}/v1"

    @property
    def key(self) -> str:
        """What it asks for; another one after each start."""
        return self._started.key

    @property
    def _started(self) -> _Child:
        if self._child is None:
            raise UpstreamUnreachable(f"The model server of {self._name!r} is not running.")
        return self._child

    def check(self) -> str:
        """What it would be started with, in words; files are hashed.

        Raises MissingPackage without `llama-server`, MissingModel and BrokenModel for its files.
        """
        folder = hub.locate(self._weights.files, self._models_dir)
        return f"{self._found_program()} with {folder / self._weights.weights}"

    async def ready(self) -> AsyncGenerator[Progress]:
        """Starts it where it does not run; ends when it answers. Raises as `check`.

        Leaving early leaves it loading, for the next question. Raises UpstreamUnreachable when it
        ends or is not ready in time.
        """
        if not self.alive:
            yield Progress(f"starting {self._name} on this machine")
            await asyncio.to_thread(self._start)
        child = self._started
        if child.ready:
            return
        begun = told = time.monotonic()
        async with httpx2.AsyncClient(base_url=child.address, trust_env=False) as client:
            while not await _answers(client):
                if not child.alive:
                    raise UpstreamUnreachable(self.obituary, hint=self._where_to_look)
                now = time.monotonic()
                if now - begun > self._patience:
                    await asyncio.to_thread(_end, child)
                    raise UpstreamUnreachable(
                        f"llama-server was not ready for {self._name!r} in {self._patience:.0f} s.",
                        hint=self._where_to_look,
                    )
                if now - told > _TELL_AGAIN:
                    told = now
                    yield Progress(f"still loading {self._name} ({now - begun:.0f} s)")
                await asyncio.sleep(_ASK_AGAIN)
        child.ready = True

    @property
    def obituary(self) -> str:
        """How it ended, with its last words; empty while it runs."""
        code = self._child.process.poll() if self._child is not None else None
        if code is None:
            return ""
        words = shortened(self._last_words(), _LONGEST_WORDS)
        ending = f"was killed by signal {code - 128}" if code > 128 else f"ended with code {code}"  # noqa: PLR2004 (as `leash` says)
        return f"llama-server for {self._name!r} {ending}{f': {words}' if words else '.'}"

    async def close(self) -> None:
        """End it."""
        child, self._child = self._child, None
        if child is not None:
            await asyncio.to_thread(_end, child)

    def _start(self) -> None:
        with self._starting:
            if self.alive:  # another question was faster
                return
            folder = hub.locate(self._weights.files, self._models_dir)
            if self._child is not None:
                _end(self._child)
            port, key = _free_port(), secrets.token_urlsafe(32)
            command = [
                *(sys.executable, "-I", leash.__file__, self._found_program()),
                *("--model", str(folder / self._weights.weights)),
                *("--mmproj", str(folder / self._weights.projector)),
                *("--alias", self._weights.files.name),
                *("--host", "127.0.0.1", "--port", str(port)),
                *("--ctx-size", str(self._weights.context_tokens), "--parallel", "1"),
                *self._weights.options,
            ]
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("wb") as log:
                process = subprocess.Popen(  # noqa: S603 (a program of the settings)
                    command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=os.environ | {"LLAMA_API_KEY": key},
                    start_new_session=True,  # Ctrl+C is for us: answers end before their server
                )
            self._child = _Child(process, f"http://127.0.0.1:{port}", key)

    def _found_program(self) -> str:
        program = self._program  # as it is: "./x" would become the "x" of the PATH
        found = shutil.which(str(Path(program).expanduser()) if program[:1] == "~" else program)
        if found is None:
            raise MissingPackage(
                f"The deployment {self._name!r} needs {self._program!r}, which is not on this "
                "machine.",
                hint="Install llama.cpp (`brew install llama.cpp`, `winget install llama.cpp`, or "
                "a release of github.com/ggml-org/llama.cpp), or give the path of its "
                "llama-server in the setting llama_server.",
            )
        return found

    @property
    def _where_to_look(self) -> str:
        return f"What it said is in {str(self._log)!r}."

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


async def _answers(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/health")).is_success
    except httpx2.TransportError:
        return False


def _end(child: _Child) -> None:
    """Let go of the leash, and kill what is left of both."""
    process = child.process
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(leash.GRACE + 2)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
