"""Scenario: many cameras, one a black hole, one flooding garbage; the others lose next to nothing."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ingest.deadlines import LiveDeadlines
from ingest.live import LiveCamera
from ingest.status import CameraState
from lab.cameras import camera, make_clip, peers, wait_until
from posestream.schemas import FrameStamp

RATE, FPS = 10, 5
_START_SECONDS = 120.0


def measure(folder: Path, cameras: int, seconds: float) -> dict[str, Any]:
    """Read so many cameras for a while; ``lost``: share of each good one's frames that were not taken.

    ``lag``: by how much its pictures' time fell behind ours, seconds.
    """
    clip = make_clip(folder / "clip.mp4", frames=40, rate=RATE)
    with ExitStack() as stack:
        hole, flood = stack.enter_context(peers(clip, "hole", "garbage"))
        (good,) = stack.enter_context(peers(clip, "none"))
        urls = [hole, flood, *[good] * (cameras - 2)]
        made = [camera(url, f"cam-{n}", LiveDeadlines(), seed=n, fps=FPS) for n, url in enumerate(urls)]
        for one in made:
            stack.callback(one.stop, 10.0)
            one.start()
        for one in made[2:]:
            wait_until(lambda one=one: one.take() is not None, "all cameras to be live", _START_SECONDS)  # type: ignore[misc]
        taken = _take(made[2:], seconds)
        bad = [one.status() for one in made[:2]]
        reconnects = [one.status().reconnects for one in made[2:]]
    lost = [_lost(stamps) for stamps in taken]
    return {
        "cameras": cameras,
        "seconds": seconds,
        "lost_most": round(max(lost), 4),
        "lost_each": [round(share, 4) for share in lost],
        "lag_most": round(max(_lag(stamps) for stamps in taken), 2),
        "reconnects": sum(reconnects),
        "bad_states": [status.state.value for status in bad],
        "bad_down": all(status.state is not CameraState.LIVE for status in bad),
    }


def _take(cameras: list[LiveCamera], seconds: float) -> list[list[FrameStamp]]:
    taken: list[list[FrameStamp]] = [[] for _ in cameras]
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        for one, stamps in zip(cameras, taken, strict=True):
            frame = one.take()
            if frame is not None:
                stamps.append(frame.stamp)
        time.sleep(0.002)
    return taken


def _lost(stamps: list[FrameStamp]) -> float:
    wanted = round((stamps[-1].pts_seconds - stamps[0].pts_seconds) * FPS) + 1
    return 1 - len(stamps) / wanted


def _lag(stamps: list[FrameStamp]) -> float:
    passed = (stamps[-1].captured_at_ns - stamps[0].captured_at_ns) / 1e9
    return passed - (stamps[-1].pts_seconds - stamps[0].pts_seconds)
