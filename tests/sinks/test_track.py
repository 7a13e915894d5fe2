"""``posestream track`` over a real broker: whatever happens to it, the tracks are those of the pure tracker."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from quixstreams.context import set_message_context
from quixstreams.models import MessageContext

from lab.installation import wait_until
from lab.memory_state import DictState
from lab.records import Record, records
from lab.truth import check_tracks
from lab.walkers import endless, interleaved, messages_of, send_poses, walk
from lab.workers import fed, wait_with, workers
from posestream.config import Config, KafkaConfig
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.events import event_headers, read_tracks, write_poses
from posestream.schemas import Poses, Tracks
from posestream.service import Service, ServiceOptions, running
from postprocess.tracking.state import TrackerState
from sinks.kept_state import keep
from sinks.stage_meter import LatelySeen, StageMeter
from sinks.stream import StreamOptions, run_stream
from sinks.track import Follow, build, followed, tracking

pytestmark = pytest.mark.kafka
CAMERAS = ("hall", "lobby", "yard")


CONFIG = {"cameras": [{"id": name, "url": "file:made.mp4"} for name in CAMERAS]}


def events_of(found: list[Record]) -> int:
    return len({(record.key, record.value) for record in found})


def test_every_event_is_answered_once_and_repeats_are_passed_over(kafka: KafkaConfig, tmp_path: Path) -> None:
    film = interleaved([walk(camera, 40) for camera in CAMERAS])
    send_poses(kafka, [*film[:60], *film[30:60], *film[60:], film[0]])
    with workers(kafka, tmp_path, CONFIG) as installation:
        installation.start("track")
        wait_with(installation, "track/w1", lambda: messages_of(kafka, "tracks") >= len(film), "all tracks")
        figures = installation.figures("track/w1")
        code, seconds = installation.terminate("track/w1")
    assert code == 0
    assert seconds < 10
    verdict = check_tracks(records(kafka, "poses"), records(kafka, "tracks"))
    assert verdict.wrong == []
    assert verdict.counts["repeated"] == 0
    assert sum(value for name, value in figures.items() if "events_repeated_total" in name) == 31
    assert figures['posestream_events_total{camera="hall"}'] == 40


@pytest.mark.slow
@pytest.mark.parametrize("delivery", [pytest.param("at-least-once", marks=pytest.mark.long), "exactly-once"])
def test_a_worker_killed_again_and_again_gives_what_an_unharmed_one_gives(
    kafka: KafkaConfig, tmp_path: Path, delivery: str
) -> None:
    rng = np.random.default_rng(7)
    with workers(kafka, tmp_path, CONFIG | {"kafka": {"delivery": delivery}}) as installation:
        with fed(send_poses, kafka, endless(CAMERAS, seed=3), 100):
            for _ in range(4):
                aim = messages_of(kafka, "tracks") + int(rng.integers(1, 400))
                installation.start("track")
                wait_with(installation, "track/w1", lambda aim=aim: messages_of(kafka, "tracks") >= aim, "answers")
                installation.kill("track/w1")
        sent = messages_of(kafka, "poses")
        installation.start("track")
        wait_with(installation, "track/w1", lambda: events_of(records(kafka, "tracks")) >= sent, "all tracks")
        assert installation.terminate("track/w1")[0] == 0
    verdict = check_tracks(records(kafka, "poses"), records(kafka, "tracks"))
    assert verdict.wrong == []
    assert verdict.counts["events"] == sent
    if delivery == "exactly-once":
        assert verdict.counts["repeated"] == 0


@pytest.fixture
def service(lone_service: Callable[..., Service]) -> Iterator[Service]:
    """Give a service of this process, which works on a message of the poses topic."""
    opened = lone_service("track")
    set_message_context(MessageContext(opened.config.kafka.topic("poses"), 2, 77, 1))
    yield opened
    set_message_context(None)


def stage_of(service: Service, follow: Follow | None = None) -> Callable[[Poses, DictState], list[bytes | DeadLetter]]:
    return tracking(StageMeter(service, LatelySeen(service.clock)), follow)


def ids_of(value: bytes | DeadLetter) -> set[int]:
    assert isinstance(value, bytes)
    return set(read_tracks(b"hall", value, event_headers()).track_ids.tolist())


def test_an_event_that_cannot_be_answered_is_a_dead_letter_and_the_camera_goes_on(service: Service) -> None:
    film, state = walk("hall", 30), DictState()

    def follow(tracker: TrackerState, poses: Poses) -> tuple[TrackerState, Tracks]:
        if poses is film[10]:
            raise ValueError("wanted finite numbers")
        return followed(tracker, poses)

    stage = stage_of(service, follow)
    before = [stage(poses, state) for poses in film[:10]]
    [letter] = stage(film[10], state)
    after = [stage(poses, state) for poses in film[11:]]
    assert all(len(answer) == 1 for answer in before + after)
    ids = ids_of(before[-1][0]), ids_of(after[-1][0])
    assert ids[0]
    assert ids[1]
    assert not ids[0] & ids[1], "an id is never used again"
    assert isinstance(letter, DeadLetter)
    assert letter.reason.startswith("track cannot answer it: ValueError: wanted finite")
    assert (letter.topic, letter.partition, letter.offset) == (service.config.kafka.topic("poses"), 2, 77)
    assert letter.message_value() == write_poses(film[10])


def test_a_state_that_is_too_large_to_be_kept_is_a_dead_letter_and_the_camera_goes_on(service: Service) -> None:
    film, state = walk("hall", 6), DictState()

    def follow(tracker: TrackerState, poses: Poses) -> tuple[TrackerState, Tracks]:
        tracker, tracks = followed(tracker, poses)
        if poses is not film[3]:
            return tracker, tracks
        return replace(tracker, roster=replace(tracker.roster, scores=np.zeros(5_000_000, np.float32))), tracks

    stage = stage_of(service, follow)
    found = [stage(poses, state)[0] for poses in film]
    assert [isinstance(answer, DeadLetter) for answer in found] == [False] * 3 + [True] + [False] * 2
    assert isinstance(found[3], DeadLetter)
    assert "bytes, at most" in found[3].reason


def test_a_state_that_cannot_be_read_starts_the_camera_anew(service: Service) -> None:
    film, state = walk("hall", 10), DictState()
    stage = stage_of(service)
    keep(state, "tracker", b"\x63 of another time")
    assert stage(film[0], state) == stage_of(service)(film[0], DictState())
    assert stage(film[0], state) == []
    assert b"posestream_states_lost_total 1.0" in service.metrics.text()


def test_the_letters_of_the_stage_arrive_with_the_tracks(kafka: KafkaConfig, tmp_path: Path) -> None:
    film = walk("hall", 10)
    absurd = replace(film[0], stamp=replace(film[0].stamp, epoch=2**60))

    def follow(tracker: TrackerState, poses: Poses) -> tuple[TrackerState, Tracks]:
        if poses.stamp.frame_index == 4:
            raise ValueError("wanted finite numbers")
        return followed(tracker, poses)

    send_poses(kafka, [*film[:2], absurd, *film[2:]])
    with running("track", Config(kafka=kafka), ServiceOptions("w1", tmp_path, 0)) as service:
        meter = StageMeter(service, LatelySeen(service.clock))
        options = StreamOptions(0.2, exactly_once=True)
        make = lambda app: build(service, app, meter, follow)  # noqa: E731  # for the thread
        thread = threading.Thread(target=run_stream, args=(service, options, make))
        thread.start()
        try:
            wait_until(lambda: len(records(kafka, "tracks")) == 9 and len(records(kafka, "dead-letters")) == 2, "all")
        finally:
            service.stop.set()
            thread.join(20)
    letters = sorted(dict(letter.headers or ())["reason"] for letter in records(kafka, "dead-letters"))
    assert letters[0].startswith(b"epoch 1152921504606846976, which begins")
    assert letters[1].startswith(b"track cannot answer it: ValueError")
