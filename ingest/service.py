"""``posestream ingest``: cameras in, frames on their topic, and how the cameras are on the health topic.

Frames are sent at most once, the newest first; each that is not sent is counted with its reason. A camera that is
silent gives a beat a second: a frame without a picture, so that later stages have a clock. Cameras are added, changed
and removed while it runs, as the config file says.
"""

from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaError

from ingest.camera_figures import CameraFigures
from ingest.camera_health import CameraHealthReport
from ingest.camera_set import CameraSet, camera_ids
from ingest.frames_producer import FramesProducer
from ingest.jpeg_sender import JpegSender
from ingest.once import send_once
from ingest.packet_sender import PacketSender
from ingest.persons_heard import PersonsHeard
from ingest.plan import CameraPlan, camera_plans, changed_plans
from ingest.sender import CameraLook, CameraSender
from ingest.source import SourceKind
from posestream.config import Config
from posestream.config.changes import ConfigChanges
from posestream.following import following
from posestream.logs import get_log
from posestream.messaging.frame_message import FrameMessage
from posestream.messaging.topics import FRAMES
from posestream.service import Service, ServiceOptions, running
from posestream.telemetry.readiness import BROKER

_LOOK_SECONDS = 0.2


@dataclass
class _Wanted:
    """The cameras that are to be read; replaced as a whole, from another thread."""

    plans: tuple[CameraPlan, ...]

    def take(self, config: Config, _changes: ConfigChanges) -> None:
        self.plans = changed_plans(config)

    def ids(self) -> tuple[str, ...]:
        return camera_ids(self.plans)


def serve(config: Config, options: ServiceOptions, *, once: bool = False, path: Path | None = None) -> int:
    """Read the config's cameras until the end is asked for; ``once``: each recording from beginning to end.

    ``path`` is the config's file: what changes in it is taken while running. Gives the exit code of the process.

    Raises:
        UsageError: if a camera of the config makes no sense here.
        InputError: if a recording could not be read, wholly or in part; what is good of it was sent.
        DependencyError: if the broker did not take the last events.
    """
    wanted = _Wanted(camera_plans(config, once=once))
    with running("ingest", config, options, cameras=wanted.ids) as service:
        if not service.wait_for_topics((FRAMES,)):
            return service.exit_code
        if once:
            return send_once(service, wanted.plans)
        with following(service, path, wanted.take):
            _serve_live(service, wanted)
        return service.exit_code


def _serve_live(service: Service, wanted: _Wanted) -> None:
    figures = CameraFigures(service.metrics, wanted.ids(), service.clock)
    health = CameraHealthReport(service.producer, service.config.site, service.worker, service.clock)

    def on_report(frame: FrameMessage, error: KafkaError | None) -> None:
        figures.note_age(frame, error)
        _tell_readiness(service, error)

    with FramesProducer(service.config.kafka, on_report) as frames:
        cameras = CameraSet(lambda plan: _sender(service, plan, frames), service.clock)
        try:
            with PersonsHeard(service.config.kafka, cameras.note_persons):
                while True:
                    for look in cameras.turn(wanted.plans):
                        _tell_end(look, health)
                        figures.forget(look.camera_id)
                    service.readiness.turn()
                    for look in cameras.looks():
                        figures.show(look, health.tell(look))
                    if service.stop.wait(_LOOK_SECONDS):
                        break
        finally:
            cameras.stop()
    # All frames have met their fate by now: the account is closed.
    for look in cameras.looks():
        figures.show(look)
        _tell_end(look, health)


def _tell_end(look: CameraLook, health: CameraHealthReport) -> None:
    health.tell_stopped(look)
    get_log("ingest").info(
        "camera_stopped",
        camera=look.camera_id,
        produced=look.counts.produced,
        delivered=look.counts.delivered,
        dropped={reason.value: count for reason, count in look.counts.dropped.items() if count},
        in_flight=look.counts.in_flight,
    )


def _sender(service: Service, plan: CameraPlan, frames: FramesProducer) -> CameraSender:
    kafka = service.config.kafka
    still = plan.source.kind is SourceKind.FOLDER or plan.source.is_picture
    if kafka.transport == "packet" and not still:
        return PacketSender(plan.source, plan.settings, frames, service.clock)
    return JpegSender(plan.source, plan.settings, kafka.jpeg_quality, frames, service.clock)


def _tell_readiness(service: Service, error: KafkaError | None) -> None:
    """A broker that does not take frames is waited for, visibly; the cameras are read on."""
    if error is None:
        service.readiness.ready(BROKER)
    elif service.readiness.waits(BROKER, f"takes no frames: {error.name()}"):
        get_log("kafka").warning("frames_not_delivered", code=error.name())
