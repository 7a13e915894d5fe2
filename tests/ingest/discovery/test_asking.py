from types import ModuleType
from typing import Any

from ingest.discovery.asking import ask_devices
from ingest.discovery.facts import Answer, DeviceFacts, Failure, Login
from posestream.clock import SystemClock

Device = Any  # of tests/servers/onvif_device.py, which is loaded by its path: no static type

LOGIN = Login("viewer", "secret")


def answer_of(device: Device) -> Answer:
    return Answer(device.host, f"http://{device.host}:{device.port}/onvif/device_service", "n")


def test_nobody_is_asked() -> None:
    assert ask_devices([], LOGIN, 1.0, SystemClock()) == []


def test_each_has_its_own_time_and_the_order_stays(onvif: ModuleType) -> None:
    slow = {"GetSystemDateAndTime": onvif.trickle}
    devices = [
        onvif.started(answers_calls=False, host=f"127.0.0.{n}", answers=slow if n % 2 else {}) for n in range(1, 7)
    ]
    asked = ask_devices([answer_of(device) for device in devices], LOGIN, 4.0, SystemClock())
    assert [each.host for each in asked] == [device.host for device in devices]
    assert [type(each) for each in asked] == [Failure, DeviceFacts] * 3


def test_one_without_an_address_of_its_own_is_told() -> None:
    (failure,) = ask_devices([Answer("10.0.0.7", None, "my secret")], LOGIN, 1.0, SystemClock())
    assert isinstance(failure, Failure)
    assert str(failure.problem) == "10.0.0.7: names no address of its own for its service; try --host"
    assert failure.name == "my ***"


def test_a_login_shows_no_password() -> None:
    assert repr(LOGIN) == "Login(user='viewer')"
