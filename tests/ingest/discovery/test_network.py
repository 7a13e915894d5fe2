"""On loopback multicast, as no other network is sure to be there."""

from types import ModuleType

import pytest

from ingest.discovery import network
from ingest.discovery.network import find_devices
from posestream.clock import SystemClock
from posestream.errors import InputError, UsageError


def found(seconds: float = 1.5) -> list[tuple[str, str | None]]:
    return [(answer.host, answer.url) for answer in find_devices(seconds, "lo", SystemClock())]


@pytest.mark.usefixtures("onvif")
def test_nobody_is_there() -> None:
    assert found(0.3) == []


def test_each_device_is_found_once(onvif: ModuleType) -> None:
    devices = [onvif.started(host=host) for host in ("127.0.0.3", "127.0.0.2")]
    expected = [(device.host, f"http://{device.host}:{device.port}/onvif/device_service") for device in devices]
    assert found() == sorted(expected)


def test_traps_hide_nobody(onvif: ModuleType) -> None:
    def traps(message: str) -> list[bytes]:
        good = onvif.probe_match(message, "http://127.0.0.4:1/a")
        return [
            b"",
            b"\xff" * 60_000,
            onvif.probe_match(message, "http://127.0.0.4/b", declared='<!DOCTYPE a [<!ENTITY b "c">]>'),
            # one that ends the thread of a library that we did not take
            good.replace(b"<s:Header>", b'<s:Header><d:AppSequence InstanceId="x" MessageNumber="y"/>'),
            onvif.probe_match(message, "http://10.9.9.9/b"),
        ]

    onvif.started(host="127.0.0.4", probe_answer=traps)
    other = onvif.started(host="127.0.0.5")
    assert found() == [
        ("127.0.0.4", "http://127.0.0.4:1/a"),
        ("127.0.0.5", f"http://127.0.0.5:{other.port}/onvif/device_service"),
    ]


def test_one_who_names_no_address_of_its_own_is_told(onvif: ModuleType) -> None:
    onvif.started(xaddrs="http://10.9.9.9/onvif/device_service")
    assert found() == [("127.0.0.1", None)]


def test_a_flood_of_devices_is_cut(onvif: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "MOST_DEVICES", 5)

    def many(message: str) -> list[bytes]:
        return [onvif.probe_match(message, f"http://127.0.0.1:{port}/a") for port in range(1, 50)]

    onvif.started(probe_answer=many)
    assert len(found()) == 5


def test_an_unknown_interface_is_told() -> None:
    with pytest.raises(UsageError, match=r"^--interface: no such network interface here, wanted one of .*\blo\b"):
        find_devices(1.0, "eth99", SystemClock())


def test_a_machine_without_a_network_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_interfaces", lambda _name: [])
    with pytest.raises(InputError, match=r"^the call for cameras could be sent on no network interface; is one up\?"):
        find_devices(0.3, None, SystemClock())
