from collections.abc import Callable, Iterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from posestream.schemas import Alert
from sinks.camera_second import CameraSecond
from sinks.serve import CameraFigures, LiveHub
from sinks.serve.app import STATIC
from sinks.store import SqliteStore

NOW = 1_760_000_000


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as opened:
        yield opened


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:{port}"}, 200),
        ({"host": "LOCALHOST:{port}"}, 200),
        ({"host": "[::1]:{port}"}, 200),
        ({"host": "evil.example:{port}"}, 421),
        ({"host": "127.0.0.1.evil.example:{port}"}, 421),
        ({"host": "127.0.0.1:9"}, 421),
        ({"host": "127.0.0.1"}, 421),
        ({"host": ""}, 421),
        ({"origin": "http://127.0.0.1:{port}"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "https://127.0.0.1:{port}"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),  # a link to the page
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
    ],
)
def test_who_may_ask(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    headers = {name: value.format(port=client.base_url.port) for name, value in headers.items()}
    for path in ("/", "/api/v1/cameras", "/static/app.js", "/livez"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == status
        if status != 200:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == status


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9", "null"])
def test_who_may_not_watch(address: str, hub: LiveHub, origin: str) -> None:
    hub.publish_figures(CameraFigures("lobby", "Lobby", "live"))
    url = f"{address.replace('http', 'ws', 1)}api/v1/cameras/lobby/live"
    with connect(url):
        pass  # we may
    with pytest.raises(InvalidStatus, match="403"):
        connect(url, origin=origin)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/static/style.css", "/api/v1/cameras", "/none"])
def test_every_answer_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_nothing_of_the_page_comes_from_elsewhere_or_inline() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "style=" not in page
    assert " on" not in page.replace(" one", "").replace(" only", "").replace(" on ", "")
    for file in STATIC.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "innerHTML" not in text
        assert "https://" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_no_camera_yet(client: httpx.Client) -> None:
    assert client.get("/api/v1/cameras").json() == {"cameras": []}
    assert client.get("/livez").json() == {"alive": True}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "no camera yet")


def test_ready_with_a_camera(client: httpx.Client, hub: LiveHub) -> None:
    hub.publish_figures(CameraFigures("lobby", "Lobby", "live"))
    assert client.get("/readyz").json() == {"ready": True, "cameras": 1}
    assert [camera["id"] for camera in client.get("/api/v1/cameras").json()["cameras"]] == ["lobby"]


def test_not_ready_when_the_store_is_gone(client: httpx.Client, hub: LiveHub, store: SqliteStore) -> None:
    hub.publish_figures(CameraFigures("lobby", "Lobby", "live"))
    store.close()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


def test_alerts_in_pages(client: httpx.Client, store: SqliteStore, make_alert: Callable[..., Alert]) -> None:
    assert client.get("/api/v1/alerts").json() == {"alerts": [], "next": None}
    for frame in range(3):
        store.add_alert(make_alert(frame=frame))
    first = client.get("/api/v1/alerts?limit=2").json()
    assert [alert["frame_index"] for alert in first["alerts"]] == [2, 1]
    second = client.get(f"/api/v1/alerts?limit=2&before={first['next']}").json()
    assert [alert["frame_index"] for alert in second["alerts"]] == [0]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/none", 404, "Not Found"),
        ("/static/../app.py", 404, "Not Found"),
        ("/static/%2e%2e/app.py", 404, "Not Found"),
        ("/api/v1/cameras/nobody/series", 404, "no camera 'nobody'"),
        ("/api/v1/alerts?limit=0", 422, "limit: Input should be greater than or equal to 1"),
        ("/api/v1/alerts?limit=many", 422, "limit: Input should be a valid integer"),
    ],
)
def test_problems(client: httpx.Client, path: str, status: int, detail: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail"}
    assert detail in problem["detail"]


@pytest.mark.parametrize(
    ("seconds", "until", "shown"),
    [
        ([], NOW + 1, []),
        ([NOW - 700, NOW - 599, NOW], NOW + 1, [NOW - 599, NOW]),
        ([1000, 2000], 2001, [2000]),  # an old recording ends its own plot
        ([NOW + 5000], NOW + 5001, [NOW + 5000]),  # a clock ahead of ours
    ],
)
def test_series(
    client: httpx.Client, hub: LiveHub, store: SqliteStore, seconds: list[int], until: int, shown: list[int]
) -> None:
    hub.publish_figures(CameraFigures("a b", "A", "live"))
    for second in seconds:
        store.add_second(CameraSecond("a b", second, 1.0, 2, 5))
    answer = client.get("/api/v1/cameras/a%20b/series?minutes=10").json()
    assert (answer["until"], answer["since"]) == (until, until - 600)
    assert [row["second_utc"] for row in answer["seconds"]] == shown


def test_watching_a_camera_that_is_not_there(address: str) -> None:
    url = f"{address.replace('http', 'ws', 1)}api/v1/cameras/nobody/live"
    with connect(url) as live, pytest.raises(ConnectionClosed) as end:
        live.recv(timeout=10)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == 4404


def test_the_api_describes_itself(client: httpx.Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/cameras/{camera_id}/series" in document["paths"]
    assert client.get("/docs").status_code == 404
