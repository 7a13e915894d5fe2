"""Which frames are taken, decided by their presentation times alone."""


class FrameSampler:
    """Takes ``fps`` frames a second, evenly spaced and without drift.

    Due times lie on the grid first pts + n / fps; the frame nearest to a due time is taken, so a camera that
    jitters around the wanted rate loses none. With ``fps`` None or above the source's rate all are taken.
    """

    def __init__(self, fps: float | None) -> None:
        self._fps = fps
        self._origin = 0.0
        self._taken_slots = 0
        self._last: float | None = None
        self._interval = 0.0

    def take(self, pts_seconds: float | None) -> bool:
        """Say whether the frame of this time is taken; times of None follow the last one by its interval."""
        if self._fps is None:
            return True
        if self._last is None:
            return self._restart(0.0 if pts_seconds is None else pts_seconds)
        now = self._last + self._interval if pts_seconds is None else pts_seconds
        step = now - self._last
        if step < 0:  # the source's time went back: a new grid
            return self._restart(now)
        self._last, self._interval = now, step
        # The last slot that is due half an interval from now; half a slot at most, or a gap would take the future.
        ahead = min(step, 1 / self._fps) / 2
        slot = int((now - self._origin + ahead) * self._fps + 1e-6)
        if slot <= self._taken_slots:
            return False
        self._taken_slots = slot
        return True

    def _restart(self, pts_seconds: float) -> bool:
        self._origin = self._last = pts_seconds
        self._taken_slots = 0
        return True
