"""Scenario: cameras are unplugged again and again in five ways; each comes back, soon, and nothing is left behind."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ingest.deadlines import LiveDeadlines
from ingest.live import LiveCamera
from ingest.status import CameraState
from lab.cameras import camera, held, make_clip, wait_until
from lab.footage import server_module

KINDS = ("reset", "stall", "401", "wrong codec", "gone")
# A minute of waiting after a refused login would make hours of this; what is measured begins when the wait is over.
DEADLINES = LiveDeadlines(open_s=5.0, first_frame_s=5.0, next_frame_s=3.0, backoff_cap_s=5.0, refused_retry_s=5.0)
GOP_SECONDS = 0.4
LOGIN = ("admin", "p@s:s/#?%w")
_BREAK_SECONDS, _RETURN_SECONDS = 30.0, 60.0


@dataclass
class _Plug:
    """A camera that can be unplugged: ``pull`` and ``put`` do it."""

    kind: str
    url: str
    pull: Callable[[], None]
    put: Callable[[], None]


@dataclass
class _Log:
    """What one camera went through."""

    beyond: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def measure(folder: Path, rounds: int, seed: int, gstreamer: str | None) -> dict[str, Any]:
    """Unplug five cameras ``rounds`` times each, all at the same time.

    ``beyond``: seconds from the camera's return, or from the next connect if that began later, to its first frame.
    """
    clip = make_clip(folder / "clip.mp4")
    with ExitStack() as stack:
        plugs = [_plug(kind, clip, folder, stack, gstreamer) for kind in KINDS]
        cameras = [camera(plug.url, f"cam-{n}", DEADLINES, seed=seed + n) for n, plug in enumerate(plugs)]
        before = held()
        for one in cameras:
            stack.callback(one.stop, 10.0)
            one.start()
        for one in cameras:
            wait_until(lambda one=one: one.take() is not None, "a first frame", _RETURN_SECONDS)  # type: ignore[misc]
        warm, logs = held(), [_Log() for _ in plugs]
        threads = [
            threading.Thread(target=_suffer, args=(plug, one, log, rounds, seed + n))
            for n, (plug, one, log) in enumerate(zip(plugs, cameras, logs, strict=True))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        end = held()
        stopped = [one.stop(10.0) for one in cameras]
        after = held()
    beyond = [seconds for log in logs for seconds in log.beyond]
    return {
        "unplugs": rounds * len(plugs),
        "came_back": len(beyond),
        "beyond_p50": round(float(np.percentile(beyond, 50)), 2) if beyond else None,
        "beyond_p99": round(float(np.percentile(beyond, 99)), 2) if beyond else None,
        "gop_seconds": GOP_SECONDS,
        "total_p99": round(float(np.percentile([t for log in logs for t in log.total], 99)), 2) if beyond else None,
        "by_kind": {plug.kind: [round(s, 2) for s in log.beyond] for plug, log in zip(plugs, logs, strict=True)},
        "faults": [fault for log in logs for fault in log.faults],
        "secrets": sum(LOGIN[1] in reason or "p%40s" in reason for log in logs for reason in log.reasons),
        "reasons": sorted({reason.partition(": ")[2] for log in logs for reason in log.reasons}),
        "held": {"before": before, "warm": warm, "end": end, "after": after, "all_stopped": all(stopped)},
        "seed": seed,
    }


def _plug(kind: str, clip: Path, folder: Path, stack: ExitStack, gstreamer: str | None) -> _Plug:
    if kind == "gone" and gstreamer is not None:
        server = server_module("rtsp").RtspServer(gstreamer, clip, folder)
        server.start()
        stack.callback(server.stop)
        return _Plug(kind, server.url(), server.stop, server.start)
    peer = stack.enter_context(server_module("rtsp_peer").RtspPeer(clip, login=LOGIN))
    return _Plug(kind, peer.url(), lambda: peer.break_with(kind), peer.mend)


def _suffer(plug: _Plug, one: LiveCamera, log: _Log, rounds: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # waits
    for _ in range(rounds):
        try:
            _unplug(plug, one, log, rng)
        except AssertionError as error:
            log.faults.append(f"{plug.kind}: {error}: {one.status().state} {one.status().reason}")
            plug.put()
            return


def _unplug(plug: _Plug, one: LiveCamera, log: _Log, rng: random.Random) -> None:
    time.sleep(rng.uniform(0.5, 1.5))
    epoch = one.status().epoch
    plug.pull()
    wait_until(lambda: one.status().state is not CameraState.LIVE, "the fault to be told", _BREAK_SECONDS)
    log.reasons.append(one.status().reason or "")
    time.sleep(rng.uniform(0.2, 3.0))
    one.take()
    plug.put()
    mended_at = connected_at = time.monotonic()
    connects, ends_at = one.status().reconnects, time.monotonic() + _RETURN_SECONDS
    while True:
        status, frame = one.status(), one.take()
        now = time.monotonic()
        if frame is not None and frame.stamp.epoch > epoch:
            break
        if status.reconnects != connects:
            connects, connected_at = status.reconnects, now
        assert now < ends_at, f"waited {_RETURN_SECONDS:.0f} s for a frame"
        time.sleep(0.005)
    log.beyond.append(now - connected_at)
    log.total.append(now - mended_at)
