"""Devices asked as the command asks them."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.discovery.asking import ask_devices
from ingest.discovery.facts import Answer, DeviceFacts, Failure, Login
from posestream.clock import SystemClock


@pytest.fixture
def ask() -> Callable[..., DeviceFacts | Failure]:
    """``ask(device, login=…, seconds=…)`` asks a tests/servers/onvif_device.py Device."""

    def of(
        device: Any,  # noqa: ANN401  # loaded by path: no static type
        login: tuple[str, str] | None = ("viewer", "secret"),
        seconds: float = 20.0,
    ) -> DeviceFacts | Failure:
        url = f"http://{device.host}:{device.port}/onvif/device_service"
        known = None if login is None else Login(*login)
        (facts,) = ask_devices([Answer(device.host, url, device.name)], known, seconds, SystemClock())
        return facts

    return of
