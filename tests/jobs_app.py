"""The application with uploads and ingestions, and a worker that a test runs when it likes."""

import threading

from fastapi import FastAPI

from sightline.http.app import create_app
from sightline.jobs import Jobs
from sightline.worker import work
from sightline.workspace import Workspace


def app_with(workspace: Workspace, jobs: Jobs) -> FastAPI:
    """Jobs of the test's own instead of those that start processes."""
    app = create_app(workspace)
    app.state.jobs = jobs
    return app


def do_the_work(workspace: Workspace, jobs: Jobs) -> None:
    """What a worker process does, here and now, until nothing is left."""
    work(workspace, jobs, stop=threading.Event())
