"""A real server on a loopback port, in a thread of this process."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from sightline.chat.fake import ScriptedChat
from sightline.http.app import create_app
from sightline.workspace import Workspace

WAIT = 10.0


@dataclass(frozen=True)
class Served:
    """A server that runs, and what it serves."""

    address: str
    workspace: Workspace
    loop: asyncio.AbstractEventLoop

    @property
    def tasks(self) -> int:
        """How many tasks of its event loop are unfinished."""
        return len(asyncio.all_tasks(self.loop))

    def model(self, name: str) -> ScriptedChat:
        """The model behind a deployment."""
        found = self.workspace.deployment(name)
        assert isinstance(found, ScriptedChat)
        return found


@contextmanager
def serving(workspace: Workspace) -> Iterator[Served]:
    """Serve a workspace until the block ends, then close both."""
    # With the protocol spelled out: only then does asyncio turn Nagle's delay off.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(workspace), log_config=None, timeout_graceful_shutdown=2)
    )
    loops: list[asyncio.AbstractEventLoop] = []

    def run() -> None:
        with asyncio.Runner() as runner:
            loops.append(runner.get_loop())
            runner.run(server.serve(sockets=[bound]))
            runner.run(workspace.close())  # here: a test may have a loop of its own

    running = threading.Thread(target=run)
    running.start()
    until = time.monotonic() + WAIT
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield Served(f"http://127.0.0.1:{bound.getsockname()[1]}", workspace, loops[0])
    finally:
        server.should_exit = True
        running.join(WAIT)


def until(what: Callable[[], bool], seconds: float) -> None:
    """Wait for what must become true within that time."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"not within {seconds:g} s"
        time.sleep(0.005)
