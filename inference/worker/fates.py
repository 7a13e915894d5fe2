"""The end of a job: answered, dropped, a dead letter, or left to the next owner. Each job has one."""

from inference.worker.accounts import Dropped
from inference.worker.claim import Claim
from inference.worker.events import EventSender
from inference.worker.job import Job, Kind
from inference.worker.shared import SERVICE, Shared
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.topics import DEAD_LETTERS, FRAMES
from posestream.messaging.unreadable import Unreadable


class Fates:
    """Counts what becomes of jobs and tells their claims; safe for threads."""

    def __init__(self, producer: EventSender, shared: Shared) -> None:
        self._accounts, self._producer, self._letters = shared.accounts, producer, shared.dead_letters
        self._topic = shared.kafka.topic(FRAMES)

    def dropped(self, job: Job, reason: Dropped) -> None:
        """It gets no answer, and nobody else is to look at it."""
        self._count(job, reason)
        job.done()

    def left(self, job: Job, reason: Dropped) -> None:
        """We do not answer it; who reads the partition next finds it again."""
        self._count(job, reason)
        job.leave()

    def displaced(self, jobs: list[Job]) -> None:
        """Tell what the queue gave back: replaced by a newer one, or its claim has closed."""
        for job in jobs:
            if job.claim.is_open:
                self.dropped(job, Dropped.NEWER)
            else:
                self.left(job, Dropped.REVOKED)

    def broken(self, job: Job, reason: str) -> None:
        """Its picture cannot be used: it goes to the dead letters."""
        self._accounts.unusable(received=True)
        key, value = job.camera.encode(), job.frame.payload
        where = self._topic, job.claim.partition, job.offset
        self._bury(job.claim, DeadLetter(Unreadable(reason).reason, SERVICE, *where, key, value, job.headers))

    def unreadable(self, claim: Claim, letter: DeadLetter) -> None:
        """No frame at all: it goes to the dead letters."""
        self._accounts.unusable(received=False)
        self._bury(claim, letter)

    def _bury(self, claim: Claim, letter: DeadLetter) -> None:
        self._letters.count(letter)
        value, headers = letter.message_value(), letter.message_headers()

        def send() -> None:
            self._producer.send(DEAD_LETTERS, letter.key, value, headers, lambda: claim.done(letter.offset))

        if not claim.if_ours(send):
            claim.leave()

    def _count(self, job: Job, reason: Dropped) -> None:
        if job.kind is Kind.PICTURE:
            self._accounts.dropped(job.camera, reason)
