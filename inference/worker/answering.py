"""The thread that computes: takes batches, looks at their pictures, sends the poses."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from inference.worker.accounts import Dropped
from inference.worker.events import PosesSender
from inference.worker.fates import Fates
from inference.worker.frame_queue import FrameQueue
from inference.worker.intake import lapse_of
from inference.worker.job import Job
from inference.worker.shared import Shared
from posestream.errors import InputError
from posestream.jpeg import decode_jpeg
from posestream.logs import get_log
from posestream.schemas import Frame, Poses
from posestream.skeletons import Skeleton

IDLE_SECONDS = 0.2
TICK_SECONDS = 1.0
_BATCHES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0)


class Estimator(Protocol):
    """What is needed of inference.estimator.PoseEstimator."""

    detector_every: int

    @property
    def model(self) -> str:
        """Names and digests of the networks."""
        ...

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton of the poses."""
        ...

    def estimate_many(self, frames: Sequence[Frame]) -> list[Poses]:
        """Find the persons of each frame, in order."""
        ...


class Answering:
    """Answers jobs in the order of their cameras. One thread runs it; ``turned_at`` says when it last turned.

    ``govern`` is told once a second which share of it was spent with inference and how many frames were dropped
    since that is too slow; it gives the detectors' interval from now on.
    """

    def __init__(
        self,
        estimator: Estimator,
        queue: FrameQueue,
        fates: Fates,
        sender: PosesSender,
        shared: Shared,
        govern: Callable[[float, int], int],
    ) -> None:
        self._estimator, self._queue, self._fates, self._sender = estimator, queue, fates, sender
        self._shared, self._clock, self._govern = shared, shared.clock, govern
        metrics = shared.metrics
        self._seconds = metrics.histogram("inference_seconds", "Wall time of a batch: decode, networks, looks")
        self._sizes = metrics.histogram("batch_size", "Frames in a batch", bounds=_BATCHES)
        self._every = metrics.gauge("detector_interval", "Detectors look at every Nth frame of a camera")
        self.turned_at = self._ticked_at = self._clock.monotonic()
        self._busy_seconds, self._too_much = 0.0, 0

    def run(self) -> None:
        """Work until the queue is closed and empty, or closed while the broker takes no more answers."""
        while True:
            self.turned_at = self._clock.monotonic()
            self._tick()
            if not self._sender.wait_for_room(IDLE_SECONDS):
                if self._queue.is_closed:
                    return
                continue
            jobs = self._queue.take(IDLE_SECONDS)
            if jobs:
                self._answer(jobs)
            elif self._queue.is_closed:
                return

    def _answer(self, jobs: Sequence[Job]) -> None:
        start = self._clock.monotonic()
        frames = {job: frame for job in jobs if job.is_picture and (frame := self._frame(job)) is not None}
        decoded = self._clock.monotonic()
        answers = self._looked_at(frames)
        ended = self._clock.monotonic()
        if frames:
            self._busy_seconds += ended - start
            self._seconds.observe(ended - start)
            self._sizes.observe(len(frames))
        for job in jobs:
            if job in answers:
                times = self._waits(job, start) | {"decode": (decoded - start) * 1e3}
                poses = answers[job]
                self._sender.send(job, replace(poses, timings_ms={**times, **poses.timings_ms}))
            elif not job.is_picture:
                self._sender.send(job, self._nobody(job))

    def _frame(self, job: Job) -> Frame | None:
        """Give the picture to look at; None if it is too old or broken: its fate is settled then."""
        if self._shared.limit.is_over(job.stamp):
            self._fates.dropped(job, Dropped.OLD)
            if self._shared.lapses.is_due(job.camera):
                self._sender.send(lapse_of(job), self._nobody(job))
            return None
        try:
            return Frame(job.stamp, decode_jpeg(job.frame.payload) if job.image is None else job.image)
        except InputError as exc:
            self._fates.broken(job, str(exc))
            return None

    def _looked_at(self, frames: dict[Job, Frame]) -> dict[Job, Poses]:
        if not frames:
            return {}
        try:
            return dict(zip(frames, self._estimator.estimate_many(list(frames.values())), strict=True))
        except Exception as exc:  # noqa: BLE001  # whatever a picture provokes, the others must be answered
            if len(frames) == 1:
                job = next(iter(frames))
                get_log("infer").warning("picture", camera=job.camera, reason=f"{type(exc).__name__}: {exc}")
                self._fates.broken(job, f"inference failed: {type(exc).__name__}: {exc}")
                return {}
        return {job: poses for each in frames.items() for job, poses in self._looked_at(dict([each])).items()}

    def _nobody(self, job: Job) -> Poses:
        return Poses.empty(job.stamp, self._estimator.skeleton, self._estimator.model, inferred=False)

    def _waits(self, job: Job, start: float) -> dict[str, float]:
        """Give how long the frame was under way to us and waited here, in ms."""
        queued = start - job.received_at
        if not self._shared.limit.is_live:
            return {"queue": queued * 1e3}
        now_after = self._clock.monotonic() - job.received_at
        return {"transit": max(self._shared.limit.age_seconds(job.stamp) - now_after, 0.0) * 1e3, "queue": queued * 1e3}

    def _tick(self) -> None:
        now = self._clock.monotonic()
        seconds = now - self._ticked_at
        if seconds < TICK_SECONDS:
            return
        total = self._shared.accounts.too_much
        self._estimator.detector_every = self._govern(self._busy_seconds / seconds, total - self._too_much)
        self._every.set(self._estimator.detector_every)
        self._ticked_at, self._busy_seconds, self._too_much = now, 0.0, total
