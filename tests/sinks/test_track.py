"""``posestream track`` over a real broker: whatever happens to it, the tracks are those of the pure tracker."""

from pathlib import Path

import numpy as np
import pytest

from lab.records import Record, records
from lab.truth import check_tracks
from lab.walkers import endless, interleaved, messages_of, send_poses, walk
from lab.workers import fed, wait_with, workers
from posestream.config import KafkaConfig

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
