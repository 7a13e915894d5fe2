"""From messages of the frames topic to jobs: unreadable ones are buried, old ones dropped. Looks at no picture."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from inference.worker.accounts import Dropped
from inference.worker.claim import Claim
from inference.worker.fates import Fates
from inference.worker.job import Job, Kind
from inference.worker.shared import SERVICE, Shared
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.frame_message import JPEG, NO_PICTURE, FrameMessage, read_frame
from posestream.messaging.future import refuse_future
from posestream.messaging.headers import RawHeaders
from posestream.messaging.unreadable import Unreadable


class RawMessage(Protocol):
    """What a consumer gives, as far as it is looked at."""

    def topic(self) -> str | None:
        """Name of the topic."""
        ...

    def partition(self) -> int | None:
        """Number of the partition."""
        ...

    def offset(self) -> int | None:
        """Place in the partition."""
        ...

    def key(self) -> bytes | None:
        """Key as it came."""
        ...

    def value(self) -> bytes | None:
        """Value as it came."""
        ...

    def headers(self) -> RawHeaders:
        """Headers as they came."""
        ...


class Intake:
    """Takes messages in the order of their partitions; ``put`` hands a job on and must not wait."""

    def __init__(self, fates: Fates, shared: Shared, put: Callable[[Job], None]) -> None:
        self._fates, self._shared, self._put = fates, shared, put

    def take(self, claim: Claim, message: RawMessage) -> bool:
        """Take one message; False if it was dropped for its age: there may be many more like it."""
        offset = message.offset() or 0
        skipped = claim.take(offset)
        if skipped is None:
            return True
        self._shared.accounts.skipped(skipped)
        key, value, headers = message.key(), message.value(), message.headers()
        try:
            frame = read_frame(key, value, headers)
            refuse_future(frame.stamp, self._shared.clock.wall_ns())
        except Unreadable as exc:
            where = message.topic() or "", claim.partition, offset
            self._fates.unreadable(claim, DeadLetter(exc.reason, SERVICE, *where, key, value, headers))
            return True
        return self._admit(self._job(claim, offset, frame, headers))

    def _job(self, claim: Claim, offset: int, frame: FrameMessage, headers: RawHeaders) -> Job:
        kind = Kind.BEAT if frame.codec == NO_PICTURE else Kind.PICTURE
        count = self._shared.accounts.beat if kind is Kind.BEAT else self._shared.accounts.received
        count(frame.stamp.camera_id)
        return Job(kind, claim, offset, frame, headers, self._shared.clock.monotonic())

    def _admit(self, job: Job) -> bool:
        # Old packets are still needed to decode the later ones: the lane of packets judges their age.
        old = job.frame.codec in {JPEG, NO_PICTURE} and self._shared.limit.is_over(job.stamp)
        if not old:
            self._put(job)
            return True
        self._fates.dropped(job, Dropped.OLD)
        if self._shared.lapses.is_due(job.camera):
            self._put(lapse_of(job))
        return False


def lapse_of(job: Job) -> Job:
    """Give a job that says that time has passed, in place of a dropped one."""
    return replace(job, kind=Kind.LAPSE, frame=replace(job.frame, codec=NO_PICTURE, payload=b""), image=None)
