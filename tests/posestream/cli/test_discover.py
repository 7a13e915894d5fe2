"""The command as a process, against devices on loopback multicast."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Call = Callable[..., "subprocess.CompletedProcess[str]"]
CANARY = "CANARY-p@ss/word$1"
LOGIN = ("--user", "viewer", "--password-env", "CAM")
LO = ("--interface", "lo", "--timeout", "2s")
POSESTREAM = Path(sys.executable).with_name("posestream")


def asked(device: object) -> str:
    return f"{getattr(device, 'host')}:{getattr(device, 'port')}"  # noqa: B009  # loaded by path: no static type


@pytest.mark.usefixtures("onvif")
def test_nothing_is_there(posestream: Call) -> None:
    done = posestream("discover", "--interface", "lo", "--timeout", "300ms")
    assert (done.returncode, done.stdout) == (0, "")
    (line,) = done.stderr.splitlines()
    for what in ("ONVIF is switched on", "subnet", "VLAN", "multicast", "3702", "--host"):
        assert what in line


def test_two_cameras(posestream: Call, onvif: ModuleType, tmp_path: Path) -> None:
    onvif.started(password=CANARY, skew_seconds=-100)
    onvif.started(password=CANARY, host="127.0.0.2", login_by="digest", name="Gate", model="Bullet")
    done = posestream("discover", *LO, *LOGIN, CAM=CANARY)
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert lines[0] == "127.0.0.1: Acme DomeCam 2 (Lobby)"
    assert lines[1].startswith("  its clock is 10")
    assert lines[1].endswith(" s behind ours: set NTP in the camera")
    assert lines[2:5] == [
        "    Main, H264, 1920x1080, 25 fps",
        "  * Sub, H264, 640x480, 10 fps",
        "  * use this: the smallest of at least 640 pixels in width",
    ]
    assert lines[5] == "127.0.0.2: Acme Bullet (Gate)"
    assert sum("clock" in line for line in lines) == 1
    assert done.stdout.count('url: "rtsp://${CAM_USER}:${CAM_PASSWORD}@127.0.0.') == 2
    (tmp_path / "cameras.yaml").write_text(done.stdout)
    checked = posestream("config", "check", "cameras.yaml", CAM_USER="viewer", CAM_PASSWORD=CANARY)
    assert (checked.returncode, checked.stderr) == (0, "cameras.yaml: good (2 cameras, 0 rules)\n")
    unset = posestream("config", "check", "cameras.yaml")
    assert unset.returncode == 2
    assert "CAM_USER is not set" in unset.stderr


def test_json(posestream: Call, onvif: ModuleType, tmp_path: Path) -> None:
    good = onvif.started(password=CANARY)
    onvif.started(password="other", host="127.0.0.2", name="Gate")  # noqa: S106  # of the test
    done = posestream("discover", *LO, *LOGIN, "--json", CAM=CANARY)
    assert done.returncode == 3
    assert "127.0.0.2: refuses the login; check user and password" in done.stderr
    said = json.loads(done.stdout)
    first, second = said["cameras"]
    assert first.pop("clock_skew_seconds") is not None
    assert [stream["use"] for stream in first["streams"]] == [False, True]
    assert first.pop("streams")[1] == {
        "name": "Sub",
        "codec": "H264",
        "width": 640,
        "height": 480,
        "fps": 10.0,
        "url": "rtsp://${CAM_USER}:${CAM_PASSWORD}@127.0.0.1:554/sub",
        "use": True,
        "look_at_fps": 5.0,
    }
    assert first == {
        "host": "127.0.0.1",
        "service": f"http://{asked(good)}/onvif/device_service",
        "name": "Lobby",
        "maker": "Acme",
        "model": "DomeCam 2",
        "firmware": "1.2",
        "needs_login": False,
        "problem": None,
    }
    assert second == {
        "host": "127.0.0.2",
        "name": "Gate",
        "problem": "127.0.0.2: refuses the login; check user and password",
        "streams": [],
    }
    (tmp_path / "cameras.yaml").write_text(said["config"])
    checked = posestream("config", "check", "cameras.yaml", CAM_USER="viewer", CAM_PASSWORD=CANARY)
    assert checked.returncode == 0


@pytest.mark.usefixtures("onvif")
def test_json_of_nothing(posestream: Call) -> None:
    done = posestream("discover", "--interface", "lo", "--timeout", "300ms", "--json")
    assert json.loads(done.stdout) == {"cameras": [], "config": ""}
    assert done.returncode == 0


class TestOfOneDevice:
    def test_that_is_asked_directly(self, posestream: Call, onvif: ModuleType) -> None:
        device = onvif.started(answers_calls=False, password=CANARY)
        done = posestream("discover", "--host", asked(device), *LOGIN, CAM=CANARY)
        assert done.returncode == 0
        assert done.stdout.startswith("cameras:\n  # Acme DomeCam 2 at 127.0.0.1: Sub, H264, 640x480, 10 fps\n")

    def test_that_refuses(self, posestream: Call, onvif: ModuleType) -> None:
        device = onvif.started(answers_calls=False)
        done = posestream("discover", "--host", asked(device), *LOGIN, CAM=CANARY)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr == "127.0.0.1: refuses the login; check user and password\n"

    def test_that_wants_a_login(self, posestream: Call, onvif: ModuleType) -> None:
        device = onvif.started(answers_calls=False)
        done = posestream("discover", "--host", asked(device))
        assert (done.returncode, done.stdout) == (0, "")
        assert "  it tells its streams to known users only: --user NAME" in done.stderr.splitlines()

    def test_that_does_not_answer(self, posestream: Call) -> None:
        done = posestream("discover", "--host", "127.0.0.1:1")
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith("127.0.0.1: cannot be reached: ")


def test_hostile_names_reach_neither_terminal_nor_config(posestream: Call, onvif: ModuleType, tmp_path: Path) -> None:
    trap = "\u202e}\u2028- id: x\u0085: [&#10;cameras: #\" ' ${HOME} rtsp://a:b@c"
    streams = [
        onvif.Stream("a", trap, size=(640, 480), uri="rtsp://u:hunter2@evil.example/a?pwd=hunter2&x=${HOME}\u202e")
    ]
    onvif.started(maker=trap, model=trap, name="%1B%5D0;x%07", streams=streams, password=CANARY)
    done = posestream("discover", *LO, *LOGIN, CAM=CANARY)
    assert done.returncode == 0, done.stderr
    for text in (done.stdout, done.stderr):
        assert all(char == "\n" or char.isprintable() for char in text)
        assert "a:b@c" not in text
        assert "hunter2" not in text
    (tmp_path / "cameras.yaml").write_text(done.stdout)
    environment = {"CAM_USER": "viewer", "CAM_PASSWORD": CANARY}
    assert posestream("config", "check", "cameras.yaml", **environment).returncode == 0
    assert "evil.example" not in done.stdout
    assert "it names the host evil.example; its own is used" in done.stderr


@pytest.mark.parametrize(("login_by", "form"), [("token", []), ("digest", ["--json"])])
def test_the_password_is_nowhere(posestream: Call, onvif: ModuleType, login_by: str, form: list[str]) -> None:
    told = f"My {CANARY}"
    streams = [onvif.Stream("a", told, uri=f"rtsp://viewer:{CANARY}@{{host}}/live/{CANARY}/a?pwd={CANARY}")]
    device = onvif.started(
        password=CANARY, maker=told, model=told, name=told.replace(" ", "%20"), streams=streams, login_by=login_by
    )
    good = posestream("discover", *LO, *LOGIN, *form, CAM=CANARY)
    assert good.returncode == 0, good.stderr
    device.answers["GetProfiles"] = f"<a>{CANARY}</a>"
    bad = posestream("discover", *LO, *LOGIN, *form, CAM=CANARY)
    assert bad.returncode in {0, 3}
    for done in (good, bad):
        assert "CANARY" not in done.stdout + done.stderr + " ".join(map(str, done.args))
    assert not any(b"CANARY" in body for body in device.bodies)


def test_a_terminal_is_asked_for_the_password(onvif: ModuleType, environment: dict[str, str]) -> None:
    device = onvif.started(answers_calls=False, password=CANARY)
    ours, theirs = pty.openpty()
    command = [str(POSESTREAM), "discover", "--host", asked(device), "--user", "viewer"]
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        text=True,
    )
    os.close(theirs)
    shown = b""
    try:
        while b"Password: " not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, CANARY.encode() + b"\n")
        out, _ = process.communicate(timeout=60)
        shown += os.read(ours, 10_000)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert process.returncode == 0
    assert out.startswith("cameras:\n")
    assert b"CANARY" not in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--user", "viewer"], "--user: there is no terminal to ask for the password"),
        (["--user", "viewer", "--password-env", "CANARY"], "--password-env: there is no such environment variable"),
        (["--password-env", "HOME"], "--password-env: whose password?"),
        (["--host", "admin:CANARY@cam"], "--host: wanted HOST"),
        (["--host", "cam", "--interface", "lo"], "--interface is for looking around"),
        (["--interface", "eth99"], "--interface: no such network interface here"),
        (["--timeout", "soon"], "--timeout: wanted a duration"),
        (["--timeout", "0s"], "--timeout: wanted more than 0s"),
        (["--password", "CANARY"], "No such option"),
    ],
)
def test_mistakes(
    call: Call,
    one_line: Callable[["subprocess.CompletedProcess[str]"], str],
    words: list[str],
    said: str,
) -> None:
    done = call("discover", *words)
    assert done.returncode == 2
    line = one_line(done)
    assert line.startswith(said)
    assert "CANARY" not in line


def test_a_missing_library_names_its_extra(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("ingest.discovery", "posestream.cli.discover_c"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httpx", None)  # as if it were not installed
    done = call("discover")
    assert done.returncode == 2
    assert done.stderr == "posestream: discover needs httpx: pip install 'posestream[discover]'\n"


def test_other_commands_do_without_the_extra() -> None:
    code = "import sys, posestream.cli; print([name for name in ('zeep', 'lxml', 'onvif') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "[]\n"
