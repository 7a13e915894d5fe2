"""When a frame was captured: by the camera's clock where that can be believed, else when it arrived here."""

from collections import deque
from dataclasses import dataclass
from statistics import median

from ingest.event_line import EventLine
from posestream.schemas import TimeSource

_NS = 1_000_000_000
_US = 1_000

# A frame is here after it was captured: encoder, network and buffers take up to some seconds, a stalled connection
# more. It cannot be here before; what seems so is the inexactness of two clocks that are both kept by NTP.
_OLDEST_SECONDS = -10.0
_NEWEST_SECONDS = 0.5
_BELIEVED_AFTER_SECONDS = 5.0
_JUMP_SECONDS = 1.0
_SKEW_FRAMES = 101
_MAX_DRIFT = 200e-6  # crystals are within 100 ppm, each of the two


@dataclass(frozen=True)
class Arrival:
    """When something was here: by our wall clock, which may be set, and in seconds that never jump."""

    wall_ns: int
    monotonic: float


@dataclass(frozen=True)
class CaptureTime:
    """When a frame was captured, and how that is known.

    captured_at_ns: UTC nanoseconds, later than every one before. skew_seconds: the camera's clock minus ours, less
    the way of the picture to us (median of the last 101 frames); None while the camera tells no time. jumped: the
    camera's timestamps have jumped with this frame, so that what follows is another stream.
    """

    captured_at_ns: int
    source: TimeSource
    skew_seconds: float | None
    jumped: bool


class CaptureClock:
    """Tells when the frames of one camera were captured; one object over all of its connects, pure.

    The camera's time is that of its first RTCP sender report, carried on by the frames' timestamps; libavformat
    reads no later report, so the slow drift between the timestamps and our clock is taken out (200 ppm at most).
    It is used while it lies 0 to 10 s before the arrival (0.5 s after it is allowed), at first after 5 s of that and
    again 5 s after it did not. Else the arrival counts, so no clock that is ahead of ours is ever used.
    Timestamps that jump by more than a second lose their meaning until the next connect.
    """

    def __init__(self) -> None:
        self._line = EventLine()
        self._wall_minus_monotonic: float | None = None
        self.connected()

    @property
    def ahead_seconds(self) -> float:
        """How far event time lies ahead of what it should be, after a clock was set back."""
        return self._line.ahead_seconds

    def connected(self) -> None:
        """Forget what the last connection said of the camera's time; event time goes on."""
        self._skews: deque[float] = deque(maxlen=_SKEW_FRAMES)
        self._last_pts: float | None = None
        self._last_at: float | None = None
        self._trim = 0.0
        self._sane_since: float | None = None
        self._usual_skew: float | None = None
        self._jumped = False

    def frame(self, arrival: Arrival, pts_seconds: float | None, start_realtime_us: int | None) -> CaptureTime:
        """Tell when the frame was captured.

        Args:
            arrival: when its packet was here.
            pts_seconds: its timestamp; None = it has none yet (first frame over RTSP), which is not 0.
            start_realtime_us: ``InputContainer.start_time_realtime``: UTC microseconds of timestamp 0, None before
                the first sender report.
        """
        self._notice_set_clock(arrival)
        jumped = self._jumps(pts_seconds, arrival.monotonic)
        wanted_ns = None
        if start_realtime_us is not None and pts_seconds is not None and not self._jumped:
            wanted_ns = self._by_camera(arrival, start_realtime_us * _US + round(pts_seconds * _NS))
        self._last_at = arrival.monotonic
        captured_ns = self._line.place(arrival.wall_ns if wanted_ns is None else wanted_ns, arrival.monotonic)
        source = TimeSource.ARRIVAL if wanted_ns is None else TimeSource.RTCP
        return CaptureTime(captured_ns, source, self._skew(), jumped)

    def moment(self, now: Arrival) -> int:
        """Give event time for now, when no frame came: as far behind our clock as the frames are."""
        self._notice_set_clock(now)
        behind = self._skew() if self._usual_skew is not None else None
        return self._line.place(now.wall_ns + round((behind or 0.0) * _NS), now.monotonic)

    def _by_camera(self, arrival: Arrival, told_ns: int) -> int | None:
        """Give the time the camera tells if it can be believed; learns its skew and its drift."""
        if told_ns < 0:  # before 1970: its clock was never set
            return None
        self._follow_drift(arrival.monotonic)
        mapped_ns = told_ns + round(self._trim * _NS)
        skew = (mapped_ns - arrival.wall_ns) / _NS
        self._skews.append(skew)
        if not _OLDEST_SECONDS <= skew <= _NEWEST_SECONDS:
            self._doubt()
            return None
        if self._sane_since is None:
            self._sane_since = arrival.monotonic
        if arrival.monotonic - self._sane_since < _BELIEVED_AFTER_SECONDS:
            return None
        if self._usual_skew is None:
            self._usual_skew = self._skew()
        return mapped_ns

    def _follow_drift(self, monotonic: float) -> None:
        skew = self._skew()
        if self._usual_skew is None or self._last_at is None or skew is None:
            return
        most = _MAX_DRIFT * max(0.0, monotonic - self._last_at)
        self._trim += min(max(self._usual_skew - skew, -most), most)

    def _notice_set_clock(self, arrival: Arrival) -> None:
        """Our clock was set: what was learnt against it is worth nothing."""
        difference = arrival.wall_ns / _NS - arrival.monotonic
        before, self._wall_minus_monotonic = self._wall_minus_monotonic, difference
        if before is not None and abs(difference - before) > _NEWEST_SECONDS:
            self._skews.clear()
            self._doubt()

    def _doubt(self) -> None:
        self._sane_since = self._usual_skew = None

    def _jumps(self, pts_seconds: float | None, monotonic: float) -> bool:
        """A step of the timestamps by over a second that is none of the time that has passed, or back by one."""
        if pts_seconds is None:
            return False
        before, self._last_pts = self._last_pts, pts_seconds
        if before is None or self._last_at is None:
            return False
        step = pts_seconds - before
        jumps = step < -_JUMP_SECONDS or step - max(0.0, monotonic - self._last_at) > _JUMP_SECONDS
        if jumps:
            self._jumped = True
            self._skews.clear()
            self._doubt()
        return jumps

    def _skew(self) -> float | None:
        return median(self._skews) if self._skews else None
