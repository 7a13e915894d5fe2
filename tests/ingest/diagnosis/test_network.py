import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.diagnosis.network import Place, connect, look_up, place_of, secure
from ingest.diagnosis.steps import LayerFailed, TimeLimit
from ingest.source import TlsTrust, parse_source
from posestream.clock import SystemClock


def limit(seconds: float = 5.0) -> TimeLimit:
    return TimeLimit(seconds, SystemClock())


def place(port: int, host: str = "127.0.0.1", *, verify: bool = False) -> Place:
    return Place(host, port, verify, verify)


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("rtsp://cam/1", Place("cam", 554, secure=False, verify=False)),
        ("rtsps://u:p@cam/1", Place("cam", 322, secure=True, verify=False)),
        ("https://cam:8443/1", Place("cam", 8443, secure=True, verify=True)),
        ("http://[::1]/1", Place("::1", 80, secure=False, verify=False)),
    ],
)
def test_where_a_source_is(address: str, wanted: Place) -> None:
    assert place_of(parse_source(address)) == wanted


def test_a_certificate_of_any_kind_may_be_asked_for() -> None:
    assert not place_of(parse_source("https://cam/1", tls=TlsTrust.ACCEPT_ANY)).verify
    assert place_of(parse_source("rtsps://cam/1", tls=TlsTrust.VERIFY)).verify


def test_names() -> None:
    assert look_up(place(554), limit())[0] == ["127.0.0.1"]
    addresses, finding = look_up(place(554, "localhost"), limit())
    assert "127.0.0.1" in addresses
    assert finding.text.startswith("localhost is ")
    with pytest.raises(LayerFailed, match=r"^the name 'camera\.invalid' is not known$") as caught:
        look_up(place(554, "camera.invalid"), limit())
    assert "DNS" in caught.value.remedy


def test_dns_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def never(*_: object, **__: object) -> list[Any]:
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(LayerFailed, match="DNS does not answer"):
        look_up(place(554, "camera.example"), limit(0.2))
    over.set()


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(LayerFailed, match="connection refused") as caught:
            connect(place(taken.getsockname()[1]), ["127.0.0.1"], limit())
    assert "check the port" in caught.value.remedy


def test_the_next_address_is_tried(says: Callable[..., int]) -> None:
    port = says()
    with connect(place(port, "camera"), ["127.0.0.7.invalid", "127.0.0.1"], limit()) as connection:
        assert connection.getpeername()[1] == port


def test_a_machine_that_drops_what_it_gets() -> None:
    with socket.socket() as full:  # a queue of waiting connections that is full: no more are answered
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = int(full.getsockname()[1])
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.settimeout(0)
            one.connect_ex(("127.0.0.1", port))
        with pytest.raises(LayerFailed, match="no answer") as caught:
            connect(place(port), ["127.0.0.1"], limit(0.5))
        for one in waiting:
            one.close()
    assert "firewall" in caught.value.remedy


def test_tls(http_camera: Callable[..., Any], certificate: Path) -> None:
    camera = http_camera({}, pem=certificate)
    with secure(connect(place(camera.port), ["127.0.0.1"], limit()), place(camera.port), limit()) as connection:
        assert (connection.version() or "").startswith("TLSv1.")
    doubted = place(camera.port, verify=True)
    with pytest.raises(LayerFailed, match="certificate cannot be verified: self-signed certificate") as caught:
        secure(connect(doubted, ["127.0.0.1"], limit()), doubted, limit())
    assert "SSL_CERT_FILE" in caught.value.remedy


def test_a_port_without_tls(says: Callable[..., int]) -> None:
    port = says(b"RTSP/1.0 400 Bad Request\r\n\r\n")
    with pytest.raises(LayerFailed, match="does not speak TLS"):
        secure(connect(place(port), ["127.0.0.1"], limit()), place(port), limit())
