import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.capture_time import Arrival, CaptureClock, CaptureTime
from posestream.schemas import TimeSource

SECOND = 1_000_000_000
START = 1_795_000_000.0
HOUR = 3600.0


@dataclass
class Camera:
    """A simulated camera of 10 frames a second, and our clock beside it."""

    clock: CaptureClock = field(default_factory=CaptureClock)
    latency: float = 0.2
    wrong: float = 0.0  # camera's clock minus the true time, seconds
    drift: float = 0.0  # of its timestamps, seconds per second
    reports_from: float = 0.0  # seconds until the first sender report
    true: float = 0.0
    ours: float = START  # our clock at true time 0
    pts_shift: float = 0.0
    start: float | None = None  # nonsense instead of the true time of timestamp 0, seconds
    told: list[CaptureTime] = field(default_factory=list)

    def run(self, seconds: float, every: float = 0.1) -> list[CaptureTime]:
        first = len(self.told)
        for _ in range(round(seconds / every)):
            self.true += every
            here = self.true + self.latency
            arrival = Arrival(round((self.ours + here) * SECOND), here)
            start_us = round((START + self.wrong if self.start is None else self.start) * 1e6)
            reported = start_us if self.true >= self.reports_from else None
            self.told.append(self.clock.frame(arrival, self.true * (1 + self.drift) + self.pts_shift, reported))
        return self.told[first:]

    def error(self, at: int = -1) -> float:
        """Seconds between what was told for the latest frame and the truth by our clock."""
        return self.told[at].captured_at_ns / SECOND - (self.ours + self.true)


def sources(told: list[CaptureTime]) -> list[TimeSource]:
    """Sources in their order, each once per spell."""
    found: list[TimeSource] = []
    for one in told:
        if not found or found[-1] is not one.source:
            found.append(one.source)
    return found


def rises(told: list[CaptureTime]) -> bool:
    return all(a.captured_at_ns < b.captured_at_ns for a, b in pairwise(told))


def test_a_good_clock_is_used_after_five_seconds_and_takes_the_latency_out() -> None:
    camera = Camera()
    camera.run(30)
    assert sources(camera.told) == [TimeSource.ARRIVAL, TimeSource.RTCP]
    assert camera.told[40].source is TimeSource.ARRIVAL
    assert camera.told[60].source is TimeSource.RTCP
    assert camera.error() == pytest.approx(0.0, abs=1e-6)
    assert camera.told[-1].skew_seconds == pytest.approx(-0.2)
    assert rises(camera.told)


def test_a_late_first_report_is_not_waited_for() -> None:
    camera = Camera(reports_from=5.0)
    early = camera.run(4.9)
    assert {(one.source, one.skew_seconds) for one in early} == {(TimeSource.ARRIVAL, None)}
    assert camera.error() == pytest.approx(0.2)
    camera.run(20)
    assert camera.told[-1].source is TimeSource.RTCP
    assert rises(camera.told)


@pytest.mark.parametrize("wrong", [HOUR, -HOUR, 1.0, -11.0, 3 * HOUR, 86400.0, -86400.0 * 365])
def test_a_camera_with_a_wrong_clock_is_told_by_arrival_and_its_skew_is_published(wrong: float) -> None:
    camera = Camera(wrong=wrong)
    camera.run(20)
    assert sources(camera.told) == [TimeSource.ARRIVAL]
    assert camera.told[-1].skew_seconds == pytest.approx(wrong - 0.2)
    assert camera.error() == pytest.approx(0.2)


@pytest.mark.parametrize("start", [-2_208_988_800.0, -1.0 * START, -100.0])
def test_a_camera_without_a_clock_has_no_skew(start: float) -> None:
    camera = Camera(start=start)
    camera.run(10)
    assert {(one.source, one.skew_seconds) for one in camera.told} == {(TimeSource.ARRIVAL, None)}


@pytest.mark.parametrize("drift", [50e-6, -50e-6, 150e-6])
def test_timestamps_that_drift_for_a_day_stay_right(drift: float) -> None:
    camera = Camera(drift=drift)
    camera.run(10)
    camera.run(86400, every=2.0)
    assert sources(camera.told) == [TimeSource.ARRIVAL, TimeSource.RTCP]
    assert abs(camera.error()) < 0.05
    assert rises(camera.told)


def test_congestion_is_no_drift() -> None:
    camera = Camera()
    camera.run(20)
    camera.latency = 3.0
    camera.run(600)
    assert abs(camera.error()) < 0.15
    assert camera.told[-1].source is TimeSource.RTCP


def test_frames_that_come_in_a_burst_after_a_stall_keep_their_distances() -> None:
    camera = Camera()
    camera.run(20)
    for stall in range(40, 0, -1):  # four seconds of frames within one instant
        camera.latency = 0.2 + stall / 10
        camera.run(0.1)
    steps = {round((b.captured_at_ns - a.captured_at_ns) / 1e6) for a, b in pairwise(camera.told[-40:])}
    assert steps == {100}
    assert not any(one.jumped for one in camera.told)


def test_a_camera_at_the_bound_does_not_flap() -> None:
    camera = Camera()
    camera.run(20)
    changes = len(sources(camera.told))
    for second in range(60):
        camera.wrong = 0.65 if second % 2 else 0.75  # 0.5 s after the arrival is the bound, and 0.2 s is the latency
        camera.run(1.0)
    assert len(sources(camera.told)) - changes <= 1
    assert rises(camera.told)


