import pytest

from ingest.account import DropReason, FrameCounts
from ingest.beats import beat
from ingest.camera_figures import CameraFigures
from ingest.health.judge import HealthReason, Verdict
from ingest.sender import CameraLook
from ingest.status import CameraState, CameraStatus
from posestream.clock import SettableClock
from posestream.messaging.frame_message import FrameMessage
from posestream.schemas import FrameStamp, TimeSource
from posestream.telemetry.metrics import Metrics

START_NS = 1_750_000_000_000_000_000


def look(state: CameraState, decoded: int, corrupt: int, delivered: int, not_delivered: int) -> CameraLook:
    dropped = dict.fromkeys(DropReason, 0) | {DropReason.NOT_DELIVERED: not_delivered, DropReason.DAMAGED: corrupt}
    status = CameraStatus(
        state=state,
        reason=None,
        epoch=1,
        frames_decoded=decoded,
        frames_sampled=decoded - corrupt,
        frames_dropped=0,
        reconnects=1,
        source_fps=25.0,
        last_frame_at_monotonic=None,
        frames_corrupt=corrupt,
    )
    return CameraLook("cam", status, FrameCounts(decoded, delivered, dropped))


def values(metrics: Metrics) -> dict[str, float]:
    """All samples of one camera or stage, without the moments at which they were made."""
    lines = [line for line in metrics.text().decode().splitlines() if line.startswith("posestream_")]
    pairs = [line.rpartition(" ") for line in lines if "_created" not in line and "_bucket" not in line]
    return {name.removeprefix("posestream_"): float(value) for name, _, value in pairs if "build_info" not in name}


def test_everything_stands_at_zero_before_anything_has_happened() -> None:
    metrics = Metrics("ingest", "ingest/w1")
    CameraFigures(metrics, ("cam", "other"), SettableClock())
    found = values(metrics)
    assert set(found.values()) == {0.0}
    for camera in ("cam", "other"):
        assert f'camera_up{{camera="{camera}"}}' in found
        for reason in DropReason:
            assert f'frames_dropped_total{{camera="{camera}",reason="{reason.value}"}}' in found


def test_counters_follow_what_the_cameras_say() -> None:
    metrics = Metrics("ingest", "ingest/w1")
    figures = CameraFigures(metrics, ("cam",), SettableClock())
    for camera in (look(CameraState.LIVE, 10, 1, 5, 2), look(CameraState.LIVE, 12, 2, 7, 3)):
        figures.show(camera)
    found = values(metrics)
    assert found['frames_received_total{camera="cam"}'] == 12
    assert found['frames_decoded_total{camera="cam"}'] == 10
    assert found['frames_produced_total{camera="cam"}'] == 12
    assert found['frames_delivered_total{camera="cam"}'] == 7
    assert found['frames_dropped_total{camera="cam",reason="not_delivered"}'] == 3
    assert found['frames_dropped_total{camera="cam",reason="damaged"}'] == 2
    assert found['camera_reconnects_total{camera="cam"}'] == 1
    assert found['camera_up{camera="cam"}'] == 1
    figures.show(look(CameraState.REFUSED, 12, 2, 7, 3))
    assert values(metrics)['camera_up{camera="cam"}'] == 0


def test_health_is_a_score_and_a_flag_for_every_reason() -> None:
    metrics = Metrics("ingest", "ingest/w1")
    figures = CameraFigures(metrics, ("cam",), SettableClock())
    figures.show(look(CameraState.LIVE, 10, 1, 5, 2), Verdict(20, (HealthReason.DARK, HealthReason.LOW_FPS)))
    found = values(metrics)
    assert found['camera_health_score{camera="cam"}'] == 20
    flags = {reason: found[f'camera_unhealthy{{camera="cam",reason="{reason.value}"}}'] for reason in HealthReason}
    assert {reason for reason, flag in flags.items() if flag == 1} == {HealthReason.DARK, HealthReason.LOW_FPS}
    figures.show(look(CameraState.LIVE, 10, 1, 5, 2))
    found = values(metrics)
    assert found['camera_health_score{camera="cam"}'] == 100
    assert {found[f'camera_unhealthy{{camera="cam",reason="{reason.value}"}}'] for reason in HealthReason} == {0.0}
    figures.forget("cam")
    assert not [name for name in values(metrics) if "health" in name]


@pytest.mark.parametrize(
    ("age_ns", "seen"),
    [(40_000_000, 0.04), (-5_000_000_000, 0.0)],  # a clock that went back makes no negative age
)
def test_the_age_of_a_frame_is_taken_when_the_broker_has_it(age_ns: int, seen: float) -> None:
    metrics = Metrics("ingest", "ingest/w1")
    figures = CameraFigures(metrics, ("cam",), SettableClock(START_NS))
    stamp = FrameStamp("cam", 1, 0, 0.0, START_NS - age_ns, TimeSource.ARRIVAL, 160, 120)
    figures.note_age(FrameMessage(stamp, "jpeg", keyframe=True, payload=b"x"), None)
    figures.note_age(beat(stamp), None)
    found = values(metrics)
    assert found['frame_age_seconds_count{stage="ingest"}'] == 1
    assert found['frame_age_seconds_sum{stage="ingest"}'] == pytest.approx(seen)
