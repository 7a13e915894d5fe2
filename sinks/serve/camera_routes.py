"""The API's changes of cameras, and how the config is."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from sinks.serve.desk import CameraDesk, Refused
from sinks.serve.hub import LiveHub
from sinks.serve.json_body import json_body
from sinks.serve.problems import problem

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A camera as in the config file (posestream config schema); *** in a url keeps its secret",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


def camera_routes(hub: LiveHub, desk: CameraDesk) -> APIRouter:
    """Give the routes that read and change cameras."""
    router = APIRouter()

    def shown(camera_id: str) -> dict[str, Any]:
        figures = next((camera for camera in hub.cameras() if camera["id"] == camera_id), None)
        origin = desk.origins().get(camera_id, "")
        return {"id": camera_id, "from": origin, "config": desk.camera(camera_id), "figures": figures}

    @router.get("/api/v1/config")
    def config() -> dict[str, Any]:
        """Tell what of the config file was refused, and what waits for a restart."""
        return desk.state()

    @router.get("/api/v1/cameras/{camera_id}")
    def camera(camera_id: str) -> dict[str, Any]:
        """Give a camera: its config without secrets, where it comes from, its newest figures."""
        return shown(camera_id)

    @router.post("/api/v1/cameras", status_code=201, openapi_extra=_BODY)
    async def add(request: Request) -> JSONResponse:
        """Add a camera; it is kept over a restart."""
        body = await json_body(request)
        camera_id = await run_in_threadpool(desk.add, body)
        answer = await run_in_threadpool(shown, camera_id)
        return JSONResponse(answer, 201, headers={"Location": f"/api/v1/cameras/{camera_id}"})

    @router.put("/api/v1/cameras/{camera_id}", openapi_extra=_BODY)
    async def replace(request: Request, camera_id: str) -> dict[str, Any]:
        """Let a camera be as the body says, as a whole: a key that is left out has its default."""
        body = await json_body(request)
        await run_in_threadpool(desk.replace, camera_id, body)
        return await run_in_threadpool(shown, camera_id)

    @router.delete("/api/v1/cameras/{camera_id}", status_code=204)
    def remove(camera_id: str) -> Response:
        """Take a camera away, also one of the config file."""
        desk.remove(camera_id)
        return Response(status_code=204)

    @router.delete("/api/v1/cameras/{camera_id}/edit", status_code=204)
    def restore(camera_id: str) -> Response:
        """Forget what was said of a camera here: the config file's holds again."""
        desk.restore(camera_id)
        return Response(status_code=204)

    return router


def answer_refusals(app: FastAPI) -> None:
    """Make what the desk refuses problem details."""

    def refused(_request: Request, error: Exception) -> Response:
        return problem(error.status if isinstance(error, Refused) else 500, str(error))

    app.add_exception_handler(Refused, refused)
