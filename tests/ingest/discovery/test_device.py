from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ingest.discovery.facts import DeviceFacts, Failure, StreamProfile
from posestream.errors import AccessRefused, InputError

Device = Any  # of tests/servers/onvif_device.py, which is loaded by its path: no static type

Ask = Callable[..., DeviceFacts | Failure]


def facts(asked: DeviceFacts | Failure) -> DeviceFacts:
    assert isinstance(asked, DeviceFacts), asked
    return asked


def started(onvif: ModuleType, **fields: object) -> Device:
    return onvif.started(answers_calls=False, **fields)


def url(host: str, path: str) -> str:
    return f"rtsp://${{CAM_USER}}:${{CAM_PASSWORD}}@{host}:554/{path}"


@pytest.mark.parametrize("login_by", ["token", "digest"])
def test_all_facts(onvif: ModuleType, ask: Ask, login_by: str) -> None:
    device = started(onvif, login_by=login_by)
    told = facts(ask(device))
    assert (told.name, told.maker, told.model, told.firmware) == ("Lobby", "Acme", "DomeCam 2", "1.2")
    assert not told.needs_login
    assert told.profiles == (
        StreamProfile("Main", "H264", 1920, 1080, 25.0, url("127.0.0.1", "main")),
        StreamProfile("Sub", "H264", 640, 480, 10.0, url("127.0.0.1", "sub")),
    )
    assert not any(b"secret" in body for body in device.bodies)


@pytest.mark.parametrize("skew", [0.0, 3600.0, -86_400.0 * 400])
def test_a_login_holds_though_clocks_differ(onvif: ModuleType, ask: Ask, skew: float) -> None:
    told = facts(ask(started(onvif, skew_seconds=skew)))
    assert told.skew_seconds == pytest.approx(skew, abs=5)
    assert len(told.profiles) == 2


@pytest.mark.parametrize("login_by", ["token", "digest"])
@pytest.mark.parametrize("login", [("viewer", "wrong"), ("admin", "secret")])
def test_a_refused_login_is_tried_once(onvif: ModuleType, ask: Ask, login_by: str, login: tuple[str, str]) -> None:
    device = started(onvif, login_by=login_by)
    failure = ask(device, login)
    assert isinstance(failure, Failure)
    assert isinstance(failure.problem, AccessRefused)
    assert str(failure.problem) == "127.0.0.1: refuses the login; check user and password"
    # HTTP Digest needs a second message to answer the challenge: it is no second try
    assert device.asked == ["GetSystemDateAndTime", *["GetDeviceInformation"] * (2 if login_by == "digest" else 1)]


@pytest.mark.parametrize("login_by", ["token", "digest"])
def test_without_a_login_it_tells_what_all_may_know(onvif: ModuleType, ask: Ask, login_by: str) -> None:
    told = facts(ask(started(onvif, login_by=login_by), None))
    assert (told.needs_login, told.name, told.maker, told.profiles) == (True, "Lobby", "", ())
    assert told.skew_seconds is not None


def test_basic_is_never_answered(onvif: ModuleType, ask: Ask) -> None:
    sent: list[str | None] = []

    def basic(request: Device) -> None:
        sent.append(request.headers.get("Authorization"))
        onvif.reply(request, b"", 401, {"WWW-Authenticate": 'Basic realm="x"'})

    failure = ask(started(onvif, answers={"GetDeviceInformation": basic}))
    assert isinstance(failure, Failure)
    assert isinstance(failure.problem, AccessRefused)
    assert sent == [None]


@pytest.mark.parametrize(
    "date", ["", "<tt:Year>99999999999</tt:Year>", "<tt:Year>2026</tt:Year><tt:Month>13</tt:Month><tt:Day>1</tt:Day>"]
)
def test_a_clock_that_is_none_is_not_known(onvif: ModuleType, ask: Ask, date: str) -> None:
    time = "<tt:Time><tt:Hour>1</tt:Hour><tt:Minute>1</tt:Minute><tt:Second>1</tt:Second></tt:Time>"
    said = (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
        f"{time}<tt:Date>{date}</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )
    told = facts(ask(started(onvif, answers={"GetSystemDateAndTime": said})))
    assert told.skew_seconds is None
    assert len(told.profiles) == 2


@pytest.mark.parametrize("media", ["http://10.255.255.1:9/onvif/media_service", "file:///etc/passwd"])
def test_a_service_elsewhere_is_asked_at_the_device_itself(onvif: ModuleType, ask: Ask, media: str) -> None:
    told = facts(ask(started(onvif, media_path=media), seconds=5.0))
    assert len(told.profiles) == 2


def test_a_device_without_capabilities_is_asked_at_one_place(onvif: ModuleType, ask: Ask) -> None:
    fault = "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>no</s:Text></s:Reason></s:Fault>"
    assert len(facts(ask(started(onvif, answers={"GetCapabilities": fault}))).profiles) == 2


def test_a_stream_without_an_address_hides_no_other(onvif: ModuleType, ask: Ask) -> None:
    streams = [
        onvif.Stream("a", "A", uri="http://127.0.0.1/snapshot"),
        onvif.Stream("b", "B", uri="rtsp://evil.example/b"),
        onvif.Stream("c", "C", size=(0, -1), fps=-3, codec="x" * 100),
    ]
    first, second, third = facts(ask(started(onvif, streams=streams))).profiles
    assert (first.url, first.other_host) == (None, None)
    assert second.url is not None
    assert second.url.endswith("@127.0.0.1/b")
    assert second.other_host == "evil.example"
    assert (third.width, third.height, third.fps, third.codec) == (0, 0, None, "x" * 16)


def test_no_more_than_sixteen_streams_are_asked_for(onvif: ModuleType, ask: Ask) -> None:
    device = started(onvif, streams=[onvif.Stream(f"t{n}", f"S{n}") for n in range(100)])
    assert len(facts(ask(device)).profiles) == 16
    assert device.asked.count("GetStreamUri") == 16


def test_a_password_that_comes_back_is_hidden(onvif: ModuleType, ask: Ask) -> None:
    streams = [onvif.Stream("a", "Name secret", uri="rtsp://viewer:secret@{host}/secret/a?pw=secret")]
    told = facts(ask(started(onvif, maker="secret", model="My secret", name="secret", streams=streams)))
    assert "secret" not in repr(told)
    assert (told.maker, told.profiles[0].name) == ("***", "Name ***")


def test_nobody_listens(onvif: ModuleType, ask: Ask) -> None:
    device = started(onvif)
    device.stop()
    failure = ask(device)
    device.start(answers_calls=False)  # it is stopped again at the end
    assert isinstance(failure, Failure)
    assert type(failure.problem) is InputError
    assert "cannot be reached" in str(failure.problem)
