"""What ``posestream discover`` does: loaded when it is called, since it needs the libraries of its extra."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typer

from ingest.discovery.advice import best_profile, camera_ids, config_block, profile_text, reason_of, wanted_fps
from ingest.discovery.asking import ask_devices
from ingest.discovery.facts import Answer, DeviceFacts, Failure, Login
from ingest.discovery.named import named_device
from ingest.discovery.network import find_devices
from posestream.clock import SystemClock
from posestream.redact import redact

SKEW_SECONDS = 2.0
NOTHING = (
    "no camera answered; check that ONVIF is switched on in the camera, that it is in this subnet and VLAN, and that "
    "switch and firewall let multicast through (239.255.255.250, UDP 3702); --host ADDRESS asks one anywhere"
)


@dataclass(frozen=True)
class Where:
    """Where to look: at one host, or on an interface (None: all); ``seconds`` for answers, and for each device."""

    host: str | None
    interface: str | None
    seconds: float


def discover(where: Where, user: str | None, password: str, *, as_json: bool) -> int:
    """Look, ask, and print what was found; gives the exit code: 3 if a device could not be asked."""
    login = None if user is None else Login(user, password)
    asked = ask_devices(_answers(where), login, where.seconds, SystemClock())
    devices = [each for each in asked if isinstance(each, DeviceFacts)]
    ids = camera_ids(devices)
    chosen = [
        (camera_id, device, best)
        for camera_id, device in zip(ids, devices, strict=True)
        if (best := best_profile(device.profiles)) is not None
    ]
    block = config_block(chosen)
    if as_json:
        content = {"cameras": [_content(each) for each in asked], "config": block}
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
    for each in asked:
        _say(_lines(each) if isinstance(each, DeviceFacts) else [str(each.problem)])
    if not asked:
        _say([NOTHING])
    if block and not as_json:
        _say(["For the config file; set CAM_USER and CAM_PASSWORD where posestream runs:"])
        sys.stdout.write(block)
    sys.stdout.flush()
    return next((each.problem.exit_code for each in asked if isinstance(each, Failure)), 0)


def _answers(where: Where) -> Sequence[Answer]:
    if where.host is not None:
        return [named_device(where.host)]
    return find_devices(where.seconds, where.interface, SystemClock())


def _say(lines: list[str]) -> None:
    for line in lines:
        typer.echo(redact(line), err=True)


def _lines(device: DeviceFacts) -> list[str]:
    who = " ".join(text for text in (device.maker, device.model) if text) or device.name or "a device"
    lines = [f"{device.host}: {who}" + (f" ({device.name})" if device.name and device.name not in who else "")]
    if device.skew_seconds is not None and abs(device.skew_seconds) > SKEW_SECONDS:
        way = "ahead of" if device.skew_seconds > 0 else "behind"
        lines.append(f"  its clock is {abs(device.skew_seconds):.0f} s {way} ours: set NTP in the camera")
    best = best_profile(device.profiles)
    for profile in device.profiles:
        mark = "*" if profile is best else " "
        lines.append(f"  {mark} {profile_text(profile)}" + ("" if profile.url else ", no RTSP address"))
        if profile.other_host:
            lines.append(f"      it names the host {profile.other_host}; its own is used")
    if best is not None:
        lines.append(f"  * use this: {reason_of(best)}")
    elif device.needs_login:
        lines.append("  it tells its streams to known users only: --user NAME")
    else:
        lines.append("  it offers no video over RTSP")
    return lines


def _content(each: DeviceFacts | Failure) -> dict[str, Any]:
    if isinstance(each, Failure):
        return {"host": each.host, "name": each.name, "problem": redact(str(each.problem)), "streams": []}
    best = best_profile(each.profiles)
    return {
        "host": each.host,
        "service": each.service,
        "name": each.name,
        "maker": each.maker,
        "model": each.model,
        "firmware": each.firmware,
        "clock_skew_seconds": None if each.skew_seconds is None else round(each.skew_seconds, 1),
        "needs_login": each.needs_login,
        "problem": None,
        "streams": [
            {
                "name": profile.name,
                "codec": profile.codec,
                "width": profile.width,
                "height": profile.height,
                "fps": profile.fps,
                "url": profile.url,
                "use": profile is best,
                "look_at_fps": wanted_fps(profile),
            }
            for profile in each.profiles
        ],
    }