@pytest.mark.parametrize("jump", [100.0, 1.5, -1.5, -100.0, -1e9])
def test_timestamps_that_jump_are_told_once_and_not_used_until_the_next_connect(jump: float) -> None:
    camera = Camera()
    camera.run(20)
    camera.pts_shift += jump
    told = camera.run(20)
    assert [one.jumped for one in told] == [True] + [False] * 199
    assert sources(told) == [TimeSource.ARRIVAL]
    assert told[-1].skew_seconds is None
    assert camera.error() == pytest.approx(0.2)
    camera.clock.connected()
    camera.pts_shift = 0.0
    told = camera.run(20)
    assert not any(one.jumped for one in told)
    assert told[-1].source is TimeSource.RTCP
    assert rises(camera.told)


@pytest.mark.parametrize(
    ("times", "jumps"),
    [
        ([None, 0.0, 0.0, 0.04], []),  # what RTSP gives first
        ([None, None, 5.0, 5.04], []),  # the first time is no jump
        ([0.0, 0.04, 0.02, 0.08], []),  # disorder
        ([0.0, None, 0.9], []),
        ([0.0, 0.04, 1.2], [2]),
        ([9.0, 9.04, 0.0], [2]),
    ],
)
def test_what_is_a_jump(times: list[float | None], jumps: list[int]) -> None:
    clock = CaptureClock()
    told = [clock.frame(Arrival(round((START + n / 25) * SECOND), n / 25), pts, None) for n, pts in enumerate(times)]
    assert [n for n, one in enumerate(told) if one.jumped] == jumps


def test_frames_lost_on_the_way_are_no_jump() -> None:
    camera = Camera()
    camera.run(10)
    camera.true += 30.0
    assert not any(one.jumped for one in camera.run(1.0))


@pytest.mark.parametrize(
    ("step", "seconds", "error"),
    [
        (HOUR, 60.0, 0.2),
        (86400.0, 60.0, 0.2),
        (2.0, 60.0, -2.0),  # small enough to be the way of the picture: the camera is believed
        (-2.0, 60.0, 0.2),
        (-HOUR, 3.5 * HOUR, 0.2),
        (-86400.0, 2.1 * 86400, 0.2),
    ],
)
def test_our_clock_is_set(step: float, seconds: float, error: float) -> None:
    camera = Camera()
    camera.run(20)
    camera.ours += step
    told = camera.run(4)
    passed = (told[-1].captured_at_ns - told[0].captured_at_ns) / SECOND
    assert passed == pytest.approx(3.9) if step > 0 else 1.9 < passed < 3.6
    assert (camera.clock.ahead_seconds > 0) == (step < 0)
    camera.run(seconds, every=1.0)
    assert camera.error() == pytest.approx(error, abs=1e-3)
    assert camera.clock.ahead_seconds == pytest.approx(0.0)
    assert not any(one.jumped for one in camera.told)
    assert rises(camera.told)


def test_event_time_goes_on_over_reconnects() -> None:
    camera = Camera(latency=2.0)
    for _ in range(5):
        camera.run(12)
        camera.clock.connected()
        camera.true += 0.3
    assert sources(camera.told) == [TimeSource.ARRIVAL, TimeSource.RTCP] * 5
    assert rises(camera.told)


def test_moments_without_frames_do_not_push_frames_off_their_times() -> None:
    camera = Camera()
    camera.run(20)
    now = camera.true + 1.2
    moment = camera.clock.moment(Arrival(round((START + now) * SECOND), now))
    assert moment / SECOND == pytest.approx(START + camera.true + 1.0, abs=1e-3)
    camera.true += 1.0
    camera.run(0.1)
    assert camera.error() == pytest.approx(0.0, abs=1e-3)
    assert CaptureClock().moment(Arrival(7, 0.0)) == 7


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 5),
            st.sampled_from([0.0, 0.0, 0.0, 2.0, -2.0, HOUR, -HOUR, 86400.0, -86400.0]),
            st.none() | st.floats(-1e5, 1e5),
            st.none() | st.integers(-(2**62), 2**62) | st.integers(int((START - 20) * 1e6), int((START + 20) * 1e6)),
            st.booleans(),
        ),
        max_size=60,
    )
)
def test_event_time_rises_whatever_happens(
    events: list[tuple[float, float, float | None, int | None, bool]],
) -> None:
    clock, monotonic, ours = CaptureClock(), 0.0, START
    told: list[CaptureTime] = []
    for passed, step, pts, start_us, again in events:
        monotonic += passed
        ours += passed + step
        if again:
            clock.connected()
        latest = max((one.captured_at_ns for one in told), default=0)
        arrival = Arrival(round(ours * SECOND), monotonic)
        told.append(clock.frame(arrival, pts, start_us))
        # No clock ahead of ours is used: time is that of the arrival at most, or goes on from the last one.
        assert told[-1].captured_at_ns <= max(arrival.wall_ns + SECOND // 2, latest + round(passed * SECOND) + 1)
    assert rises(told)


@pytest.mark.rtsp
def test_a_real_server_reports_its_time(make_clip: Callable[..., Path], rtsp_server: Callable[..., Any]) -> None:
    server = rtsp_server(make_clip(frames=50))
    options = {"rtsp_transport": "tcp", "allowed_media_types": "video"}
    with av.open(server.url(), options=options, timeout=(10.0, 10.0)) as container:
        clock, ends_at = CaptureClock(), time.monotonic() + 60.0
        stream = container.streams.video[0]
        for packet in container.demux(stream):
            arrival = Arrival(time.time_ns(), time.monotonic())
            pts = None if packet.pts is None else float(packet.pts * stream.time_base)
            told = clock.frame(arrival, pts, container.start_time_realtime)
            assert not told.jumped
            if told.source is TimeSource.RTCP:
                break
            assert time.monotonic() < ends_at, "no sender report was believed"
    assert told.skew_seconds is not None
    assert -2.0 < told.skew_seconds <= 0.1
