"""Cameras whose events are passed over for long: a clock that was set back would silence them without a word."""

from posestream.clock import Clock
from posestream.logs import get_log
from posestream.schemas import FrameStamp

MOST_IN_A_ROW = 50
TOLD_SECONDS = 60.0
_MOST_CAMERAS = 10_000


class PassedOver:
    """Counts the events of each camera that are of an older epoch than its last one; warns, once a minute at most."""

    def __init__(self, service: str, clock: Clock) -> None:
        self._service, self._clock = service, clock
        self._rows: dict[str, int] = {}
        self._told_at: dict[str, float] = {}

    def note(self, stamp: FrameStamp, epoch: int) -> None:
        """Note an event that is passed over; ``epoch`` is that of the camera's last one."""
        camera = stamp.camera_id
        if camera not in self._rows and len(self._rows) >= _MOST_CAMERAS:
            return
        self._rows[camera] = self._rows.get(camera, 0) + 1
        now = self._clock.monotonic()
        if self._rows[camera] <= MOST_IN_A_ROW or now - self._told_at.get(camera, -TOLD_SECONDS) < TOLD_SECONDS:
            return
        self._told_at[camera] = now
        get_log(self._service).warning(
            "passed_over",
            camera=camera,
            events=self._rows[camera],
            reason=f"epoch {stamp.epoch} is older than the last one, {epoch}: was the clock of ingest set back, or "
            "does a second ingest send this camera? set the clock right and start ingest again",
        )

    def end(self, camera: str) -> None:
        """Note that an event of the camera was worked through."""
        if self._rows.pop(camera, None) is not None:
            self._told_at.pop(camera, None)
