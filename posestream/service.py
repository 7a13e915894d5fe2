"""What all services have in common: a name, signals, figures, readiness, a producer of events, a heartbeat."""

import re
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from posestream.clock import Clock, SystemClock
from posestream.config import Config
from posestream.drain import drained_in_time
from posestream.errors import UsageError
from posestream.lifecycle import StopSignals
from posestream.logs import get_log
from posestream.messaging.dead_letter_count import DeadLetterCount
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.heartbeat import Heartbeat
from posestream.messaging.topics import DEAD_LETTERS, HEALTH
from posestream.messaging.waiting import wait_for_topics
from posestream.telemetry.endpoint import Endpoint
from posestream.telemetry.metrics import Metrics
from posestream.telemetry.readiness import BROKER, Readiness

_WORKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class ServiceOptions:
    """What the command line says: who this worker is, where it keeps its files, where it tells how it is."""

    worker_id: str
    data: Path
    metrics_port: int | None = None

    def __post_init__(self) -> None:
        """Refuse a name that could not be part of a key or a path."""
        if not _WORKER.fullmatch(self.worker_id):
            raise UsageError(
                "--worker-id: wanted 1 to 64 letters, digits and _ . -, a letter or digit first, got "
                f"{self.worker_id[:80]!a}"
            )


@dataclass(frozen=True)
class Service:
    """One running service; ``worker`` is its name among all: ``infer/HOST``."""

    name: str
    worker: str
    config: Config
    data: Path
    clock: Clock
    metrics: Metrics
    readiness: Readiness
    producer: EventProducer
    stop: threading.Event
    signals: StopSignals
    dead_letters: DeadLetterCount

    def wait_for_topics(self, streams: Sequence[str]) -> bool:
        """Wait for the broker and its topics; False if the end came first."""
        return wait_for_topics(self.config.kafka, (*streams, HEALTH, DEAD_LETTERS), self.readiness, self.stop)

    @property
    def exit_code(self) -> int:
        """0 after SIGTERM, which is how supervisors end a service; 130 after Ctrl+C."""
        return 130 if self.signals.exit_code == 130 else 0


def host_name() -> str:
    """Give this machine's name in the letters that a worker's may have."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", socket.gethostname()).lstrip("_.-")
    return name[:64] or "host"


def _try_folder(folder: Path) -> None:
    """Make the folder if need be and write a file into it, which is removed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as exc:
        raise UsageError(f"--data: {folder}: {exc.strerror}: choose another folder") from None


@contextmanager
def running(
    name: str,
    config: Config,
    options: ServiceOptions,
    *,
    parts: Sequence[str] = (),
    cameras: Callable[[], tuple[str, ...]] = tuple,
    writes: bool = False,
) -> Iterator[Service]:
    """Open what every service needs and close it in order: work, last beat, all events delivered, endpoint.

    All of that ends within 9 s after a signal, if need be with the process (exit code 4).
    ``parts`` are what must be ready besides the broker; the service says so by ``readiness``. One that ``writes`` into
    its folder is not started without it.

    Raises:
        UsageError: if the port of the figures is in use, or nothing can be written into the folder.
        ConfigError: if a property of Kafka is wrong.
    """
    if writes:
        _try_folder(options.data)
    worker = f"{name}/{options.worker_id}"
    clock = SystemClock()
    metrics = Metrics(name, worker)
    readiness = Readiness((BROKER, *parts), clock)
    ports: dict[str, int] = dict(config.metrics.ports)  # type: ignore[arg-type]  # its keys are these names
    port = options.metrics_port if options.metrics_port is not None else ports.get(name, 0)
    with ExitStack() as stack:
        signals = stack.enter_context(StopSignals())
        stack.enter_context(drained_in_time(worker, signals.stop))
        endpoint = stack.enter_context(Endpoint(metrics, readiness, config.metrics.bind, port))
        producer = stack.enter_context(EventProducer(config.kafka, signals.stop))
        get_log(name).info("started", worker=worker, metrics=f"{endpoint.address}/metrics")
        letters = DeadLetterCount(name, config.kafka, metrics, clock)
        service = Service(
            name, worker, config, options.data, clock, metrics, readiness, producer, signals.stop, signals, letters
        )
        stack.enter_context(Heartbeat(worker, config.site, producer, readiness, clock, cameras))
        yield service
        get_log(name).info("stopping", worker=worker)
