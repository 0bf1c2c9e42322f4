"""The application: a value built from lists."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from sightline import __version__
from sightline.errors import SightlineError
from sightline.http.errors import (
    UnexpectedErrors,
    on_http_exception,
    on_invalid_parameters,
    on_sightline_error,
)
from sightline.http.gate import Gate
from sightline.http.guards import MEBIBYTE, BodyLimit, HostGuard, RequestIds
from sightline.http.head import HeadAsGet
from sightline.http.key_guard import KeyGuard
from sightline.http.routes import (
    chat,
    computer_vision,
    deployments,
    health,
    indexes,
    ingestion_jobs,
    ingestions,
    keys,
    models,
    pictures,
    responses,
    search_service,
    search_services,
    server,
    session,
    source_cors,
    sources,
    studio,
    turns,
    uploads,
    video_retrieval,
    videos,
)
from sightline.http.stopping import EndsWithServer, OpenRequests
from sightline.jobs import Jobs
from sightline.workspace import Workspace

ROUTERS = (
    studio.router,
    health.router,
    server.router,
    session.router,
    keys.router,
    chat.router,
    responses.router,
    computer_vision.router,
    video_retrieval.router,
    models.router,
    deployments.router,
    indexes.router,
    pictures.router,
    search_services.router,
    search_service.router,
    uploads.router,
    ingestions.router,
    ingestion_jobs.router,
    sources.router,
    source_cors.router,
    turns.router,
    videos.router,
)


def create_app(workspace: Workspace) -> FastAPI:
    """The HTTP face of one workspace, which stays the caller's to close."""
    settings = workspace.settings
    most = settings.max_body_mb * MEBIBYTE
    requests = OpenRequests()
    gate = Gate(workspace)
    hosts = (*settings.allowed_hosts, settings.host)
    app = FastAPI(
        title="Sightline",
        version=__version__,
        summary="Ask about your own images and see where each answer comes from.",
        # The interactive pages load scripts from a CDN; this server works without the internet.
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(EndsWithServer, requests=requests),
            Middleware(RequestIds),
            Middleware(HostGuard, hosts=hosts, origins=settings.allowed_origins),
            # Outside of what answers errors, so that an allowed page can read those, too.
            *_for_pages_of(settings.allowed_origins),
            Middleware(UnexpectedErrors),
            Middleware(KeyGuard, gate=gate),
            Middleware(BodyLimit, limit=most, uploads=most + workspace.jobs.limits.video_bytes),
            Middleware(HeadAsGet),
        ],
        exception_handlers={
            SightlineError: on_sightline_error,
            RequestValidationError: on_invalid_parameters,
            HTTPException: on_http_exception,
        },
        lifespan=_lifespan,
    )
    app.state.workspace = workspace
    app.state.requests = requests
    app.state.gate = gate
    app.state.jobs = workspace.jobs
    app.state.videos_under_way = set()
    for router in ROUTERS:
        app.include_router(router)
    app.router.routes.append(studio.studio_files())
    return app


def _for_pages_of(origins: tuple[str, ...]) -> list[Middleware]:
    """Pages of these origins may use the API from a browser: with a key, never with a cookie."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=[
                "x-request-id",
                "operation-location",
                "location",
                "etag",
                "retry-after",
            ],
        )
    ]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What an earlier server left unfinished goes on; the worker stops with the server."""
    jobs: Jobs = app.state.jobs
    jobs.start()
    yield
    # Here and not after `serve`: uvicorn ends its process with the signal that stopped it.
    await app.state.workspace.disconnect()
    await asyncio.to_thread(jobs.close)
