"""The end of `write`'s streams: findings go to the store with each commit; the topic waits while it is away."""

from collections.abc import Callable

from quixstreams.sinks import BaseSink, SinkBackpressureError

from posestream.logs import get_log
from posestream.messaging.dead_letter import DeadLetter
from posestream.schemas import Alert
from posestream.service import Service
from sinks.series import FinishedSecond
from sinks.series_store import Finding, Refusal, SeriesStore
from sinks.store_away import StoreAway, full_jitter, wait_seconds

STORE = "store"
"""The part of readiness."""


class SeriesSink(BaseSink):
    """Keeps what comes until the next commit, then hands it to the store.

    Guarantee: at least once. Offsets and state are committed after the store has everything; while it is away the
    messages stay in Kafka, nothing grows here and nothing is lost.
    """

    def __init__(
        self,
        service: Service,
        store: SeriesStore,
        jitter: Callable[[float], float] = full_jitter,
        flush_seconds: float = 5.0,
    ) -> None:
        super().__init__(on_client_connect_success=lambda: None)
        self._service, self._store = service, store
        self._flush_seconds = flush_seconds
        self._jitter = jitter
        self._findings: list[Finding] = []
        self._failures = 0
        self._errors = service.metrics.counter("sink_errors", "Writes that the store did not take", ("code",))

    def add(
        self,
        value: FinishedSecond | Alert,
        key: bytes | None,
        timestamp: int,
        headers: object,
        topic: str,
        partition: int,
        offset: int,
    ) -> None:
        """Take a finished second or an alert."""
        del timestamp, headers
        self._findings.append(Finding(value, topic, partition, offset, key))

    def flush(self) -> None:
        """Hand everything to the store; raises SinkBackpressureError if it must be offered again."""
        findings, self._findings = self._findings, []
        if not findings:
            return
        try:
            self._bury(self._store.keep(findings))
        except StoreAway as exc:
            raise SinkBackpressureError(self._wait(exc)) from exc
        if self._failures:
            get_log("write").info("store_is_back", after_attempts=self._failures)
        self._failures = 0
        self._service.readiness.ready(STORE)

    def on_paused(self) -> None:
        """Forget what will come again."""
        self._findings = []

    def _bury(self, refused: tuple[Refusal, ...]) -> None:
        """Send what the store will never take to the dead letters; they are there before the offsets are committed."""
        for refusal in refused:
            finding = refusal.finding
            self._errors.labels(code="refused").inc()
            letter = DeadLetter(
                f"the store refuses a point: {refusal.reason}",
                self._service.name,
                finding.topic,
                finding.partition,
                finding.offset,
                finding.key,
                refusal.content,
                None,
            )
            self._service.dead_letters.count(letter)
            self._service.producer.send_dead_letter(letter)
        if refused and self._service.producer.flush(self._flush_seconds):
            raise StoreAway("dead-letters", "the dead letters do not reach the broker")

    def _wait(self, exc: StoreAway) -> float:
        """Say loudly what is wrong; give the seconds to wait, with full jitter."""
        self._errors.labels(code=exc.code).inc()
        if self._service.readiness.waits(STORE, exc.reason):
            get_log("write").error("store_away", reason=exc.reason, code=exc.code)
        seconds = wait_seconds(exc, self._failures, self._jitter)
        self._failures += 1
        return seconds
