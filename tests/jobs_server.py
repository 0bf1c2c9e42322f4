"""A server with uploads and ingestions as a process: `python jobs_server.py WORKSPACE`.

Prints its address when it answers.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from jobs_app import app_with
from sightline.jobs import Jobs
from sightline.settings import Settings
from sightline.workspace import Workspace
from standin_engines import ENGINES


def main() -> None:
    settings = Settings(workspace=Path(sys.argv[1]), threads=2, **ENGINES)
    workspace, jobs = Workspace(settings), Jobs(settings)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    app = app_with(workspace, jobs)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        sys.stdout.write(f"http://127.0.0.1:{bound.getsockname()[1]}\n")
        sys.stdout.flush()
        yield
        # Here and not after `run`: uvicorn ends its process with the signal that stopped it.
        await asyncio.to_thread(jobs.close)

    app.router.lifespan_context = lifespan
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[bound])


if __name__ == "__main__":
    main()
