"""The page and its API as one ASGI application."""

from collections.abc import Collection
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

import posestream
from posestream.clock import Clock
from sinks.serve.camera_routes import answer_refusals, camera_routes
from sinks.serve.desk import CameraDesk
from sinks.serve.guard import Guard
from sinks.serve.hub import LiveHub
from sinks.serve.problems import answer_with_problems
from sinks.serve.routes import api_routes
from sinks.serve.streams import HEARTBEAT_SECONDS, stream_routes
from sinks.store import SqliteStore

STATIC = Path(__file__).parent / "static"


def build_app(
    hub: LiveHub,
    store: SqliteStore,
    *,
    hosts: Collection[str],
    clock: Clock,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
    desk: CameraDesk | None = None,
) -> ASGIApp:
    """Give the application; it answers only requests whose Host header is one of ``hosts``.

    Without a ``desk`` cameras are shown and cannot be changed.
    """
    app = FastAPI(
        title="posestream",
        version=posestream.__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # these pages load scripts from other hosts
        redoc_url=None,
    )
    answer_with_problems(app)
    app.include_router(api_routes(hub, store, clock, desk))
    if desk is not None:
        app.include_router(camera_routes(hub, desk))
        answer_refusals(app)
    app.include_router(stream_routes(hub, heartbeat_seconds))

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    app.mount("/static", StaticFiles(directory=STATIC))
    return Guard(app, hosts)
