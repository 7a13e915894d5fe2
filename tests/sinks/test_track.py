"""``posestream track`` over a real broker: whatever happens to it, the tracks are those of the pure tracker."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from quixstreams.context import set_message_context
from quixstreams.models import MessageContext

from lab.memory_state import DictState
from lab.records import Record, records
from lab.truth import check_tracks
from lab.walkers import endless, interleaved, messages_of, send_poses, walk
from lab.workers import fed, wait_with, workers
from posestream.config import Config, KafkaConfig
from posestream.messaging.events import event_headers, read_tracks, write_poses
from posestream.schemas import Poses, Tracks
from posestream.service import Service, ServiceOptions, running
from postprocess.tracking.state import TrackerState
from sinks.kept_state import keep
from sinks.stage_meter import LatelySeen, StageMeter
from sinks.track import followed, tracking

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
@pytest.mark.parametrize("delivery", ["at-least-once", "exactly-once"])
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
def service(kafka: KafkaConfig, tmp_path: Path) -> Iterator[Service]:
    """Give a service of this process, which works on a message of the poses topic."""
    with running("track", Config(kafka=kafka), ServiceOptions("w1", tmp_path, 0)) as opened:
        set_message_context(MessageContext(kafka.topic("poses"), 2, 77, 1))
        yield opened
        set_message_context(None)


def test_an_event_that_cannot_be_answered_is_a_dead_letter_and_the_camera_goes_on(
    service: Service, kafka: KafkaConfig
) -> None:
    film, state = walk("hall", 30), DictState()

    def follow(tracker: TrackerState, poses: Poses) -> tuple[TrackerState, Tracks]:
        if poses is film[10]:
            raise ValueError("wanted finite numbers")
        return followed(tracker, poses)

    stage = tracking(StageMeter(service, LatelySeen(service.clock)), follow)
    before = [stage(poses, state) for poses in film[:10]]
    assert stage(film[10], state) == []
    after = [stage(poses, state) for poses in film[11:]]
    assert all(len(answer) == 1 for answer in before + after)
    ids = [
        set(read_tracks(b"hall", answer[0], event_headers()).track_ids.tolist()) for answer in (before[-1], after[-1])
    ]
    assert ids[0]
    assert ids[1]
    assert not ids[0] & ids[1], "an id is never used again"
    assert service.producer.flush(10) == 0
    [letter] = records(kafka, "dead-letters")
    headers = dict(letter.headers or ())
    assert headers["reason"].startswith(b"track cannot answer it: ValueError: wanted finite")
    assert (headers["source_partition"], headers["source_offset"]) == (b"2", b"77")
    assert letter.value == write_poses(film[10])


def test_a_state_that_cannot_be_read_starts_the_camera_anew(service: Service) -> None:
    film, state = walk("hall", 10), DictState()
    stage = tracking(StageMeter(service, LatelySeen(service.clock)))
    keep(state, "tracker", b"\x63 of another time")
    assert stage(film[0], state) == tracking(StageMeter(service, LatelySeen(service.clock)))(film[0], DictState())
    assert stage(film[0], state) == []
    assert b"posestream_states_lost_total 1.0" in service.metrics.text()
