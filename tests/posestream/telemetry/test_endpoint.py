import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from posestream.clock import SettableClock
from posestream.errors import UsageError
from posestream.telemetry.endpoint import Endpoint
from posestream.telemetry.metrics import Metrics
from posestream.telemetry.readiness import Readiness


def asked(address: str, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read()
    finally:
        connection.close()


def endpoint(readiness: Readiness, port: int = 0) -> Endpoint:
    return Endpoint(Metrics("infer", "infer/a"), readiness, "127.0.0.1", port)


def test_figures() -> None:
    with endpoint(Readiness((), SettableClock())) as opened:
        status, content_type, body = asked(opened.address, "/metrics?name[]=x")
    assert (status, content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert b'posestream_build_info{service="infer"' in body


def test_ready_and_what_is_waited_for() -> None:
    readiness = Readiness(("broker", "models"), SettableClock())
    with endpoint(readiness) as opened:
        readiness.ready("models")
        status, _, body = asked(opened.address, "/readyz")
        assert (status, json.loads(body)) == (503, {"ready": False, "waits_for": {"broker": "starting"}})
        readiness.ready("broker")
        status, _, body = asked(opened.address, "/readyz")
        assert (status, json.loads(body)) == (200, {"ready": True, "waits_for": {}})


def test_alive_and_dead() -> None:
    clock = SettableClock()
    with endpoint(Readiness(("broker",), clock)) as opened:
        assert asked(opened.address, "/livez")[0] == 200
        clock.advance(3600)
        status, content_type, body = asked(opened.address, "/livez")
    assert (status, content_type, json.loads(body)) == (503, "application/json", {"alive": False})


@pytest.mark.parametrize("path", ["/", "/metrics/", "/..", "/%2e%2e/etc/passwd", "/readyz/x"])
def test_there_is_nothing_else(path: str) -> None:
    with endpoint(Readiness((), SettableClock())) as opened:
        status, _, body = asked(opened.address, path)
    assert (status, json.loads(body)) == (404, {"there_are": ["/metrics", "/livez", "/readyz"]})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(method: str) -> None:
    with endpoint(Readiness((), SettableClock())) as opened:
        assert asked(opened.address, "/readyz", method)[0] == 501


def test_it_does_not_say_what_it_is_made_of() -> None:
    with endpoint(Readiness((), SettableClock())) as opened:
        connection = http.client.HTTPConnection(urlsplit(opened.address).netloc, timeout=10)
        connection.request("GET", "/livez")
        assert connection.getresponse().getheader("Server", "").strip() == "posestream"
        connection.close()


def test_one_who_hangs_up_or_says_nothing_stops_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    with endpoint(Readiness((), SettableClock())) as opened:
        place = urlsplit(opened.address)
        with socket.create_connection((place.hostname, place.port)) as silent:
            with socket.create_connection((place.hostname, place.port)) as rude:
                rude.sendall(b"GET /metrics HTTP/1.1\r\n\r\n" * 50)
            silent.sendall(b"\xff\xfe\r\n\r\n")
            assert asked(opened.address, "/livez")[0] == 200
    assert capsys.readouterr() == ("", "")


def test_a_port_in_use_is_a_mistake_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError) as refused:
            endpoint(Readiness((), SettableClock()), port)
    assert str(refused.value) == (
        f"metrics: cannot listen on 127.0.0.1:{port}: Address already in use; choose another with --metrics-port"
    )


@pytest.mark.parametrize("bind", ["192.0.2.1", "no.such.host.invalid", "a" * 70])
def test_an_address_that_is_not_ours(bind: str) -> None:
    told = rf"^metrics: cannot listen on {bind}:0: .*; is metrics\.bind an address of this machine\?$"
    with pytest.raises(UsageError, match=told):
        Endpoint(Metrics("infer", "infer/a"), Readiness((), SettableClock()), bind, 0)


def test_closed_it_is_gone() -> None:
    with endpoint(Readiness((), SettableClock())) as opened:
        pass
    with pytest.raises(ConnectionRefusedError):
        asked(opened.address, "/livez")
