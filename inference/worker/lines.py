"""Jobs that wait: the newest of each camera alone, or all of them."""

from collections import deque
from collections.abc import Collection
from typing import Protocol

from inference.worker.claim import Claim
from inference.worker.job import Job


class Line(Protocol):
    """Jobs in the order in which they are taken; those of one camera in the order in which they came."""

    def put(self, job: Job) -> list[Job]:
        """Add a job; gives those that it replaces."""
        ...

    def take(self, pictures: int) -> list[Job]:
        """Take jobs with at most this many pictures."""
        ...

    def remove(self, claims: Collection[Claim] | None) -> list[Job]:
        """Take out the jobs of these claims; of all for None."""
        ...

    @property
    def jobs(self) -> list[Job]:
        """What waits, the next one first."""
        ...


class NewestLine:
    """For live cameras: at most one picture of each waits, and behind it at most one sign that time passed.

    Cameras take turns: one that was served goes to the end, a newer picture does not.
    """

    def __init__(self) -> None:
        self._cameras: dict[str, list[Job]] = {}

    def put(self, job: Job) -> list[Job]:
        """Add a job: a picture replaces all that waits of its camera, a sign of time the last sign."""
        waiting = self._cameras.get(job.camera, [])
        kept = [] if job.is_picture else [other for other in waiting if other.is_picture]
        self._cameras[job.camera] = [*kept, job]
        return [other for other in waiting if other not in kept]

    def take(self, pictures: int) -> list[Job]:
        """Take what waits of the first cameras in turn."""
        taken: list[Job] = []
        for camera in tuple(self._cameras):
            if sum(job.is_picture for job in taken) >= pictures:
                break
            taken += self._cameras.pop(camera)
        return taken

    def remove(self, claims: Collection[Claim] | None) -> list[Job]:
        """Take out the jobs of these claims; of all for None."""
        removed = [job for job in self.jobs if claims is None or job.claim in claims]
        kept = [job for job in self.jobs if job not in removed]
        self._cameras = {}
        for job in kept:
            self._cameras.setdefault(job.camera, []).append(job)
        return removed

    @property
    def jobs(self) -> list[Job]:
        """What waits, the next one first."""
        return [job for waiting in self._cameras.values() for job in waiting]


class WholeLine:
    """Where every frame is answered: first come, first served."""

    def __init__(self) -> None:
        self._waiting: deque[Job] = deque()

    def put(self, job: Job) -> list[Job]:
        """Add a job; replaces nothing."""
        self._waiting.append(job)
        return []

    def take(self, pictures: int) -> list[Job]:
        """Take the first jobs."""
        taken: list[Job] = []
        while self._waiting and sum(job.is_picture for job in taken) < pictures:
            taken.append(self._waiting.popleft())
        return taken

    def remove(self, claims: Collection[Claim] | None) -> list[Job]:
        """Take out the jobs of these claims; of all for None."""
        removed = [job for job in self._waiting if claims is None or job.claim in claims]
        self._waiting = deque(job for job in self._waiting if job not in removed)
        return removed

    @property
    def jobs(self) -> list[Job]:
        """What waits, the next one first."""
        return list(self._waiting)
