"""What is told of the cameras, read back from a real broker."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np

from ingest.account import DropReason, FrameCounts
from ingest.camera_health import CameraHealthReport
from ingest.health.picture_meter import PictureFigures
from ingest.live import LiveCamera
from ingest.sender import CameraLook
from ingest.settings import ReadSettings
from ingest.source import parse_source
from ingest.status import CameraState, CameraStatus
from posestream.clock import SettableClock, SystemClock
from posestream.config import KafkaConfig
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.health_message import CameraHealth, Health, read_health

START_NS = 1_750_000_000_000_000_000
HealthOn = Callable[[KafkaConfig], list[Health]]


def look(state: CameraState, decoded: int = 0, reason: str | None = None, camera_id: str = "cam") -> CameraLook:
    """A camera of which half of the frames were sampled, of which all but one were delivered."""
    sampled = decoded // 2
    dropped = dict.fromkeys(DropReason, 0) | {DropReason.NEWER: min(1, sampled)}
    status = CameraStatus(
        state=state,
        reason=reason,
        epoch=1_750_000_000_000,
        frames_decoded=decoded,
        frames_sampled=sampled,
        frames_dropped=dropped[DropReason.NEWER],
        reconnects=2,
        source_fps=25.0,
        last_frame_at_monotonic=None,
    )
    return CameraLook(camera_id, status, FrameCounts(sampled, max(0, sampled - 1), dropped))


def test_each_camera_is_told_of_every_second_and_when_its_state_changes(
    kafka: KafkaConfig, health_on: HealthOn
) -> None:
    clock = SettableClock(START_NS)
    with EventProducer(kafka) as producer:
        report = CameraHealthReport(producer, "site", "ingest/w1", clock)
        report.tell(look(CameraState.CONNECTING))
        clock.advance(0.4)
        report.tell(look(CameraState.CONNECTING))  # nothing new
        report.tell(look(CameraState.LIVE, 4))
        report.tell(look(CameraState.LIVE, 5, camera_id="other"))
        clock.advance(0.6)
        report.tell(look(CameraState.LIVE, 10))
        clock.advance(0.5)
        report.tell(look(CameraState.DOWN, 20, "rtsp://h/x: gone"))
        report.tell_stopped(look(CameraState.DOWN, 20))
    told = [health for health in health_on(kafka) if isinstance(health, CameraHealth)]
    mine = [health for health in told if health.camera == "cam"]
    assert [(it.state, it.reason, it.frames_decoded, it.fps) for it in mine] == [
        ("connecting", "", 0, 0.0),
        ("live", "", 4, 0.0),
        ("live", "", 10, 10.0),
        ("down", "rtsp://h/x: gone", 20, 10.0),
        ("stopped", "", 20, 0.0),
    ]
    assert [health.at_ns - START_NS for health in mine] == [0, 400_000_000, 10**9, 1_500_000_000, 1_500_000_000]
    assert [health.camera for health in told].count("other") == 1
    last = mine[-1]
    assert (last.worker, last.epoch, last.reconnects) == ("ingest/w1", 1_750_000_000_000, 2)
    assert (last.frames_produced, last.frames_delivered) == (10, 9)
    assert last.frames_dropped == {reason.value: int(reason is DropReason.NEWER) for reason in DropReason}


def test_reasons_are_told_at_once_and_none_of_a_camera_that_was_stopped(
    kafka: KafkaConfig, health_on: HealthOn
) -> None:
    clock = SettableClock(START_NS)
    dark = replace(
        look(CameraState.LIVE).status,
        figures=PictureFigures(5.0, 1.0, 0.0, 3.0, 1.0, 0.5, 0.0, 1.0),
        time_source="rtcp",
        skew_seconds=-0.25,
    )
    seen = replace(look(CameraState.LIVE), status=dark)
    verdicts = []
    with EventProducer(kafka) as producer:
        report = CameraHealthReport(producer, "site", "ingest/w1", clock)
        for _ in range(53):
            verdicts.append(report.tell(seen))
            producer.flush(10.0)  # else signs of life are left out, as with the broker away
            clock.advance(0.2)
        report.tell_stopped(seen)
    told = [it for it in health_on(kafka) if isinstance(it, CameraHealth)]
    first = next(it for it in told if it.reasons)
    assert (first.reasons, first.score) == (("dark",), verdicts[-1].score)
    assert 10**10 <= first.at_ns - START_NS < 10**10 + 250_000_000
    assert (first.time_source, first.skew_ms) == ("rtcp", -250.0)
    assert {(it.score, it.reasons) for it in told[: told.index(first)]} == {(100, ())}
    assert (told[-1].state, told[-1].score, told[-1].reasons) == ("stopped", 100, ())


def test_with_the_broker_away_signs_of_life_are_not_heaped_up() -> None:
    clock = SettableClock(START_NS)
    producer = EventProducer(KafkaConfig(bootstrap_servers="127.0.0.1:1"))
    report = CameraHealthReport(producer, "site", "ingest/w1", clock)
    for _ in range(1000):
        report.tell(look(CameraState.LIVE))
        clock.advance(1.0)
    assert 0 < producer.waiting < 50  # what the client has to say of the broker is among them


class KeptMessages:
    """Stands for the producer: keeps what is sent."""

    waiting = 0

    def __init__(self) -> None:
        self.told: list[CameraHealth] = []

    def send(self, _topic: str, key: str, value: bytes, headers: Any, *, vital: bool) -> None:  # noqa: ANN401  # as confluent has them
        health = read_health(key.encode(), value, headers)
        assert isinstance(health, CameraHealth)
        assert not vital
        self.told.append(health)


def black_clip(path: Path) -> Path:
    """A second of a camera whose light is off: nothing but the sensor's noise."""
    rng = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(10):
            picture = rng.integers(0, 12, (120, 160, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")))
        container.mux(stream.encode())
    return path


def test_a_camera_in_a_process_of_its_own_that_sees_nothing_is_told_to_be_dark(
    tmp_path: Path, wait_for: Callable[[Callable[[], object]], None]
) -> None:
    settings = ReadSettings("cam", width=80, isolation="process")
    source = parse_source(str(black_clip(tmp_path / "black.mp4")))
    live = LiveCamera(source, settings, SystemClock(), random.Random(1), lambda: None)  # noqa: S311  # jitter, no secret
    clock, kept = SettableClock(START_NS), KeptMessages()
    report = CameraHealthReport(kept, "site", "ingest/w1", clock)  # type: ignore[arg-type]  # only sends

    def tell() -> None:
        status = live.status()
        report.tell(CameraLook("cam", status, FrameCounts(0, 0, dict.fromkeys(DropReason, 0))))
        clock.advance(1.0)  # the report's time flies

    tell()
    live.start()
    try:
        wait_for(lambda: live.status().figures and live.status().state is CameraState.LIVE)
        for _ in range(12):
            tell()
    finally:
        assert live.stop(10.0)
    tell()
    states = [health.state for health in kept.told]
    assert (states[0], states[-2:]) == ("connecting", ["live", "stopped"])
    assert [health.reasons for health in kept.told[:10]] == [()] * 10
    assert (kept.told[-2].reasons, kept.told[-2].score) == (("dark",), 40)
    assert (kept.told[-1].reasons, kept.told[-1].score) == ((), 100)
