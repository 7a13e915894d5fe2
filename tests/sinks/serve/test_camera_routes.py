"""The routes that change cameras, through real requests, before a desk that writes down what it is asked."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from posestream.errors import DependencyError
from sinks.serve import CameraFigures, LiveHub, LivePage
from sinks.serve.desk import Refused
from sinks.store import SqliteStore

CAMERA = {"id": "a", "url": "rtsp://***@h/x"}


class Desk:
    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.fault: Exception | None = None

    def _note(self, *words: object) -> None:
        if self.fault is not None:
            raise self.fault
        self.asked.append(words)

    def origins(self) -> dict[str, str]:
        return {"a": "file"}

    def camera(self, camera_id: str) -> dict[str, Any]:
        if camera_id != "a":
            raise Refused(404, f"no camera '{camera_id}'")
        return CAMERA

    def add(self, body: dict[str, Any]) -> str:
        self._note("add", body)
        return "a"

    def replace(self, camera_id: str, body: dict[str, Any]) -> None:
        self._note("replace", camera_id, body)

    def remove(self, camera_id: str) -> None:
        self._note("remove", camera_id)

    def restore(self, camera_id: str) -> None:
        self._note("restore", camera_id)

    def state(self) -> dict[str, Any]:
        return {"problem": "", "needs_restart": [], "edited": {}}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def client(hub: LiveHub, store: SqliteStore, desk: Desk) -> Iterator[httpx.Client]:
    with LivePage(hub, store, port=0, desk=desk) as page, httpx.Client(base_url=_address(page)) as opened:
        yield opened


def _address(page: LivePage) -> str:
    assert page._server is not None
    (server,) = page._server.servers
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def test_every_route(client: httpx.Client, desk: Desk, hub: LiveHub) -> None:
    hub.publish_figures(CameraFigures("a", "A", "live"))
    assert [(one["id"], one["from"]) for one in client.get("/api/v1/cameras").json()["cameras"]] == [("a", "file")]
    answer = client.get("/api/v1/cameras/a").json()
    assert (answer["id"], answer["from"], answer["config"], answer["figures"]["state"]) == ("a", "file", CAMERA, "live")
    added = client.post("/api/v1/cameras", json={"id": "a"})
    assert (added.status_code, added.headers["location"], added.json()) == (201, "/api/v1/cameras/a", answer)
    replaced = client.put("/api/v1/cameras/a", json={"fps": 2})
    assert (replaced.status_code, replaced.json()) == (200, answer)
    assert client.delete("/api/v1/cameras/a/edit").status_code == 204
    assert client.delete("/api/v1/cameras/a").status_code == 204
    assert client.get("/api/v1/config").json() == {"problem": "", "needs_restart": [], "edited": {}}
    assert desk.asked == [("add", {"id": "a"}), ("replace", "a", {"fps": 2}), ("restore", "a"), ("remove", "a")]


@pytest.mark.parametrize(
    ("fault", "status", "detail"),
    [
        (Refused(422, "fps: wanted more"), 422, "fps: wanted more"),
        (Refused(409, "there is one"), 409, "there is one"),
        (DependencyError("cameras.json: cannot be written: disk full"), 503, "disk full"),
    ],
)
def test_a_refusal_is_a_problem(client: httpx.Client, desk: Desk, fault: Exception, status: int, detail: str) -> None:
    desk.fault = fault
    for answer in (
        client.post("/api/v1/cameras", json={}),
        client.put("/api/v1/cameras/a", json={}),
        client.delete("/api/v1/cameras/a"),
        client.delete("/api/v1/cameras/a/edit"),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert detail in answer.json()["detail"]
    assert client.get("/api/v1/cameras/b").status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"id": "a"}', "text/plain", 415),  # what a form of another site may send
        (b'{"id": "a"}', "application/x-www-form-urlencoded", 415),
        (b'{"id": "a"}', "", 415),
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"fps": NaN}', "application/json", 400),
        (b'{"fps": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b'{"id": "a", "id": "b"}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b'{"id": "' + b"x" * 64_000 + b'"}', "application/json", 413),
        (b'{"id": "a"}', "application/json; charset=utf-8", 201),
    ],
)
def test_hostile_bodies(client: httpx.Client, desk: Desk, body: bytes, kind: str, status: int) -> None:
    answer = client.post("/api/v1/cameras", content=body, headers={"content-type": kind} if kind else {})
    assert answer.status_code == status, answer.text
    assert len(desk.asked) == (status == 201)
    assert len(answer.content) < 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 204),
        ({"origin": "http://127.0.0.1:{port}", "sec-fetch-site": "same-origin"}, 204),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "evil.example:{port}"}, 421),
        (
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
            403,
        ),  # a link shows the page, it changes nothing
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
    ],
)
def test_who_may_change(client: httpx.Client, desk: Desk, headers: dict[str, str], status: int) -> None:
    headers = {name: value.format(port=client.base_url.port) for name, value in headers.items()}
    assert client.delete("/api/v1/cameras/a", headers=headers).status_code == status
    answer = client.post("/api/v1/cameras", json={}, headers=headers)
    assert answer.status_code == (201 if status == 204 else status)
    assert len(desk.asked) == (2 if status == 204 else 0)
    preflight = client.options("/api/v1/cameras", headers={"access-control-request-method": "POST", **headers})
    assert "access-control-allow-origin" not in preflight.headers


def test_without_a_desk_nothing_can_be_changed(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        assert client.post("/api/v1/cameras", json={"id": "a"}).status_code == 405
        assert client.delete("/api/v1/cameras/a").status_code == 404
        assert client.get("/api/v1/config").status_code == 404
