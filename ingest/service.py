"""``posestream ingest``: cameras in, frames on their topic, and how the cameras are on the health topic.

Frames are sent at most once, the newest first; each that is not sent is counted with its reason. A camera that is
silent gives a beat a second: a frame without a picture, so that later stages have a clock.
"""

import threading
from collections.abc import Sequence

from confluent_kafka import KafkaError

from ingest.camera_figures import CameraFigures
from ingest.camera_health import CameraHealthReport
from ingest.frames_producer import FramesProducer
from ingest.jpeg_sender import JpegSender
from ingest.once import send_once
from ingest.packet_sender import PacketSender
from ingest.plan import CameraPlan, camera_plans
from ingest.sender import CameraSender
from ingest.source import SourceKind
from posestream.config import Config
from posestream.logs import get_log
from posestream.messaging.frame_message import FrameMessage
from posestream.messaging.topics import FRAMES
from posestream.service import Service, ServiceOptions, running
from posestream.telemetry.readiness import BROKER

_LOOK_SECONDS = 0.2
_STOP_SECONDS = 2.0


def serve(config: Config, options: ServiceOptions, *, once: bool = False) -> int:
    """Read the config's cameras until the end is asked for; ``once``: each recording from beginning to end.

    Gives the exit code of the process.

    Raises:
        UsageError: if a camera of the config makes no sense here.
        InputError: if a recording could not be read, wholly or in part; what is good of it was sent.
        DependencyError: if the broker did not take the last events.
    """
    plans = camera_plans(config, once=once)
    ids = tuple(plan.settings.camera_id for plan in plans)
    with running("ingest", config, options, cameras=lambda: ids) as service:
        if not service.wait_for_topics((FRAMES,)):
            return service.exit_code
        if once:
            return send_once(service, plans)
        _serve_live(service, plans)
        return service.exit_code


def _serve_live(service: Service, plans: Sequence[CameraPlan]) -> None:
    figures = CameraFigures(service.metrics, tuple(plan.settings.camera_id for plan in plans), service.clock)
    health = CameraHealthReport(service.producer, service.config.site, service.worker, service.clock)

    def on_report(frame: FrameMessage, error: KafkaError | None) -> None:
        figures.note_age(frame, error)
        _tell_readiness(service, error)

    with FramesProducer(service.config.kafka, on_report) as frames:
        cameras = [_sender(service, plan, frames) for plan in plans]
        try:
            for camera in cameras:
                camera.start()
            while not service.stop.wait(_LOOK_SECONDS):
                service.readiness.turn()
                for look in (camera.look() for camera in cameras):
                    health.tell(look)
                    figures.show(look)
        finally:
            _stop(cameras)
    # All frames have met their fate by now: the account is closed.
    for look in (camera.look() for camera in cameras):
        figures.show(look)
        health.tell_stopped(look)
        dropped = {reason.value: count for reason, count in look.counts.dropped.items() if count}
        get_log("ingest").info(
            "camera_stopped",
            camera=look.camera_id,
            produced=look.counts.produced,
            delivered=look.counts.delivered,
            dropped=dropped,
            in_flight=look.counts.in_flight,
        )


def _sender(service: Service, plan: CameraPlan, frames: FramesProducer) -> CameraSender:
    kafka = service.config.kafka
    still = plan.source.kind is SourceKind.FOLDER or plan.source.is_picture
    if kafka.transport == "packet" and not still:
        return PacketSender(plan.source, plan.settings.camera_id, frames, service.clock)
    return JpegSender(plan.source, plan.settings, kafka.jpeg_quality, frames, service.clock)


def _stop(cameras: Sequence[CameraSender]) -> None:
    """Stop all cameras at the same time: one that hangs costs the others nothing."""
    threads = [threading.Thread(target=camera.stop, args=(_STOP_SECONDS,), daemon=True) for camera in cameras]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * _STOP_SECONDS)


def _tell_readiness(service: Service, error: KafkaError | None) -> None:
    """A broker that does not take frames is waited for, visibly; the cameras are read on."""
    if error is None:
        service.readiness.ready(BROKER)
    elif service.readiness.waits(BROKER, f"takes no frames: {error.name()}"):
        get_log("kafka").warning("frames_not_delivered", code=error.name())
