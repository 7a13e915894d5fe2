"""Replaying into a real Kafka; the pace by a clock that the test sets."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition

from posestream.clock import SettableClock, SystemClock
from posestream.config import KafkaConfig
from posestream.errors import DependencyError, InputError, UsageError
from posestream.hosts.replay import ReplayOptions, paced, renamed, replay, within
from posestream.messaging.clients import reader
from posestream.messaging.events import read_poses, read_tracks, write_poses
from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17
from sinks.parquet_files import add_rows, folder_of
from sinks.parquet_tables import to_table

SECOND_NS = 1_000_000_000
Quiet = Callable[[int, int | None, int], None]


def poses_at(camera_id: str, second: float, index: int = 0) -> Poses:
    stamp = FrameStamp(camera_id, 0, index, second, round(second * SECOND_NS), TimeSource.FILE, 320, 240)
    return Poses.empty(stamp, COCO17, "test")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Ten seconds of two cameras, as archive makes them."""
    for number, camera_id in enumerate(("lobby", "yard")):
        poses = [poses_at(camera_id, 100 + index / 5 + number / 10, index) for index in range(50)]
        for stream, events in (("poses", poses), ("tracks", [Tracks.empty(event) for event in poses])):
            folder = tmp_path / folder_of(stream, camera_id, poses[0].stamp.captured_at_ns)
            add_rows(folder, number, to_table(stream, list(enumerate(events))))
    return tmp_path


def quiet(_done: int, _expected: int | None, _persons: int) -> None:
    pass


def sent_to(kafka: KafkaConfig, stream: str) -> list[bytes]:
    """All values of a topic, by capture time."""
    consumer = Consumer(reader(kafka, "test", beginning=True))
    consumer.assign([TopicPartition(kafka.topic(stream), number, 0) for number in range(kafka.partitions)])
    messages, ended = [], 0
    while ended < kafka.partitions:
        message = consumer.poll(30.0)
        assert message is not None
        if message.error() is None:
            messages.append(message)
        else:
            assert message.error().code() == KafkaError._PARTITION_EOF
            ended += 1
    consumer.close()
    read = read_poses if stream == "poses" else read_tracks
    events = [(read(each.key(), each.value(), each.headers()), each.value()) for each in messages]
    return [value for event, value in sorted(events, key=lambda pair: _at_ns(pair[0]))]


def _at_ns(event: Poses | Tracks) -> int:
    return (event.poses if isinstance(event, Tracks) else event).stamp.captured_at_ns


def test_what_was_recorded_is_sent_again_byte_by_byte(kafka: KafkaConfig, archive: Path) -> None:
    told: list[tuple[int, int | None, int]] = []
    options = ReplayOptions("poses", speed=None)
    stop = threading.Event()
    assert replay([archive], kafka, options, SystemClock(), stop, lambda *what: told.append(what)) == 100
    wanted = sorted(
        (poses_at(camera, 100 + index / 5 + number / 10, index) for number, camera in enumerate(("lobby", "yard"))
         for index in range(50)), key=_at_ns,
    )  # fmt: skip
    assert sent_to(kafka, "poses") == [write_poses(poses) for poses in wanted]
    assert (told[0], told[-1]) == ((1, 100, 0), (100, 100, 0))


def test_a_part_of_one_camera_under_another_name(kafka: KafkaConfig, archive: Path) -> None:
    options = ReplayOptions("tracks", None, 102 * SECOND_NS, 104 * SECOND_NS, "yard", "trial")
    assert replay([archive], kafka, options, SystemClock(), threading.Event(), quiet) == 10
    events = [read_tracks(b"trial", value, [("schema_version", b"1")]) for value in sent_to(kafka, "tracks")]
    assert {event.poses.stamp.camera_id for event in events} == {"trial"}
    assert [event.poses.stamp.frame_index for event in events] == list(range(10, 20))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (ReplayOptions("poses", name="trial"), UsageError, "several cameras (lobby, yard)"),
        (ReplayOptions("poses", camera="attic"), InputError, "no recorded poses of camera 'attic'"),
        (ReplayOptions("poses", since_ns=200 * SECOND_NS), InputError, "between --from and --to"),
    ],
)
def test_mistakes(
    kafka: KafkaConfig, archive: Path, options: ReplayOptions, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        replay([archive], kafka, options, SystemClock(), threading.Event(), quiet)
    assert words in str(caught.value)
    assert sent_to(kafka, "poses") == []


def test_a_broker_or_topic_that_is_not_there(kafka: KafkaConfig, archive: Path) -> None:
    without = kafka.model_copy(update={"topic_prefix": "nobody"})
    for config, words in (
        (without, "topics apply"),
        (KafkaConfig(bootstrap_servers="127.0.0.1:9"), "cannot be reached"),
    ):
        with pytest.raises(DependencyError, match=words):
            replay([archive], config, ReplayOptions("poses"), SystemClock(), threading.Event(), quiet)


class Stopping(threading.Event):
    """An event whose waiting lets the clock go on, and that is set after a while."""

    def __init__(self, clock: SettableClock, after: float = float("inf")) -> None:
        super().__init__()
        self._clock, self._after = clock, after

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self._clock.advance(timeout)
        if self._clock.monotonic() >= self._after:
            self.set()
        return self.is_set()


def at(seconds: list[float]) -> Iterator[Poses]:
    return (poses_at("lobby", second) for second in seconds)


@pytest.mark.parametrize(
    ("seconds", "speed", "moments"),
    [
        ([], 1.0, []),
        ([100.0], 1.0, [0.0]),
        ([100.0, 101.0, 103.5], 1.0, [0.0, 1.0, 3.5]),
        ([100.0, 101.0, 103.5], 10.0, [0.0, 0.1, 0.35]),
        ([100.0, 101.0, 103.5], 0.5, [0.0, 2.0, 7.0]),
        ([100.0, 101.0, 103.5], None, [0.0, 0.0, 0.0]),
        ([100.0, 90.0, 101.0], 1.0, [0.0, 0.0, 1.0]),  # a clock that was set back
    ],
)
def test_the_pace_is_that_of_capture(seconds: list[float], speed: float | None, moments: list[float]) -> None:
    clock = SettableClock()
    found = [clock.monotonic() for _ in paced(at(seconds), speed, clock, Stopping(clock))]
    assert found == pytest.approx(moments)


def test_a_stop_ends_the_waiting(archive: Path, kafka: KafkaConfig) -> None:
    clock = SettableClock()
    stop = Stopping(clock, after=2.0)
    assert len(list(paced(at([100.0, 101.0, 100_000.0]), 1.0, clock, stop))) == 2
    assert replay([archive], kafka, ReplayOptions("poses"), clock, stop, quiet) == 0  # nothing sent is no mistake then


def test_times_are_half_open() -> None:
    options = ReplayOptions("poses", since_ns=SECOND_NS, until_ns=3 * SECOND_NS)
    assert [within(poses_at("a", second), options) for second in range(5)] == [False, True, True, False, False]
    assert within(poses_at("a", 0), ReplayOptions("poses"))


def test_a_new_name_is_all_that_changes() -> None:
    poses = poses_at("lobby", 100)
    assert renamed(poses, None) is poses
    other = renamed(Tracks.empty(poses), "trial")
    assert isinstance(other, Tracks)
    assert write_poses(other.poses) == write_poses(poses_at("trial", 100))
