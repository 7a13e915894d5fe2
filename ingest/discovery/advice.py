"""Which of a camera's streams to use, and the block for the config file. Pure."""

import json
import re
from collections.abc import Iterable, Sequence

from ingest.discovery.facts import DeviceFacts, StreamProfile

ENOUGH_WIDTH = 640
SLOWEST_FPS, FASTEST_FPS = 5.0, 15.0
_OTHERS = re.compile(r"[^A-Za-z0-9_.-]+")


def best_profile(profiles: Iterable[StreamProfile]) -> StreamProfile | None:
    """Give the smallest stream that is wide enough and not too slow: the sub-stream, as a rule; None without any.

    What is decoded is scaled to 640 pixels and sampled at 5 frames a second, so everything above costs and gives
    nothing. Where none is wide enough the largest is taken; where sizes are equal, the rate nearest to 5..15.
    """
    usable = [profile for profile in profiles if profile.url is not None]
    return min(usable, key=_cost, default=None)


def reason_of(profile: StreamProfile) -> str:
    """Say why this stream, and what could be set better in the camera."""
    if not profile.width:
        return "it does not tell its size"
    if profile.width < ENOUGH_WIDTH:
        return f"none is {ENOUGH_WIDTH} pixels wide: set one to {ENOUGH_WIDTH} or a little more in the camera"
    reason = f"the smallest of at least {ENOUGH_WIDTH} pixels in width"
    if profile.fps is not None and not SLOWEST_FPS <= profile.fps <= FASTEST_FPS:
        reason += f"; {SLOWEST_FPS:g} to {FASTEST_FPS:g} fps would do: set it in the camera"
    return reason


def camera_ids(devices: Sequence[DeviceFacts]) -> list[str]:
    """Give an id for each that a config accepts, all different: model and host."""
    ids: list[str] = []
    for device in devices:
        host = _OTHERS.sub("-", device.host)
        model = _OTHERS.sub("-", device.model or device.name).strip("-_.")[: 60 - len(host)] or "camera"
        plain = f"{model}-{host}"[:60].strip("-_.")
        number = next(n for n in range(1, len(ids) + 2) if _numbered(plain, n) not in ids)
        ids.append(_numbered(plain, number))
    return ids


def config_block(cameras: Sequence[tuple[str, DeviceFacts, StreamProfile]]) -> str:
    """Give the section ``cameras`` of a config file as YAML; "" for none. No login is in it, only placeholders."""
    if not cameras:
        return ""
    lines = ["cameras:"]
    for camera_id, device, profile in cameras:
        who = " ".join(text for text in (device.maker, device.model or device.name) if text) or "camera"
        lines += [
            f"  # {who} at {device.host}: {profile_text(profile)}",
            f"  - id: {json.dumps(camera_id)}",
            f"    url: {json.dumps(profile.url)}",
            f"    fps: {wanted_fps(profile):g}",
        ]
    return "\n".join(lines) + "\n"


def wanted_fps(profile: StreamProfile) -> float:
    """Give the frames a second to look at: 5, or what the stream has if that is less."""
    return SLOWEST_FPS if profile.fps is None else min(SLOWEST_FPS, profile.fps)


def profile_text(profile: StreamProfile) -> str:
    """Give name, codec, size and rate in a line."""
    size = f"{profile.width}x{profile.height}" if profile.width else "size not told"
    rate = "rate not told" if profile.fps is None else f"{profile.fps:g} fps"
    return f"{profile.name or 'without a name'}, {profile.codec or 'codec not told'}, {size}, {rate}"


def _cost(profile: StreamProfile) -> tuple[bool, bool, int, float]:
    pixels = profile.width * profile.height
    narrow = profile.width < ENOUGH_WIDTH
    fps = SLOWEST_FPS if profile.fps is None else profile.fps
    away = max(SLOWEST_FPS - fps, fps - FASTEST_FPS, 0.0)
    return narrow, fps < SLOWEST_FPS, -pixels if narrow else pixels, away


def _numbered(plain: str, number: int) -> str:
    return plain if number == 1 else f"{plain}-{number}"
