"""What became of the frames: received = answered + dropped by reason + unusable, exactly."""

import threading
from collections import Counter
from enum import StrEnum

from posestream.telemetry.metrics import Metrics

NOT_READ = "-"
"""Stands for the camera of messages that were passed over unread; no camera can have this name."""
MOST_CAMERAS, OTHER_CAMERA = 2000, "other"
"""Names come in messages and must not fill the memory: beyond so many they share one label."""


class Dropped(StrEnum):
    """Why a frame got no answer."""

    OLD = "old"  # older than kafka.max_frame_age
    NEWER = "newer"  # a newer frame of the camera came before it was looked at
    BEFORE_KEYFRAME = "before_keyframe"  # a packet that cannot be decoded without those before it
    NOT_SAMPLED = "not_sampled"  # decoded, but not one of the camera's fps
    CORRUPT = "corrupt"  # a packet that the video decoder refuses
    REVOKED = "revoked"  # its partition went to another worker, which reads it again
    STOPPED = "stopped"  # the service ended; whoever comes next reads it again


class FrameAccounts:
    """Counts each frame once when it comes and once when its fate is known; safe for threads.

    ``received`` are readable frames with a picture. Passed over unread (``skipped``) are messages of any kind, not
    received; they are told as dropped, old, of the camera ``-``. Beats and messages that are none are apart.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._lock = threading.Lock()
        self._totals: Counter[str] = Counter()
        self._reasons: Counter[Dropped] = Counter()
        self._cameras: set[str] = set()
        self._received = metrics.counter("frames_received", "Frames with a picture that were read", ("camera",))
        self._answered = metrics.counter("frames_answered", "Frames that were looked at", ("camera",))
        self._dropped = metrics.counter("frames_dropped", "Frames without an answer, and why", ("camera", "reason"))
        self._beats = metrics.counter("beats_received", "Signs of ingest that time passes without a frame", ("camera",))

    def received(self, camera: str) -> None:
        """Count a frame that came."""
        self._add("received")
        self._received.labels(camera=self._label(camera)).inc()

    def beat(self, camera: str) -> None:
        """Count a beat that came."""
        self._add("beats")
        self._beats.labels(camera=self._label(camera)).inc()

    def skipped(self, count: int) -> None:
        """Count messages that were passed over unread, since they are too old."""
        if count:
            self._add("skipped", count)
            self._dropped.labels(camera=NOT_READ, reason=Dropped.OLD).inc(count)

    def answered(self, camera: str) -> None:
        """Count a frame whose poses were sent."""
        self._add("answered")
        self._answered.labels(camera=self._label(camera)).inc()

    def dropped(self, camera: str, reason: Dropped) -> None:
        """Count a frame that gets no answer."""
        with self._lock:
            self._totals["dropped"] += 1
            self._reasons[reason] += 1
        self._dropped.labels(camera=self._label(camera), reason=reason).inc()

    def unusable(self, *, received: bool) -> None:
        """Count a dead letter; ``received`` if it was counted as a frame before its picture proved broken."""
        self._add("unusable" if received else "unreadable")

    @property
    def too_much(self) -> int:
        """Frames so far that were dropped since inference is slower than the cameras."""
        with self._lock:
            return self._reasons[Dropped.NEWER] + self._reasons[Dropped.OLD]

    def summary(self) -> dict[str, int]:
        """Give all totals, and ``open``: received, but its fate is not known (0 once the service has ended)."""
        with self._lock:
            totals = {name: self._totals[name] for name in _TOTALS}
            reasons = {f"dropped_{reason}": count for reason, count in sorted(self._reasons.items()) if count}
        ended = totals["answered"] + totals["dropped"] + totals["unusable"]
        return totals | reasons | {"open": totals["received"] - ended}

    def _label(self, camera: str) -> str:
        with self._lock:
            if len(self._cameras) < MOST_CAMERAS:
                self._cameras.add(camera)
            return camera if camera in self._cameras else OTHER_CAMERA

    def _add(self, name: str, count: int = 1) -> None:
        with self._lock:
            self._totals[name] += count


_TOTALS = ("received", "answered", "dropped", "unusable", "unreadable", "beats", "skipped")
