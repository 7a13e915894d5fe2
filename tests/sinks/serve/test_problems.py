import asyncio
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI, HTTPException

from posestream.errors import DependencyError
from sinks.serve.problems import answer_with_problems


def failing(error: Exception) -> FastAPI:
    app = FastAPI()
    answer_with_problems(app)

    @app.get("/")
    def fail(number: int = 0) -> int:
        if number:
            return number
        raise error

    return app


@pytest.fixture
def ask() -> Callable[..., httpx.Response]:
    """``ask(error, query)``: the answer of an app that fails with ``error``."""

    def get(error: Exception, query: str = "") -> httpx.Response:
        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(failing(error), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(f"/{query}")

        return asyncio.run(request())

    return get


@pytest.mark.parametrize(
    ("error", "status", "title", "detail"),
    [
        (HTTPException(404, "no camera 'x'"), 404, "Not Found", "no camera 'x'"),
        (DependencyError("store.db: disk full"), 503, "Service Unavailable", "store.db: disk full"),
        (
            HTTPException(400, "rtsp://u:CANARY@10.0.0.7/x is no id"), 400, "Bad Request",
            "rtsp://***@10.0.0.7/x is no id",
        ),
        (
            KeyError("CANARY"), 500, "Internal Server Error",
            "something went wrong here; the log of posestream says more",
        ),
    ],
)  # fmt: skip
def test_every_error_is_a_problem_without_secrets(
    ask: Callable[..., httpx.Response], error: Exception, status: int, title: str, detail: str
) -> None:
    answer = ask(error)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "about:blank", "title": title, "status": status, "detail": detail}


def test_a_wrong_parameter_is_named(ask: Callable[..., httpx.Response]) -> None:
    answer = ask(KeyError(), "?number=many")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("number: Input should be a valid integer")
