"""A service's sign of life on the health topic."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from posestream.clock import Clock
from posestream.errors import DependencyError
from posestream.logs import get_log
from posestream.messaging.headers import Headers
from posestream.messaging.health_message import WorkerHealth, health_headers, health_key, write_health
from posestream.messaging.topics import HEALTH
from posestream.telemetry.readiness import BROKER, Readiness

BEAT_SECONDS = 2.0


class Events(Protocol):
    """Where beats go: an EventProducer."""

    def send(self, stream: str, key: str | bytes | None, value: bytes | None, headers: Headers, *, vital: bool) -> None:
        """Hand over one message of a topic; raises DependencyError."""
        ...


class Heartbeat:
    """While open, a thread sends a beat every two seconds; the last one says that the stop was on purpose."""

    def __init__(
        self,
        worker: str,
        site: str,
        producer: Events,
        readiness: Readiness,
        clock: Clock,
        cameras: Callable[[], tuple[str, ...]] = tuple,
        *,
        seconds: float = BEAT_SECONDS,
    ) -> None:
        self._worker, self._site, self._producer = worker, site, producer
        self._readiness, self._clock, self._cameras = readiness, clock, cameras
        self._started_at_ns = clock.wall_ns()
        self._beats, self._seconds = 0, seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def beat(self, state: str | None = None) -> None:
        """Send one beat now."""
        waiting = self._readiness.waiting
        self._beats += 1
        health = WorkerHealth(
            worker=self._worker,
            service=self._worker.partition("/")[0],
            state=state or ("waiting" if waiting else "ready"),
            reason="; ".join(f"{part}: {why}" for part, why in waiting.items())[:500],
            at_ns=self._clock.wall_ns(),
            started_at_ns=self._started_at_ns,
            beat=self._beats,
            cameras=self._cameras(),
        )
        headers = health_headers(health, self._site)
        self._producer.send(HEALTH, health_key(health), write_health(health), headers, vital=False)

    @property
    def beating(self) -> bool:
        """Whether beats are being sent."""
        return self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join(1.0)
        if error is None and BROKER not in self._readiness.waiting:
            self.beat("stopped")

    def _run(self) -> None:
        while not self._closing.is_set():
            # A loop that no longer turns gives no sign of life: somebody must see that.
            if self._readiness.alive and BROKER not in self._readiness.waiting:
                try:
                    self.beat()
                except DependencyError as exc:  # the service ends by the same error, at its next event
                    get_log("heartbeat").warning("stops", reason=str(exc))
                    return
            self._closing.wait(self._seconds)
