import fcntl
import json
import re
import signal
import socket
import sqlite3
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.source import parse_source
from posestream.cli.run import _given
from posestream.config import Config

Call = Callable[..., "subprocess.CompletedProcess[str]"]
OneLine = Callable[["subprocess.CompletedProcess[str]"], str]
Start = Callable[..., "subprocess.Popen[str]"]


def cameras_of(errors: Path) -> list[dict[str, Any]]:
    """Give what the page of a running process says of its cameras; nothing while there is no page."""
    found = re.search(r"^Open (http://\S+/) ", errors.read_text(), re.MULTILINE)
    if found is None:
        return []
    with urllib.request.urlopen(f"{found[1]}api/v1/cameras", timeout=10) as answer:  # noqa: S310  # the product's page
        cameras: list[dict[str, Any]] = json.load(answer)["cameras"]
    return cameras


@pytest.mark.parametrize(
    ("words", "code", "wanted"),
    [
        ([], 2, "no camera: give a source (rtsp://…, a clip, a folder, test:pattern) or a --config with cameras"),
        (["gone.mp4"], 3, "gone.mp4: there is no such file or folder"),
        (["gopher://a:CANARY@h/x"], 2, "'gopher:' is no source that posestream opens: wanted rtsp://…"),
        (
            ["rtsp://a:CANARY@h:port/x"],
            2,
            "the rtsp address is not complete: wanted rtsp://HOST:554/PATH, a login before HOST",
        ),
        (["clip.mp4", "--preset", "best"], 2, "unknown preset 'best': there are fast, accurate, 3d"),
        (["clip.mp4", "--data", "clip.mp4"], 2, "clip.mp4: cannot be the data folder: File exists"),
        (["clip.mp4"], 5, "model 'movenet-thunder' is not in "),
        (["--config", "site.yaml"], 2, "site.yaml: cameras[0].url: 'gopher:' is no source that posestream opens"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    call: Call,
    one_line: OneLine,
    make_clip: Callable[..., Path],
    no_models: dict[str, str],
    tmp_path: Path,
    words: list[str],
    code: int,
    wanted: str,
) -> None:
    make_clip()
    (tmp_path / "site.yaml").write_text("cameras: [{id: a, url: 'gopher://a:CANARY@h/x'}]")
    done = call("run", *words, "--port", 0, **no_models)
    assert done.returncode == code
    line = one_line(done)
    assert line.startswith(wanted)
    assert "CANARY" not in line


def test_a_port_in_use(call: Call, one_line: OneLine, make_clip: Callable[..., Path]) -> None:
    make_clip()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = call("run", "clip.mp4", "--port", port)
    assert done.returncode == 2
    assert one_line(done) == f"port {port} of 127.0.0.1 is in use: choose another with --port"


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_cameras_that_fail_are_told_and_end_nothing_and_no_password_is_shown(
    start: Start, wait_for: Callable[..., None], refusing_camera: int, make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, but not listening
        (tmp_path / "site.yaml").write_text(
            "model: {preset: fast}\n"
            "cameras:\n"
            f"  - {{id: refuses, url: 'rtsp://admin:${{PW}}@127.0.0.1:{refusing_camera}/x'}}\n"
            f"  - {{id: away, url: 'rtsp://admin:${{PW}}@127.0.0.1:{free.getsockname()[1]}/x'}}\n"
            f"  - {{id: plays, url: 'file:{make_clip(frames=25)}'}}\n"
        )
        process = start("run", "--config", "site.yaml", "--port", 0, "--data", "d", PW="p@s/CANARY")
        errors = tmp_path / "err.txt"
        states: dict[str, Any] = {}

        def settled() -> bool:
            assert process.poll() is None, errors.read_text()
            states.update({camera["id"]: camera for camera in cameras_of(errors)})
            return [states.get(one, {}).get("state") for one in ("refuses", "away", "plays")] == [
                "down",
                "down",
                "live",
            ]

        wait_for(settled)
        assert "the camera refuses the login; check user and password" in states["refuses"]["reason"]
        assert "the connection is refused" in states["away"]["reason"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143
    shown = (tmp_path / "out.txt").read_text() + errors.read_text() + json.dumps(states)
    for secret in ("CANARY", "p%40s", "admin"):
        assert secret not in shown
    assert "Traceback" not in shown
    events = [json.loads(line) for line in errors.read_text().splitlines() if line.startswith("{")]
    assert {event["event"] for event in events} >= {"camera_refused", "camera_down"}


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
def test_alerts_that_a_crash_left_open_are_closed_at_the_next_start(
    start: Start, wait_for: Callable[..., None], make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    make_clip()
    process = start("run", "clip.mp4", "--port", 0, "--data", "d", "--preset", "fast")
    wait_for(lambda: cameras_of(tmp_path / "err.txt"))
    process.kill()
    process.wait()
    store = sqlite3.connect(tmp_path / "d" / "posestream.db")
    row = ("x", "in", "zone", "clip", 1, "door", None, 1, "info", "firing", 1, None, 1, 0.0, 1.0, 0, None)
    store.execute(f"INSERT INTO alerts VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608  # question marks only
    store.commit()
    process = start("run", "clip.mp4", "--port", 0, "--data", "d", "--preset", "fast")
    wait_for(lambda: store.execute("SELECT state FROM alerts").fetchall() == [("resolved",)])
    wait_for(lambda: cameras_of(tmp_path / "err.txt"))
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    (rows,) = store.execute("SELECT count(*) FROM series WHERE camera = 'clip'").fetchone()
    assert rows > 0
    store.close()


def test_a_data_folder_has_one_owner(
    call: Call, one_line: OneLine, make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    make_clip()
    data = tmp_path / "data"
    data.mkdir()
    with (data / "posestream.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = call("run", "clip.mp4", "--port", 0, "--data", data)
    assert done.returncode == 2
    assert one_line(done) == f"{data}: another posestream run uses this data folder; give another by --data"


def test_the_only_camera_of_a_config_lends_its_rules_to_every_source(make_clip: Callable[..., Path]) -> None:
    zone = {"id": "door", "polygon": [[0, 0], [1, 0], [1, 1]]}
    rule = {"id": "in", "kind": "zone", "zone": "door", "cameras": ["lobby"]}
    settings = Config.model_validate(
        {"cameras": [{"id": "lobby", "url": "file:x.mp4", "zones": [zone]}], "rules": [rule]}
    )
    clip = parse_source(str(make_clip()))
    given = _given(settings, [clip, clip])
    assert [(camera.id, [one.id for one in rules]) for _, camera, rules in given] == [
        ("lobby", ["in"]),
        ("lobby-2", ["in"]),
    ]
    assert all(one.cameras is None for _, _, rules in given for one in rules)
