"""One infer worker: polling, decoding and computing beside each other, started and drained in order."""

from collections.abc import Callable, Collection

from inference.worker.accounts import Dropped
from inference.worker.answering import Answering, Estimator
from inference.worker.batching import Batching
from inference.worker.claim import Claim
from inference.worker.events import PosesSender
from inference.worker.fates import Fates
from inference.worker.frame_queue import EVERY_FRAME, NEWEST_FRAMES, FrameQueue
from inference.worker.frames_consumer import FramesConsumer
from inference.worker.intake import Intake
from inference.worker.job import Job
from inference.worker.lines import NewestLine, WholeLine
from inference.worker.packet_lane import PacketDecoder, PacketLane
from inference.worker.shared import Shared
from inference.worker.stage_thread import StageThread
from posestream.logs import get_log
from posestream.service import Service

DRAIN_SECONDS = 3.0
FLUSH_SECONDS = 2.0
HUNG_SECONDS = 120.0
LATELY_SECONDS = 10.0


class InferWorker:
    """Guarantees: frames at most once answered in committed terms, each one counted; poses at least once.

    ``estimator`` is used by one thread; ``packets`` makes a decoder of one camera's packets.
    """

    def __init__(
        self,
        service: Service,
        shared: Shared,
        estimator: Estimator,
        batching: Batching,
        packets: Callable[[str], PacketDecoder],
        govern: Callable[[float, int], int],
    ) -> None:
        self._service, self._shared = service, shared
        line, room = (NewestLine(), NEWEST_FRAMES) if shared.limit.is_live else (WholeLine(), EVERY_FRAME)
        self._queue = FrameQueue(line, room, batching, shared.clock, lambda: len(shared.lapses.lately(LATELY_SECONDS)))
        self._fates = Fates(service.producer, shared)
        self._lane = PacketLane(packets, self._queue, self._fates, shared.limit)
        sender = PosesSender(service.producer, shared)
        self._answering = Answering(estimator, self._queue, self._fates, sender, shared, govern)
        intake = Intake(self._fates, shared, self._put)
        self._consumer = FramesConsumer(shared, intake, self._withdraw, self._is_full, self._turned, service.readiness)
        self._threads = (
            StageThread("infer-packets", self._lane.run, service.stop),
            StageThread("infer-engine", self._answering.run, service.stop),
        )

    def run(self) -> None:
        """Work until the service is told to stop, then drain.

        Raises:
            DependencyError: if the broker refuses the service for good.
        """
        for thread in self._threads:
            thread.start()
        try:
            self._consumer.run(self._service.stop)
        finally:
            self._drain()
        for thread in self._threads:
            thread.raise_fault()

    def _drain(self) -> None:
        """Answer what waits, leave what takes too long, commit, leave the group."""
        ends_at = self._shared.clock.monotonic() + DRAIN_SECONDS
        for thread, close in zip(self._threads, (self._lane.close, self._queue.close), strict=True):
            close()
            thread.join(max(ends_at - self._shared.clock.monotonic(), 0.0))
        self._leave(None, Dropped.STOPPED)
        try:
            self._service.producer.flush(FLUSH_SECONDS)
        finally:
            # First: the client may wait for a broker that is away until the process is ended.
            get_log("infer").info("account", **self._shared.accounts.summary())
            self._consumer.close()

    def _put(self, job: Job) -> None:
        if self._lane.takes(job):
            self._lane.put(job)
        else:
            self._fates.displaced(self._queue.put(job))

    def _withdraw(self, claims: Collection[Claim]) -> None:
        self._leave(claims, Dropped.REVOKED)

    def _leave(self, claims: Collection[Claim] | None, reason: Dropped) -> None:
        for job in (*self._lane.remove(claims), *self._queue.remove(claims)):
            self._fates.left(job, reason)

    def _is_full(self) -> bool:
        """Whether reading must rest."""
        return self._lane.is_full or self._queue.is_full

    def _turned(self) -> None:
        if self._shared.clock.monotonic() - self._answering.turned_at < HUNG_SECONDS:
            self._service.readiness.turn()
