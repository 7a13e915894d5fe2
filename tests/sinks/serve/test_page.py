import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from posestream.errors import UsageError
from posestream.schemas import Alert, Frame, Tracks
from sinks.serve import CameraFigures, LiveHub, LivePage
from sinks.serve.message import unpack
from sinks.store import SqliteStore

MakeTracks = Callable[..., Tracks]
MakeFrame = Callable[[Tracks], Frame]


def live_address(address: str, camera_id: str = "lobby") -> str:
    return f"{address.replace('http', 'ws', 1)}api/v1/cameras/{camera_id}/live"


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def next_events(lines: Iterator[str], count: int) -> list[tuple[str, str, Any]]:
    """Read server-sent events: (name, id, data)."""
    events = []
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "event" in fields:
            events.append((fields["event"], fields.get("id", ""), json.loads(fields["data"])))
            if len(events) == count:
                return events
            fields = {}
        else:
            fields = {}
    pytest.fail("the stream ended")


def test_the_address_answers_at_once_and_no_more_after_stop(hub: LiveHub, store: SqliteStore) -> None:
    page = LivePage(hub, store, port=0)
    url = page.start()
    assert url.startswith("http://127.0.0.1:")
    assert "posestream" in httpx.get(url).text
    page.stop()
    page.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert "posestream-page" not in {thread.name for thread in threading.enumerate()}


def test_a_port_in_use(hub: LiveHub, store: SqliteStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError) as error:
            LivePage(hub, store, port=port).start()
    assert str(error.value) == f"port {port} of 127.0.0.1 is in use: choose another with --port"
    assert error.value.exit_code == 2


def test_an_address_of_another_machine(hub: LiveHub, store: SqliteStore) -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1 port"):
        LivePage(hub, store, bind="192.0.2.1", port=0).start()


def test_a_viewer_gets_picture_and_skeleton_of_the_same_frame(
    hub: LiveHub, address: str, make_tracks: MakeTracks, make_frame: MakeFrame
) -> None:
    hub.publish_figures(CameraFigures("lobby", "Lobby", "live"))
    with connect(live_address(address), origin=address.rstrip("/")) as viewer:  # type: ignore[arg-type]
        assert viewer.ping().wait(10)  # the server is past the handshake and watches
        got = None
        for number in range(200):
            tracks = make_tracks([(100, 20)], frame_index=number)
            hub.publish(make_frame(tracks), tracks)
            try:
                got = viewer.recv(timeout=0.05)
                break
            except TimeoutError:
                continue
        assert isinstance(got, bytes)
        head, picture = unpack(got)
        assert head["camera"] == "lobby"
        assert [track["id"] for track in head["tracks"]] == [1]
        assert picture[:2] == b"\xff\xd8"


def test_events_figures_alerts_and_resuming(hub: LiveHub, address: str, make_alert: Callable[..., Alert]) -> None:
    hub.publish_figures(CameraFigures("lobby", "Lobby", "live"))
    url = f"{address}api/v1/events"
    with httpx.stream("GET", url, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next_events(lines, 1)[0][2]["label"] == "Lobby"
        hub.publish_alerts([make_alert(frame=1)])
        name, last_id, data = next_events(lines, 1)[0]
        assert (name, data["frame_index"]) == ("alert", 1)
    hub.publish_alerts([make_alert(frame=2)])
    with httpx.stream("GET", url, headers={"Last-Event-ID": last_id}, timeout=20) as answer:
        events = next_events(answer.iter_lines(), 2)
        assert [(name, data.get("frame_index")) for name, _, data in events] == [("alert", 2), ("camera", None)]
    with httpx.stream("GET", url, headers={"Last-Event-ID": "an-earlier-run-7"}, timeout=20) as answer:
        assert next_events(answer.iter_lines(), 1)[0][0] == "reload"


def test_a_foreign_page_gets_no_events(address: str) -> None:
    answer = httpx.get(f"{address}api/v1/events", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_who_left_is_forgotten(hub: LiveHub, address: str) -> None:
    hub.publish_figures(CameraFigures("lobby", "Lobby", "live"))
    with connect(live_address(address)), httpx.stream("GET", f"{address}api/v1/events", timeout=20) as events:
        next_events(events.iter_lines(), 1)
        wait_until(lambda: bool(hub._viewers and hub._listeners))
    wait_until(lambda: not hub._viewers and not hub._listeners)


def test_stopping_ends_open_views(hub: LiveHub, store: SqliteStore) -> None:
    page = LivePage(hub, store, port=0)
    url = page.start()
    hub.publish_figures(CameraFigures("lobby", "Lobby", "live"))
    with connect(live_address(url)) as viewer, httpx.stream("GET", f"{url}api/v1/events", timeout=20) as events:
        lines = events.iter_lines()
        next_events(lines, 1)
        page.stop()
        assert all(not line.startswith("event") for line in lines)
        assert list(viewer) == []
