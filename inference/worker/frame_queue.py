"""Between the thread that polls and the one that computes: jobs wait, batches are taken."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from inference.worker.batching import Batching
from inference.worker.claim import Claim
from inference.worker.job import Job
from inference.worker.lines import Line
from posestream.clock import Clock


@dataclass(frozen=True)
class Room:
    """How much may wait before whoever puts should pause."""

    jobs: int
    megabytes: int


EVERY_FRAME = Room(64, 16)
"""Where all frames are answered: enough for the next batches."""
NEWEST_FRAMES = Room(1000, 48)
"""Where the newest frame of each camera waits alone: for very many cameras."""


class FrameQueue:
    """A line of jobs, safe for threads. ``put`` never waits: who puts looks at ``is_full`` first."""

    def __init__(self, line: Line, room: Room, batching: Batching, clock: Clock, cameras: Callable[[], int]) -> None:
        self._line, self._room, self._batching = line, room, batching
        self._clock, self._cameras = clock, cameras
        self._changed = threading.Condition()
        self._closed = False

    def put(self, job: Job) -> list[Job]:
        """Add a job; gives those that are not to be answered: what it replaces, or itself if its claim has closed."""
        with self._changed:
            if not job.claim.is_open:
                return [job]
            replaced = self._line.put(job)
            self._changed.notify_all()
            return replaced

    def take(self, seconds: float) -> list[Job]:
        """Take the next batch; empty if nothing came in ``seconds``."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._line.jobs), seconds)
            while (wait := self._wait_for_more()) > 0 and not self._closed:
                self._changed.wait(wait)
            taken = self._line.take(self._batching.size)
            self._changed.notify_all()
            return taken

    def remove(self, claims: Collection[Claim] | None) -> list[Job]:
        """Take out the jobs of these claims; of all for None."""
        with self._changed:
            removed = self._line.remove(claims)
            self._changed.notify_all()
            return removed

    def wait_for_room(self, seconds: float) -> bool:
        """Wait until it is not full; False if it still is after ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed or not self._is_full(), seconds)

    def close(self) -> None:
        """Nobody waits any more; what is in line may still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is waited for."""
        return self._closed

    @property
    def is_full(self) -> bool:
        """Whether no more should be put: memory is bounded by whoever heeds it."""
        with self._changed:
            return self._is_full()

    def _is_full(self) -> bool:
        jobs = self._line.jobs
        return len(jobs) >= self._room.jobs or sum(job.weight for job in jobs) >= self._room.megabytes * 1_048_576

    def _wait_for_more(self) -> float:
        pictures = [job for job in self._line.jobs if job.is_picture]
        first = min((job.received_at for job in pictures), default=0.0)
        return self._batching.wait_seconds(len(pictures), self._clock.monotonic() - first, self._cameras())
