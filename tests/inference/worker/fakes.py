"""Jobs, producers and consumers of tests that need no broker."""

from collections import Counter
from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from inference.worker.claim import Claim
from inference.worker.job import Job, Kind
from inference.worker.shared import Shared
from posestream.clock import SettableClock
from posestream.config import KafkaConfig
from posestream.messaging.events import read_poses
from posestream.messaging.frame_message import JPEG, NO_PICTURE, FrameMessage, frame_headers
from posestream.messaging.headers import Headers
from posestream.schemas import FrameStamp, Poses, TimeSource
from posestream.telemetry.metrics import Metrics

NOW_NS = 1_795_000_000_000_000_000


def shared(max_frame_age: float = 1.0) -> Shared:
    """What the parts of a worker share, on a clock that stands."""
    kafka = KafkaConfig(topic_prefix="t", max_frame_age=max_frame_age)
    return Shared.of(kafka, SettableClock(NOW_NS), Metrics("infer", "infer/test"))


def clock_of(given: Shared) -> SettableClock:
    assert isinstance(given.clock, SettableClock)
    return given.clock


def stamp(
    camera: str = "lobby", index: int = 0, age: float = 0.0, source: TimeSource = TimeSource.ARRIVAL
) -> FrameStamp:
    """A stamp of a frame that is ``age`` seconds old."""
    return FrameStamp(camera, 7, index, index / 5, NOW_NS - round(age * 1e9), source, 320, 192)


def job(
    camera: str = "lobby",
    index: int = 0,
    kind: Kind = Kind.PICTURE,
    *,
    claim: Claim | None = None,
    payload: bytes = b"picture",
    codec: str = JPEG,
    age: float = 0.0,
    keyframe: bool = True,
    received_at: float = 0.0,
) -> Job:
    """A job whose offset is its index, taken from its claim."""
    owner = claim or Claim(0, None)
    if kind is not Kind.PICTURE:
        codec, payload = NO_PICTURE, b""
    place = stamp(camera, index, age)
    if kind is not Kind.LAPSE:
        assert owner.take(index) is not None
    frame = FrameMessage(place, codec, keyframe, payload)
    return Job(kind, owner, index, frame, frame_headers(place, codec, keyframe=keyframe), received_at)


class NotedProducer:
    """Keeps what it is given; delivered when the test says so."""

    def __init__(self, *, delivers: bool = True) -> None:
        self.sent: list[tuple[str, str | bytes | None, bytes | None, Headers]] = []
        self._delivers = delivers
        self._waiting: list[Callable[[], None]] = []

    def send(
        self,
        stream: str,
        key: str | bytes | None,
        value: bytes | None,
        headers: Headers,
        on_delivered: Callable[[], None] | None = None,
    ) -> None:
        self.sent.append((stream, key, value, headers))
        if on_delivered is not None:
            self._waiting.append(on_delivered)
        if self._delivers:
            self.deliver()

    def deliver(self) -> None:
        """The broker has everything."""
        waiting, self._waiting = self._waiting, []
        for delivered in waiting:
            delivered()

    def poses(self) -> list[Poses]:
        """The poses among what was sent."""
        return [
            read_poses(key.encode() if isinstance(key, str) else key, value, headers)  # type: ignore[arg-type]
            for stream, key, value, headers in self.sent
            if stream == "poses"
        ]

    def streams(self) -> Counter[str]:
        return Counter(stream for stream, *_ in self.sent)


def failure(code: int = KafkaError._TIMED_OUT) -> KafkaException:
    """What the client raises."""
    return KafkaException(KafkaError(code))


class FakeBroker:
    """A consumer's broker: what is committed, where the young frames begin, where the partitions end."""

    def __init__(
        self,
        committed: dict[int, int] | None = None,
        young: dict[int, int] | None = None,
        ends: dict[int, int] | None = None,
    ) -> None:
        self.before, self.young, self.ends = committed or {}, young or {}, ends or {}
        self.assigned: dict[int, int] = {}
        self.stored: dict[int, int] = {}
        self.commits: list[dict[int, int]] = []
        self.fails = False

    def committed(self, partitions: list[TopicPartition], timeout: float = 0) -> list[TopicPartition]:  # noqa: ARG002  # as the client
        self._maybe_fail()
        return [
            TopicPartition(each.topic, each.partition, self.before.get(each.partition, -1001)) for each in partitions
        ]

    def offsets_for_times(self, partitions: list[TopicPartition], timeout: float = 0) -> list[TopicPartition]:  # noqa: ARG002  # as the client
        self._maybe_fail()
        return [TopicPartition(each.topic, each.partition, self.young.get(each.partition, -1)) for each in partitions]

    def get_watermark_offsets(
        self,
        partition: TopicPartition,
        timeout: float = 0,  # noqa: ARG002  # as the client
        cached: bool = False,  # noqa: ARG002
    ) -> tuple[int, int] | None:
        self._maybe_fail()
        return 0, self.ends.get(partition.partition, 0)

    def incremental_assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned |= {each.partition: each.offset for each in partitions}

    def store_offsets(self, *, offsets: list[TopicPartition]) -> None:
        self._maybe_fail()
        self.stored |= {each.partition: each.offset for each in offsets}

    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> None:
        assert not asynchronous
        self._maybe_fail()
        self.commits.append({each.partition: each.offset for each in offsets})

    def _maybe_fail(self) -> None:
        if self.fails:
            raise failure()
