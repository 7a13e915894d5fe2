"""``posestream run`` on a real RTSP camera that shows people who walk: events, pages, alerts, the camera's return."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from websockets.sync.client import connect

from sinks.serve.message import unpack

pytestmark = [
    pytest.mark.rtsp,
    pytest.mark.weights,
    pytest.mark.testdata,
    pytest.mark.slow,
    pytest.mark.usefixtures("pulled_models"),
]

LOGIN = ("admin", "s3cret/CANARY@#")
FIRST, LAST = 170, 339  # somebody walks over the junction and on to the left
CONFIG = """
cameras:
  - id: path
    url: file:clip.mp4
    zones:
      - {id: junction, polygon: [[0.53, 0.44], [0.80, 0.44], [0.86, 0.62], [0.52, 0.62]]}
rules:
  - {id: intrusion, kind: zone, zone: junction, for: 500ms}
"""
PATIENCE_MS = 60_000


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "zone.yaml"
    path.write_text(CONFIG)
    return path


def open_page(browser: Browser, address: str, complaints: list[str]) -> Page:
    page = browser.new_context().new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    return page


def epoch_of(live: Any) -> int:  # noqa: ANN401  # Live of conftest
    """Give the epoch of the next live picture."""
    address = live.address.replace("http", "ws", 1)
    with connect(f"{address}api/v1/cameras/path/live", open_timeout=30) as view:
        message = view.recv(timeout=60)
    assert isinstance(message, bytes)
    answer, jpeg = unpack(message)
    assert jpeg.startswith(b"\xff\xd8")
    return int(answer["epoch"])


@pytest.mark.browser
def test_events_flow_and_everybody_who_watches_sees_them(
    rtsp_server: Callable[..., Any],
    cctv_cut: Callable[[int, int], Path],
    live: Callable[..., Any],
    session_of: Callable[[int], list[int]],
    browser: Browser,
    config: Path,
) -> None:
    server = rtsp_server(cctv_cut(FIRST, LAST))
    running = live(server.url(), "--preset", "fast", "--config", config)

    persons, states, alerts = 0, set(), []
    for name, data in running.events():
        if name == "camera":
            persons = max(persons, data["persons"])
            states.add(data["state"])
        if name == "alert":
            alerts.append(data)
        if alerts and alerts[-1]["state"] == "resolved" and persons:
            break
    assert persons >= 1
    assert "live" in states
    assert [(alert["state"], alert["rule"], alert["zone"]) for alert in alerts[:1]] == [
        ("firing", "intrusion", "junction")
    ]
    assert alerts[0]["id"] in {alert["id"] for alert in alerts if alert["state"] == "resolved"}

    complaints: list[str] = []
    pages = [open_page(browser, running.address, complaints) for _ in range(2)]
    for page in pages:
        expect(page.locator("g.person").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("#alerts-list")).to_contain_text("junction", timeout=PATIENCE_MS)
    assert complaints == []

    stored = dict(running.rows("SELECT id, state FROM alerts WHERE rule = 'intrusion'"))
    assert stored[alerts[0]["id"]] == "resolved"
    assert running.rows("SELECT max(persons_max) FROM series WHERE camera = 'path'")[0][0] >= 1

    running.process.send_signal(signal.SIGINT)  # with both pages open
    try:
        assert running.process.wait(5) == 130
    except subprocess.TimeoutExpired:
        pytest.fail("it did not end within 5 s")
    assert session_of(running.process.pid) == []
    assert running.rows("SELECT count(*) FROM alerts WHERE state = 'firing'") == [(0,)]
    assert "Traceback" not in running.log()


def test_a_camera_that_goes_away_comes_back(
    rtsp_server: Callable[..., Any], cctv_cut: Callable[[int, int], Path], live: Callable[..., Any], config: Path
) -> None:
    server = rtsp_server(cctv_cut(FIRST, LAST), login=LOGIN)
    running = live(server.url(), "--preset", "fast", "--config", config)
    seen = [running.wait_for_camera(lambda one: one["state"] == "live" and one["persons"] > 0, "persons")]
    before = epoch_of(running)

    server.stop()
    seen.append(running.wait_for_camera(lambda one: one["state"] == "down", "the camera is down"))
    assert seen[-1]["reason"]
    assert seen[-1]["persons"] == 0

    server.start()
    seen.append(running.wait_for_camera(lambda one: one["state"] == "live" and one["persons"] > 0, "its return"))
    assert seen[-1]["reason"] == ""
    assert epoch_of(running) > before

    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) == 143
    assert running.rows("SELECT count(*) FROM alerts WHERE state = 'firing'") == [(0,)]
    shown = running.log() + json.dumps(seen)
    for secret in ("CANARY", "s3cret", LOGIN[0]):
        assert secret not in shown
    assert b"CANARY" not in running.database.read_bytes()
    assert "camera_down" in shown
