"""Poses on their way to the broker: sent only while the frame's partition is ours, done once the broker has them."""

import threading
from collections.abc import Callable
from typing import Protocol

from inference.worker.accounts import Dropped
from inference.worker.job import Job, Kind
from inference.worker.shared import Shared
from posestream.messaging.events import event_headers, write_poses
from posestream.messaging.headers import Headers
from posestream.messaging.topics import POSES
from posestream.schemas import Poses

MOST_UNDELIVERED = 500


class EventSender(Protocol):
    """What is needed of posestream.messaging.EventProducer."""

    def send(
        self,
        stream: str,
        key: str | bytes | None,
        value: bytes | None,
        headers: Headers,
        on_delivered: Callable[[], None] | None = None,
    ) -> None:
        """Hand over a message; ``on_delivered`` is called when the broker has it."""
        ...


class PosesSender:
    """Guarantee: at least once; an answer that comes too late for its claim is not sent but counted as revoked."""

    def __init__(self, producer: EventSender, shared: Shared) -> None:
        self._producer, self._shared = producer, shared
        self._ages = shared.metrics.histogram(
            "frame_age_seconds", "Age of live frames when a stage was done", ("stage",)
        )
        self._changed = threading.Condition()
        self._undelivered = 0

    def wait_for_room(self, seconds: float) -> bool:
        """Wait while the broker has not taken too many answers; False if it still has not after ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: self._undelivered < MOST_UNDELIVERED, seconds)

    def send(self, job: Job, poses: Poses) -> None:
        """Send the answer to a job."""
        value, headers = write_poses(poses), event_headers()

        def send() -> None:
            self._count(1)
            self._producer.send(POSES, job.camera, value, headers, lambda: self._delivered(job))

        if not job.claim.if_ours(send):
            self._late(job)
            return
        self._shared.lapses.said(job.camera)
        if job.kind is Kind.PICTURE:
            self._shared.accounts.answered(job.camera)
            if self._shared.limit.is_live:
                self._ages.labels(stage="infer").observe(max(self._shared.limit.age_seconds(job.stamp), 0.0))

    def _late(self, job: Job) -> None:
        if job.kind is Kind.PICTURE:
            self._shared.accounts.dropped(job.camera, Dropped.REVOKED)
        job.leave()

    def _delivered(self, job: Job) -> None:
        self._count(-1)
        job.done()

    def _count(self, change: int) -> None:
        with self._changed:
            self._undelivered += change
            self._changed.notify_all()
