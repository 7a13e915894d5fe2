"""What a stage counts, and what it does with an event that it cannot answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from lab.walkers import walk
from posestream.clock import SettableClock
from posestream.config import Config
from posestream.service import Service, ServiceOptions, running
from sinks.passed_over import MOST_IN_A_ROW
from sinks.stage_meter import LATELY_SECONDS, MOST_CAMERAS, LatelySeen, StageMeter, is_later

STAMP = walk("hall", 1)[0].stamp


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Give a service without a broker: none is needed to count."""
    config = Config.model_validate(
        {"cameras": [{"id": "hall", "url": "file:a.mp4"}], "kafka": {"bootstrap_servers": "127.0.0.1:1"}}
    )
    with running("track", config, ServiceOptions("w1", tmp_path, 0)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("epoch", "captured_at_ns", "later"),
    [
        (None, 0, True),
        (STAMP.epoch, STAMP.captured_at_ns, False),
        (STAMP.epoch, STAMP.captured_at_ns - 1, True),
        (STAMP.epoch, STAMP.captured_at_ns + 1, False),
        (STAMP.epoch - 1, STAMP.captured_at_ns + 1, True),
        (STAMP.epoch + 1, 0, False),
    ],
    ids=["first", "same", "later", "earlier", "a new epoch", "an old epoch"],
)
def test_an_event_counts_when_it_is_later_than_the_last(epoch: int | None, captured_at_ns: int, later: bool) -> None:
    assert is_later(STAMP, epoch, captured_at_ns) is later


def test_cameras_are_those_of_the_last_minute() -> None:
    clock = SettableClock()
    seen = LatelySeen(clock)
    assert seen() == ()
    seen.saw("yard")
    clock.advance(LATELY_SECONDS / 2)
    seen.saw("hall")
    assert seen() == ("hall", "yard")
    clock.advance(LATELY_SECONDS / 2 + 1)
    assert seen() == ("hall",)


def test_the_number_of_cameras_is_bounded() -> None:
    seen = LatelySeen(SettableClock())
    for number in range(MOST_CAMERAS + 5):
        seen.saw(f"c{number}")
    assert len(seen()) == MOST_CAMERAS


def test_figures_are_by_camera_and_those_the_config_does_not_know_are_one(service: Service) -> None:
    meter = StageMeter(service, LatelySeen(service.clock))
    for camera in ("hall", "hall", "attic", "cellar"):
        meter.came(walk(camera, 1)[0].stamp)
    meter.repeated(STAMP, STAMP.epoch)
    text = service.metrics.text().decode()
    assert 'posestream_events_total{camera="hall"} 2.0' in text
    assert 'posestream_events_total{camera="other"} 2.0' in text
    assert 'posestream_events_repeated_total{camera="hall"} 1.0' in text
    assert 'posestream_frame_age_seconds_count{stage="track"} 4.0' in text
    assert "attic" not in text


def test_repeats_of_older_epochs_are_told_when_they_do_not_end(service: Service) -> None:
    meter = StageMeter(service, LatelySeen(service.clock))
    with structlog.testing.capture_logs() as logs:
        for epoch in (None, STAMP.epoch, STAMP.epoch + 1):
            for _ in range(MOST_IN_A_ROW):
                meter.repeated(STAMP, epoch)
        meter.came(STAMP)
        meter.repeated(STAMP, STAMP.epoch + 1)
        assert logs == []
        for _ in range(MOST_IN_A_ROW):
            meter.repeated(STAMP, STAMP.epoch + 1)
    assert [line["event"] for line in logs] == ["passed_over"]


def test_a_lost_state_is_told_once_for_each_camera_and_counted(service: Service) -> None:
    meter = StageMeter(service, LatelySeen(service.clock))
    with structlog.testing.capture_logs() as logs:
        for camera in ("hall", "hall", "yard"):
            meter.state_lost(camera, ValueError("version 9"))
    assert [(line["event"], line["log_level"], line["camera"]) for line in logs] == [
        ("state_lost", "error", "hall"),
        ("state_lost", "error", "yard"),
    ]
    assert b"posestream_states_lost_total 3.0" in service.metrics.text()
