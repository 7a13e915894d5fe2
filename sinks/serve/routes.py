"""What the API answers: cameras, alerts, series, health. What changes cameras is in ``camera_routes``."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response

from posestream.clock import Clock
from sinks.serve.desk import CameraDesk
from sinks.serve.hub import LiveHub
from sinks.serve.problems import problem
from sinks.store import SqliteStore

_SECOND_NS = 1_000_000_000


def api_routes(hub: LiveHub, store: SqliteStore, clock: Clock, desk: CameraDesk | None = None) -> APIRouter:
    """Give the routes that answer once; streams are in ``streams``."""
    router = APIRouter()

    @router.get("/livez")
    async def livez() -> dict[str, bool]:
        """Tell that this process answers."""
        return {"alive": True}

    @router.get("/readyz", response_model=None)
    def readyz() -> dict[str, Any] | Response:
        """Tell whether pictures can be shown and series read."""
        store.alerts(limit=1)
        cameras = hub.cameras()
        if not cameras:
            return problem(503, "no camera yet")
        return {"ready": True, "cameras": len(cameras)}

    @router.get("/api/v1/cameras")
    def cameras() -> dict[str, Any]:
        """Give the newest figures of all cameras, and where each comes from if that is known."""
        origins = {} if desk is None else desk.origins()
        return {"cameras": [{**camera, "from": origins.get(camera["id"], "")} for camera in hub.cameras()]}

    @router.get("/api/v1/alerts")
    def alerts(limit: Annotated[int, Query(ge=1, le=500)] = 100, before: str | None = None) -> dict[str, Any]:
        """Give alerts, newest first; ``next`` is the ``before`` of the page that follows."""
        rows = store.alerts(limit, before)
        return {"alerts": rows, "next": rows[-1]["id"] if len(rows) == limit else None}

    @router.get("/api/v1/cameras/{camera_id}/series")
    def series(camera_id: str, minutes: Annotated[int, Query(ge=1, le=1440)] = 10) -> dict[str, Any]:
        """Give the last minutes of a camera, second by second."""
        newest = store.newest_second(camera_id)
        if newest is None and not hub.knows(camera_id):
            raise HTTPException(404, f"no camera '{camera_id}'")
        until = _end_of_series(newest, clock.wall_ns() // _SECOND_NS, minutes * 60)
        rows = store.series(camera_id, (until - minutes * 60) * _SECOND_NS, until * _SECOND_NS)
        seconds = [{key: value for key, value in asdict(row).items() if key != "camera_id"} for row in rows]
        return {"camera": camera_id, "since": until - minutes * 60, "until": until, "seconds": seconds}

    return router


def _end_of_series(newest: int | None, now: int, span: int) -> int:
    """Give the second at which a plot ends: now, or for an old recording its own newest second."""
    if newest is None or now - span <= newest <= now:
        return now + 1
    return newest + 1
