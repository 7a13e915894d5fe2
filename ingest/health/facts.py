"""What is known of a camera, from one look at its status after the other."""

from collections import deque
from dataclasses import dataclass

from ingest.capture.fates import PassReason
from ingest.health.judge import CameraFacts, HealthJudge, Verdict, stall_limit
from ingest.status import CameraState, CameraStatus

_IS_DOWN = {CameraState.DOWN, CameraState.REFUSED}
_WINDOW_SECONDS = 10.0
# Over less than this a rate is chance: a network hands on frames in bursts.
_LEAST_SECONDS = 5.0
# Of fewer frames a share says nothing.
_LEAST_FRAMES = 10


@dataclass(frozen=True)
class _Count:
    seconds: float
    came: int
    damaged: int


class _Window:
    """Counts over the last seconds since something broke them off."""

    def __init__(self) -> None:
        self._counts: deque[_Count] = deque()

    def clear(self) -> None:
        self._counts.clear()

    def add(self, count: _Count) -> None:
        self._counts.append(count)
        while len(self._counts) > 1 and self._counts[1].seconds <= count.seconds - _WINDOW_SECONDS:
            self._counts.popleft()

    def fps(self) -> float | None:
        passed = self._counts[-1].seconds - self._counts[0].seconds if self._counts else 0.0
        return (self._counts[-1].came - self._counts[0].came) / passed if passed >= _LEAST_SECONDS else None

    def damaged_share(self) -> float | None:
        came = self._counts[-1].came - self._counts[0].came if self._counts else 0
        return (self._counts[-1].damaged - self._counts[0].damaged) / came if came >= _LEAST_FRAMES else None


class FactFinder:
    """Finds the facts of one camera; used by one thread.

    While nothing moves (``CameraStatus.idle``) keyframes alone are decoded: then no rate and no silence is known. A
    connect begins anew; rounds of a clip go on.
    """

    def __init__(self) -> None:
        self._rate, self._damage = _Window(), _Window()
        self._reconnects = 0

    def facts(self, status: CameraStatus, seconds: float, wanted_fps: float | None = None) -> CameraFacts:
        """Give the facts at ``seconds`` of the clock of ``last_frame_at_monotonic``.

        ``wanted_fps`` is the rate that the camera's config asks for: it is expected of a source that promises none.
        """
        is_live = status.state is CameraState.LIVE
        expected = status.source_fps or wanted_fps
        self._count(status, seconds)
        last_at = None if status.idle else status.last_frame_at_monotonic
        return CameraFacts(
            is_live=is_live,
            is_down=status.state in _IS_DOWN,
            silent_seconds=None if last_at is None else max(0.0, seconds - last_at),
            stall_seconds=stall_limit(expected),
            corrupt_share=self._damage.damaged_share(),
            skew_seconds=status.skew_seconds,
            fps=self._rate.fps(),
            expected_fps=expected,
            figures=status.figures,
        )

    def _count(self, status: CameraStatus, seconds: float) -> None:
        broken_off = status.state is not CameraState.LIVE or status.reconnects != self._reconnects
        self._reconnects = status.reconnects
        if broken_off or status.idle:
            self._rate.clear()
        if broken_off:
            self._damage.clear()
        if status.state is not CameraState.LIVE:
            return
        refused = status.passed.get(PassReason.UNDECODABLE, 0)
        if not status.idle:
            self._rate.add(_Count(seconds, status.frames_decoded, 0))
        self._damage.add(_Count(seconds, status.frames_decoded + refused, status.frames_corrupt + refused))


class CameraWatch:
    """Facts and judge of one camera; used by one thread."""

    def __init__(self) -> None:
        self._finder, self._judge = FactFinder(), HealthJudge()

    def verdict(self, status: CameraStatus, seconds: float, wanted_fps: float | None = None) -> Verdict:
        """Give the verdict at ``seconds``, monotonic; asked once a second or more often."""
        return self._judge.judge(self._finder.facts(status, seconds, wanted_fps), seconds)
