import asyncio
import gzip
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest

from ingest.discovery.asking import ask_devices
from ingest.discovery.facts import Answer, DeviceFacts, Failure
from ingest.discovery.transport import BoundedTransport
from posestream.clock import SystemClock
from posestream.errors import InputError

Device = Any  # of tests/servers/onvif_device.py, which is loaded by its path: no static type

Ask = Callable[..., DeviceFacts | Failure]


def problem(asked: DeviceFacts | Failure) -> str:
    assert isinstance(asked, Failure), asked
    assert isinstance(asked.problem, InputError)
    return str(asked.problem)


def started(onvif: ModuleType, answer: object) -> Device:
    return onvif.started(answers_calls=False, answers={"GetDeviceInformation": answer})


def test_a_flood_is_cut(onvif: ModuleType, ask: Ask) -> None:
    assert "more than 256 KiB" in problem(ask(started(onvif, onvif.flood)))


def test_a_trickle_ends_with_the_time(onvif: ModuleType, ask: Ask) -> None:
    began = time.monotonic()
    assert "does not answer within 1 s" in problem(ask(started(onvif, onvif.trickle), seconds=1.0))
    assert time.monotonic() - began < 30  # the trickle takes 60


def test_silence_ends_with_the_time(onvif: ModuleType, ask: Ask) -> None:
    assert "does not answer " in problem(ask(started(onvif, lambda _request: time.sleep(3)), seconds=1.0))


def test_compressed_content_is_not_unpacked(onvif: ModuleType, ask: Ask) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    device = started(onvif, lambda request: onvif.reply(request, bomb, 200, {"Content-Encoding": "gzip"}))
    assert "compressed" in problem(ask(device))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nothing_is_followed(onvif: ModuleType, ask: Ask, status: int) -> None:
    elsewhere = onvif.started(answers_calls=False)
    target = {"Location": f"http://127.0.0.1:{elsewhere.port}/onvif/device_service"}
    device = started(onvif, lambda request: onvif.reply(request, b"", status, target))
    assert "which is not followed" in problem(ask(device))
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (404, {}, "HTTP status 404: is ONVIF switched on"),
        (200, {"Content-Type": 'multipart/related; boundary="x"'}, "in several parts"),
        (401, {"WWW-Authenticate": "Digest qop=x"}, "in a way that is not understood"),
        (
            401,
            {"WWW-Authenticate": 'Digest realm="x", nonce="y", algorithm=ROT13'},
            "in a way that is not understood",
        ),
    ],
)
def test_odd_answers_are_told(onvif: ModuleType, ask: Ask, status: int, headers: dict[str, str], said: str) -> None:
    device = started(onvif, lambda request: onvif.reply(request, b"", status, headers))
    assert said in problem(ask(device))


def test_what_is_no_http_is_told(onvif: ModuleType, ask: Ask) -> None:
    device = started(onvif, lambda request: request.wfile.write(b"RTSP/1.0 200 OK\r\n\r\n"))
    assert "does not speak HTTP as it should" in problem(ask(device))


def test_no_description_is_fetched() -> None:
    async def load() -> None:
        async with httpx.AsyncClient() as client:
            BoundedTransport(client, None).load("http://127.0.0.1:1/x.wsdl")

    with pytest.raises(InputError, match="is not fetched from the network"):
        asyncio.run(load())


@pytest.mark.parametrize("host", ["300.1.1.1", "a" * 64 + ".local"])
def test_an_address_that_is_none_is_that_device_s_own_problem(host: str) -> None:
    answers = [Answer(host, f"http://{host}/onvif/device_service", "cam")]
    (asked,) = ask_devices(answers, None, 5.0, SystemClock())
    assert "an address that is none" in problem(asked) or "cannot be reached" in problem(asked)
