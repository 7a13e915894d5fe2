"""``posestream infer``: the infer service with its networks. Any number of these workers share the cameras."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol

import numpy as np

from inference.estimator import PoseEstimator
from inference.worker.answering import Estimator
from inference.worker.batching import Batching
from inference.worker.shared import Shared
from inference.worker.worker import LATELY_SECONDS, InferWorker
from ingest.settings import ReadSettings
from posestream.config import CameraConfig, Config
from posestream.hosts.governor import Load, govern
from posestream.hosts.loading import Loading, leave
from posestream.hosts.packet_decoder import CameraPackets
from posestream.logs import get_log
from posestream.messaging.topics import FRAMES, POSES
from posestream.schemas import Frame, FrameStamp, Image, TimeSource
from posestream.service import Service, ServiceOptions, running

MODELS = "models"


class HostedEstimator(Estimator, Protocol):
    """An estimator that can be got ready."""

    @property
    def can_follow(self) -> bool:
        """Whether ``detector_every`` makes a difference."""
        ...

    def warm_up(self) -> None:
        """Be ready for the first frame."""
        ...


Opener = Callable[[], AbstractContextManager[HostedEstimator]]


def serve(config: Config, options: ServiceOptions, *, preset: str | None) -> int:
    """Find the persons of the frames in Kafka until told to stop; gives the exit code.

    Raises:
        UsageError: if there is no such preset.
        ModelMissing: if its models were not pulled.
        DependencyError: if the broker refuses the service for good.
    """
    model = config.model

    def opened() -> PoseEstimator:
        return PoseEstimator.of_preset(preset or model.preset, threads=model.threads, device=model.device)

    return serve_with(config, options, opened)


def serve_with(config: Config, options: ServiceOptions, open_estimator: Opener) -> int:
    """Do what ``serve`` does, with any estimator."""
    shared: list[Shared] = []

    def cameras() -> tuple[str, ...]:
        return shared[0].lapses.lately(LATELY_SECONDS) if shared else ()

    with running("infer", config, options, parts=(MODELS,), cameras=cameras) as service:
        shared.append(Shared.of(config.kafka, service.clock, service.metrics))
        with ExitStack() as stack:
            loading = Loading(lambda: _ready_estimator(stack, open_estimator, threads_of(config)))
            estimator = loading.wait(service.stop, service.readiness.turn)
            if estimator is not None:
                service.readiness.ready(MODELS)
                if service.wait_for_topics((FRAMES, POSES)):
                    _worker(service, shared[0], estimator).run()
    if loading.is_unfinished:
        leave("infer", service.exit_code)
    return service.exit_code


def threads_of(config: Config) -> int:
    """Give how many threads compute."""
    return config.model.threads or len(os.sched_getaffinity(0))


def batching_of(config: Config) -> Batching:
    """Give how many frames go together: on a CPU each has a thread of its own, and more than that would only wait."""
    return Batching(threads_of(config), config.model.batch_wait)


def warm_up(estimator: HostedEstimator, threads: int) -> None:
    """Compile what the first frames will need: networks of fixed size, and those of the usual shape of a picture."""
    estimator.warm_up()
    width, height = CameraConfig.model_fields["width"].default, 360
    image = Image(np.zeros((height, width, 3), np.uint8), "rgb24")
    frame = Frame(FrameStamp("warm-up", 0, 0, 0.0, 0, TimeSource.FILE, width, height), image)
    estimator.estimate_many([frame])
    if threads > 1:
        estimator.estimate_many([frame] * 2)  # several frames take another road than one


class LoadGovernor:
    """Keeps the detectors' interval: as configured, or as the load allows."""

    def __init__(self, detector_every: int, *, can_follow: bool) -> None:
        self._governed = detector_every == 0 and can_follow
        self._load = Load(max(detector_every, 1))

    def __call__(self, busy_share: float, dropped: int) -> int:
        """Give the interval for the next second, given the last one's load."""
        if self._governed:
            load = govern(self._load, busy_share, dropped)
            if load.detector_every != self._load.detector_every:
                get_log("infer").info("load", detector_every=load.detector_every)
            self._load = load
        return self._load.detector_every


def read_settings(config: Config, camera_id: str) -> ReadSettings:
    """Give how the packets of a camera are sampled and scaled; one that the config does not know has the defaults."""
    known = {camera.id: camera for camera in config.cameras}
    fields = CameraConfig.model_fields
    camera = known.get(camera_id)
    fps, width = (camera.fps, camera.width) if camera else (fields["fps"].default, fields["width"].default)
    return ReadSettings(camera_id, width=width, fps=fps)


def _ready_estimator(stack: ExitStack, open_estimator: Opener, threads: int) -> HostedEstimator:
    estimator = stack.enter_context(open_estimator())
    warm_up(estimator, threads)
    return estimator


def _worker(service: Service, shared: Shared, estimator: HostedEstimator) -> InferWorker:
    config = service.config
    return InferWorker(
        service,
        shared,
        estimator,
        batching_of(config),
        lambda camera: CameraPackets(read_settings(config, camera)),
        LoadGovernor(config.model.detector_every, can_follow=estimator.can_follow),
    )
