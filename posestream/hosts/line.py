"""One camera's line through the embedded pipeline: capture, stages, figures."""

import random
from collections.abc import Callable
from dataclasses import replace

from ingest.health.facts import CameraWatch
from ingest.health.judge import WELL
from ingest.live import LiveCamera
from ingest.settings import settings_of
from ingest.source import Source
from ingest.status import CameraState, CameraStatus
from posestream.clock import Clock
from posestream.config import CameraConfig, RuleConfig
from posestream.config.changes import is_recaptured
from posestream.hosts.governor import spoken
from posestream.hosts.meter import SecondMeter
from posestream.hosts.stages import CameraStages
from posestream.schemas import Alert, Frame, FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import Skeleton
from postprocess.rules import CameraReport
from sinks.camera_second import CameraSecond
from sinks.serve.figures import CameraFigures

_OLD_SECONDS = 2.0  # so long a new capture waits for the old one's end: some cameras have one viewer only
PLAIN_STATES = {
    CameraState.CONNECTING: "connecting",
    CameraState.LIVE: "live",
    CameraState.DOWN: "down",
    CameraState.REFUSED: "down",
}


class CameraLine:
    """Owns a camera, its stages and its meter; used by the pipeline's one thread."""

    def __init__(
        self,
        source: Source,
        camera: CameraConfig,
        rules: tuple[RuleConfig, ...],
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self.camera = camera
        self.source = source
        self.stages = CameraStages(camera, rules)
        self._clock, self._wake = clock, wake
        self.capture = self._new_capture()
        self._started = False
        self._old_capture: LiveCamera | None = None
        self._old_ends_at = 0.0
        self._meter = SecondMeter()
        self._stamp: FrameStamp | None = None
        self._moved_at = 0.0
        self._persons = 0
        self._watch, self._verdict = CameraWatch(), WELL
        self._decoded = self._dropped = self._left_out = 0

    def start(self) -> None:
        """Begin to capture once the capture before a change has ended or has been given up; never waits."""
        if self._started:
            return
        old = self._old_capture
        if old is None or old.stop(0.0) or self._clock.monotonic() >= self._old_ends_at:
            self._started, self._old_capture = True, None
            self.capture.start()

    def change(self, source: Source, camera: CameraConfig, rules: tuple[RuleConfig, ...]) -> None:
        """Go on as another config says; the camera is opened anew only if its picture is another one.

        Tracks and alerts go on in both cases, as after a reconnect.
        """
        anew = source != self.source or is_recaptured(self.camera, camera)
        self.source, self.camera = source, camera
        self.stages.change(camera, rules)
        if not anew:
            return
        if self._started:
            self._old_capture, self._old_ends_at = self.capture, self._clock.monotonic() + _OLD_SECONDS
            self.capture.stop(0.0)
        self._left_out += self.capture.status().frames_dropped
        self.capture, self._started = self._new_capture(), False
        self._decoded = self._dropped = 0
        self.start()

    def _new_capture(self) -> LiveCamera:
        settings = settings_of(self.camera)
        return LiveCamera(self.source, settings, self._clock, random.Random(), self._wake)  # noqa: S311  # jitter, no secret

    def answer(self, frame: Frame, poses: Poses) -> tuple[Tracks, tuple[Alert, ...]]:
        """Take a frame's poses through tracker and rules."""
        tracks = self.stages.follow(poses)
        alerts = self.stages.judge(tracks)
        self._persons = int(tracks.confirmed.sum())
        self.capture.note_persons(present=self._persons > 0)
        self._stamp, self._moved_at = frame.stamp, self._clock.monotonic()
        self._meter.add(poses, self._persons, (self._clock.wall_ns() - frame.stamp.captured_at_ns) / 1e6)
        return tracks, alerts

    def beat(self, skeleton: Skeleton, model: str) -> tuple[Alert, ...]:
        """Let time pass for tracks and rules when no frame came for a second; gives the alerts that changed."""
        stamp, now = self._stamp, self._clock.monotonic()
        passed = now - self._moved_at
        if stamp is None or passed < 1.0 or self._frame_waits():
            return ()
        # Counted on from the last frame's own time: with slow inference now is later than the next frame's time.
        later = replace(
            stamp,
            captured_at_ns=stamp.captured_at_ns + round(passed * 1e9),
            pts_seconds=stamp.pts_seconds + passed,
            time_source=TimeSource.ARRIVAL,
        )
        tracks = self.stages.follow(Poses.empty(later, skeleton, model, inferred=False))
        self._persons = min(self._persons, len(tracks))  # nobody looked: who was there is until the track ends
        self._stamp, self._moved_at = later, now
        return self.stages.judge(tracks)

    def second(self, second_utc: int, seconds: float) -> tuple[CameraSecond, CameraStatus, int, float]:
        """Give the last second's figures, the camera's status, frames dropped and frames a second decoded in it."""
        status = self.capture.status()
        dropped, decoded = status.frames_dropped - self._dropped, status.frames_decoded - self._decoded
        self._dropped, self._decoded = status.frames_dropped, status.frames_decoded
        return self._meter.read(self.camera.id, second_utc, seconds), status, dropped, decoded / seconds

    def judge_health(self, status: CameraStatus) -> tuple[Alert, ...]:
        """Judge how the camera itself is; to be asked once a second. Gives the alerts that changed with it."""
        self._verdict = self._watch.verdict(status, self._clock.monotonic(), self.camera.fps)
        reasons = [reason.value for reason in self._verdict.reasons]
        now_ns = self._clock.wall_ns()
        report = CameraReport.told(self.camera.id, status.epoch, now_ns, status.state.value, reasons)
        return self.stages.judge_report(report)

    def _frame_waits(self) -> bool:
        status = self.capture.status()
        return status.frames_sampled > status.frames_delivered + status.frames_dropped

    def figures(
        self, second: CameraSecond, status: CameraStatus, fps_in: float, model: str, detector_every: int
    ) -> CameraFigures:
        """Give what the page shows."""
        live = status.state is CameraState.LIVE
        wanted = min(self.camera.fps, status.source_fps or self.camera.fps)
        return CameraFigures(
            camera_id=self.camera.id,
            label=self.camera.id,  # alerts and logs name it so, too
            state=PLAIN_STATES[status.state],
            reason="" if live else status.reason or "",
            persons=self._persons if live else 0,
            fps_in=fps_in,
            fps_out=second.fps or 0.0,
            latency_ms=second.age_ms,
            inference_ms=second.inference_ms,
            dropped=self._left_out + status.frames_dropped,
            width=self._stamp.width if self._stamp else 0,
            height=self._stamp.height if self._stamp else 0,
            zones=self.camera.zones,
            model=model,
            score=self._verdict.score,
            troubles=tuple(reason.value for reason in self._verdict.reasons),
            note=spoken(detector_every, second.fps or 0.0, wanted) if live and second.frames else "",
        )
