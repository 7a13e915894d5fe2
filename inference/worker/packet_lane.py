"""For ``transport: packet``: access units in, pictures out, in a thread of its own beside the one that polls."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol

from inference.worker.accounts import Dropped
from inference.worker.age import AgeLimit
from inference.worker.claim import Claim
from inference.worker.fates import Fates
from inference.worker.frame_queue import FrameQueue
from inference.worker.job import Job, Kind
from posestream.messaging.frame_message import PACKET_CODECS
from posestream.schemas import Image

MOST_BYTES = 16 * 1_048_576
MOST_PACKETS = 1000
MOST_CAMERAS = 256
"""Names come in messages and must not fill the memory: of more cameras the one that is longest silent is forgotten."""
_WAIT_SECONDS = 0.2


@dataclass(frozen=True)
class Decoded:
    """What became of a packet: a picture, or why there is none."""

    job: Job
    image: Image | None = None
    reason: Dropped | None = None


class PacketDecoder(Protocol):
    """Decodes the packets of one camera, which come in order; answers may come later than their packets."""

    def feed(self, job: Job) -> list[Decoded]:
        """Take a packet; gives all packets whose fate is known now."""
        ...

    def forget(self) -> list[Job]:
        """Begin anew at the next keyframe; gives the packets whose fate is not known yet."""
        ...


class PacketLane:
    """Packets of all cameras in the order in which they came; beats of their cameras among them. Safe for threads.

    A camera that is further behind than the age limit goes on at its newest keyframe, if one waits.
    """

    def __init__(self, make: Callable[[str], PacketDecoder], queue: FrameQueue, fates: Fates, limit: AgeLimit) -> None:
        self._make, self._queue, self._fates, self._limit = make, queue, fates, limit
        self._waiting: deque[Job] = deque()
        self._bytes = 0
        self._decoders: OrderedDict[str, tuple[Claim, PacketDecoder]] = OrderedDict()
        self._cameras: OrderedDict[str, None] = OrderedDict()
        self._changed = threading.Condition()
        self._decoding = threading.Lock()
        self._closed = False

    def takes(self, job: Job) -> bool:
        """Say whether a job goes this way: a packet, or a sign of time of a camera that sends packets."""
        if job.frame.codec in PACKET_CODECS:
            self._cameras[job.camera] = None
            self._cameras.move_to_end(job.camera)
            if len(self._cameras) > MOST_CAMERAS:
                self._cameras.popitem(last=False)
            return True
        if job.is_picture:
            self._cameras.pop(job.camera, None)
        return job.camera in self._cameras

    def put(self, job: Job) -> None:
        """Add a job; never waits."""
        with self._changed:
            self._waiting.append(job)
            self._bytes += job.weight
            self._changed.notify_all()

    @property
    def is_full(self) -> bool:
        """Whether no more should be put."""
        return self._bytes >= MOST_BYTES or len(self._waiting) >= MOST_PACKETS

    def run(self) -> None:
        """Decode until closed and empty."""
        while True:
            roomy = self._limit.is_live or self._queue.wait_for_room(_WAIT_SECONDS)
            if roomy and not self._step() and self._closed:
                return

    def close(self) -> None:
        """Nobody waits any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def remove(self, claims: Collection[Claim] | None) -> list[Job]:
        """Take out the jobs of these claims, also those that a decoder holds; of all for None."""
        with self._decoding, self._changed:
            removed = [job for job in self._waiting if claims is None or job.claim in claims]
            self._waiting = deque(job for job in self._waiting if job not in removed)
            self._bytes = sum(job.weight for job in self._waiting)
            for camera, (claim, decoder) in tuple(self._decoders.items()):
                if claims is None or claim in claims:
                    removed += decoder.forget()
                    del self._decoders[camera]
            return removed

    def _step(self) -> bool:
        """Decode one packet; False if none came."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._waiting), _WAIT_SECONDS)
        with self._decoding:
            job, passed = self._next()
            for each in passed:
                self._fates.dropped(each, Dropped.OLD)
            if job is not None:
                self._decode(job)
        return job is not None

    def _next(self) -> tuple[Job | None, list[Job]]:
        """Take the next job, and those before the newest keyframe that are too old to be worth decoding."""
        with self._changed:
            if not self._waiting:
                return None, []
            job, passed = self._waiting[0], list[Job]()
            if self._limit.is_over(job.stamp):
                own = [other for other in self._waiting if other.camera == job.camera]
                newest = max((n for n, other in enumerate(own) if other.is_picture and other.frame.keyframe), default=0)
                passed = own[:newest]
                job = own[newest]
            gone = {*passed, job}
            self._waiting = deque(other for other in self._waiting if other not in gone) if passed else self._waiting
            if not passed:
                self._waiting.popleft()
            self._bytes -= sum(each.weight for each in gone)
            return job, passed

    def _decode(self, job: Job) -> None:
        if job.kind is not Kind.PICTURE:
            self._fates.displaced(self._queue.put(job))
            return
        for answer in self._decoder(job).feed(job):
            if answer.image is not None:
                self._fates.displaced(self._queue.put(replace(answer.job, image=answer.image)))
            else:
                self._fates.dropped(answer.job, answer.reason or Dropped.CORRUPT)

    def _decoder(self, job: Job) -> PacketDecoder:
        claim, decoder = self._decoders.get(job.camera, (None, None))
        if decoder is None or claim is not job.claim:
            decoder = self._make(job.camera)
            self._decoders[job.camera] = job.claim, decoder
        self._decoders.move_to_end(job.camera)
        if len(self._decoders) > MOST_CAMERAS:
            _, (_, silent) = self._decoders.popitem(last=False)
            for held in silent.forget():
                self._fates.dropped(held, Dropped.CORRUPT)
        return decoder
