"""``posestream ingest --once``: recordings from beginning to end, every frame, none dropped.

Frames are stamped as ``posestream analyze`` does: epoch 0, times from the file, frame_index in the file; a camera's
``fps`` means nothing here. They go as JPEG, whatever ``kafka.transport`` says, and at least once: an idempotent
producer, and reading waits for the broker. It waits for the infer workers, too, once these have begun: Kafka keeps
frames for a minute only. Workers that come later must have ``kafka.max_frame_age: 0s`` to read what lies there.
"""

from collections.abc import Sequence

from ingest.account import FrameAccount, FrameCounts
from ingest.backlog import InferBacklog
from ingest.camera_figures import CameraFigures
from ingest.camera_health import CameraHealthReport
from ingest.plan import CameraPlan
from ingest.recording import Recording, open_recording
from ingest.sender import CameraLook
from ingest.status import CameraState, CameraStatus
from posestream.errors import InputError
from posestream.jpeg import encode_jpeg
from posestream.logs import get_log
from posestream.messaging.frame_message import JPEG, frame_headers
from posestream.messaging.topics import FRAMES
from posestream.schemas import Frame
from posestream.service import Service

# So few frames are on their way at a time: they stay far below the 48 MB that the producer holds.
MOST_WAITING = 32
# Workers that answer 5 frames a second are through with these before Kafka deletes them.
MOST_BACKLOG = 200
_BACKLOG_EVERY = 32
_TURN_SECONDS = 0.2
_PROGRESS_SECONDS = 5.0


def send_once(service: Service, plans: Sequence[CameraPlan]) -> int:
    """Send all recordings, one after the other; gives the exit code, 130 or 143 when it was interrupted.

    Raises:
        InputError: after all are through, if one could not be read wholly.
        DependencyError: if the broker refuses a frame.
    """
    figures = CameraFigures(service.metrics, tuple(plan.settings.camera_id for plan in plans), service.clock)
    health = CameraHealthReport(service.producer, service.config.site, service.worker, service.clock)
    problems = []
    with InferBacklog(service.config.kafka) as backlog:
        for plan in plans:
            if service.stop.is_set():
                break
            sending = _Sending(service, plan, figures, health, backlog)
            try:
                with open_recording(plan.source, plan.settings) as recording:
                    problem = sending.send_all(recording)
            except InputError as exc:
                problem = str(exc)
            sending.finish()
            if problem and not service.stop.is_set():
                problems.append(f"camera '{plan.settings.camera_id}': {problem}")
    if problems and not service.signals.exit_code:
        raise InputError("\n".join(problems))
    return service.signals.exit_code


class _Sending:
    """One recording on its way."""

    def __init__(
        self,
        service: Service,
        plan: CameraPlan,
        figures: CameraFigures,
        health: CameraHealthReport,
        backlog: InferBacklog,
    ) -> None:
        self._service, self._plan = service, plan
        self._figures, self._health = figures, health
        self._camera_id = plan.settings.camera_id
        self._log = get_log("ingest").bind(camera=self._camera_id)
        self._account = FrameAccount()
        self._backlog = backlog
        self._sent = 0
        self._told_at = service.clock.monotonic()

    def send_all(self, recording: Recording) -> str | None:
        """Send every frame; gives what was lost of the recording, None if nothing was."""
        for frame in recording:
            if self._service.stop.is_set():
                break
            self._send(frame)
            self._show()
            self._progress(recording.expected_frames)
        report = recording.report
        return None if report.complete else f"{self._plan.source.label}: {report.reason}"

    def finish(self) -> None:
        """Wait until the broker has all of it, and say so."""
        self._wait_for(0)
        look = self._look(CameraState.DOWN)
        self._figures.show(look)
        self._health.tell_stopped(look)
        self._log.info("sent", frames=look.counts.delivered, of=look.counts.produced)

    def _send(self, frame: Frame) -> None:
        service, stamp = self._service, frame.stamp
        self._wait_for(MOST_WAITING)
        if self._sent % _BACKLOG_EVERY == 0:
            self._wait_for_workers()
        value = encode_jpeg(frame.image, service.config.kafka.jpeg_quality)
        headers = frame_headers(stamp, JPEG, keyframe=True)
        service.producer.send(FRAMES, stamp.camera_id, value, headers, self._account.note_delivered)
        self._sent += 1

    def _wait_for(self, most: int) -> None:
        """Wait until at most so many messages are on their way, or the end is asked for."""
        while self._service.producer.waiting > most and not self._service.stop.is_set():
            self._service.producer.flush(_TURN_SECONDS)
            self._show()

    def _wait_for_workers(self) -> None:
        """Wait while the infer workers, if there are any, are far behind."""
        while (behind := self._backlog.frames() or 0) > MOST_BACKLOG and not self._service.stop.wait(_TURN_SECONDS):
            self._show()
            self._progress(None, waits_for_infer=behind)

    def _show(self) -> None:
        self._service.readiness.turn()
        look = self._look(CameraState.LIVE)
        self._figures.show(look, self._health.tell(look))

    def _progress(self, expected: int | None, **more: int) -> None:
        now = self._service.clock.monotonic()
        if now - self._told_at >= _PROGRESS_SECONDS:
            self._told_at = now
            self._log.info("sending", frames=self._sent, of=expected or "?", **more)

    def _look(self, state: CameraState) -> CameraLook:
        fates = self._account.fates()
        sent = self._sent
        status = CameraStatus(
            state=state,
            reason=None,
            epoch=0,
            frames_decoded=sent,
            frames_sampled=sent,
            frames_dropped=0,
            reconnects=0,
            source_fps=None,
            last_frame_at_monotonic=None,
        )
        return CameraLook(self._camera_id, status, FrameCounts(sent, fates.delivered, fates.dropped))
