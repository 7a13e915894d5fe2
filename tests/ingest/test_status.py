from dataclasses import replace

from ingest.capture.fates import PassReason
from ingest.capture.ring import Captured
from ingest.capture.tally import CaptureCounts, Tally
from ingest.health.picture_meter import PictureFigures
from ingest.status import CameraLedger, CameraState, CameraStatus
from posestream.clock import SettableClock
from posestream.schemas import FrameStamp, TimeSource

NOTHING = Tally().read()
FIGURES = PictureFigures(90.0, 0.1, 0.2, 33.0, 1.5, 0.4, 12.0, 0.9)


def look(ledger: CameraLedger, counts: CaptureCounts = NOTHING) -> CameraStatus:
    return ledger.status(counts, delivered=0, dropped=0)


def frame(index: int, clock: SettableClock, **changed: float) -> Captured:
    """A frame that is here now."""
    plain = Captured(
        round=1, index=index, arrived_ns=clock.wall_ns(), arrived_at=clock.monotonic(), pts_seconds=0.5,
        stream_seconds=3.5, start_realtime_us=0, width=160, height=120, image_width=80, image_height=60,
        layout="i420", keyframe=True,
    )  # fmt: skip
    return replace(plain, **changed)  # type: ignore[arg-type]


def test_a_camera_that_was_never_reached() -> None:
    status = look(CameraLedger(SettableClock()))
    assert status.state is CameraState.CONNECTING
    assert (status.reason, status.epoch, status.frames_decoded, status.reconnects) == (None, 0, 0, 0)
    assert (status.last_frame_at_monotonic, status.figures, status.skew_seconds) == (None, None, None)
    assert status.time_source == "arrival"


def test_what_is_counted_is_that_of_the_reader() -> None:
    passed = dict.fromkeys(PassReason, 2)
    counts = CaptureCounts(40, 30, 3, 20, passed, 12.5, idle=True, figures=FIGURES)
    ledger = CameraLedger(SettableClock())
    ledger.note_rate(12.5)
    status = ledger.status(counts, delivered=11, dropped=7)
    assert (status.packets, status.frames_decoded, status.frames_corrupt, status.frames_sampled) == (40, 30, 3, 20)
    assert (status.frames_delivered, status.frames_dropped, status.source_fps) == (11, 7, 12.5)
    assert (status.passed, status.figures, status.last_frame_at_monotonic) == (passed, FIGURES, 12.5)
    assert status.idle


def test_epochs_and_arrival_times_rise_even_when_the_clock_goes_back() -> None:
    clock = SettableClock(wall_ns=5_000_000_000)
    ledger = CameraLedger(clock)
    epochs = [ledger.begin_epoch(), ledger.begin_epoch()]
    stamps = [ledger.stamp("cam", frame(index, clock)) for index in (0, 1)]
    clock.advance(-3.0)
    epochs.append(ledger.begin_epoch())
    stamps.append(ledger.stamp("cam", frame(0, clock)))
    assert epochs == [5000, 5001, 5002]
    assert [stamp.epoch for stamp in stamps] == [5001, 5001, 5002]
    assert [stamp.captured_at_ns for stamp in stamps] == [5_000_000_000, 5_000_000_001, 5_000_000_002]


def test_a_stamp_says_what_its_reader_said() -> None:
    clock = SettableClock(wall_ns=5_000_000_000)
    ledger = CameraLedger(clock)
    epoch = ledger.begin_epoch()
    wanted = FrameStamp("cam", epoch, 17, 0.5, 5_000_000_000, TimeSource.ARRIVAL, 160, 120)
    assert ledger.stamp("cam", frame(17, clock)) == wanted


def test_the_camera_s_clock_is_told_and_forgotten_with_the_connect() -> None:
    clock = SettableClock(wall_ns=1_750_000_000_000_000_000)
    ledger = CameraLedger(clock)
    ledger.begin_epoch()
    zero_us = 1_750_000_000_000_000 - 200_000  # its pictures are 0.2 s old when they are here
    for index in range(80):
        stamp = ledger.stamp("cam", frame(index, clock, stream_seconds=index / 10, start_realtime_us=zero_us))
        clock.advance(0.1)
    assert stamp.time_source is TimeSource.RTCP
    assert look(ledger).time_source == "rtcp"
    assert round(look(ledger).skew_seconds or 0.0, 6) == -0.2
    ledger.connected()
    assert ledger.stamp("cam", frame(0, clock, stream_seconds=8.0)).time_source is TimeSource.ARRIVAL
    assert (look(ledger).time_source, look(ledger).skew_seconds) == ("arrival", None)


def test_a_change_of_state_is_told_once_and_connects_are_counted() -> None:
    ledger = CameraLedger(SettableClock())
    assert ledger.note_state(CameraState.DOWN, "gone")
    assert not ledger.note_state(CameraState.DOWN, "still gone")
    assert look(ledger).reason == "still gone"
    reconnects = []
    for _ in range(3):
        ledger.note_connect()
        reconnects.append(look(ledger).reconnects)
    assert reconnects == [0, 1, 2]


def test_moments_without_a_frame_carry_the_last_one_on_and_share_its_clock() -> None:
    clock = SettableClock(wall_ns=5_000_000_000)
    ledger = CameraLedger(clock)
    ledger.begin_epoch()
    last = ledger.stamp("cam", frame(17, clock))
    clock.advance(1.5)
    moment = ledger.moment("cam")
    assert moment == replace(last, captured_at_ns=6_500_000_000, pts_seconds=2.0)
    # What comes next is later, though the clock stands still; even what arrived before the moment.
    assert ledger.stamp("cam", frame(18, clock)).captured_at_ns == 6_500_000_001
    assert ledger.stamp("cam", frame(19, clock, arrived_ns=6_400_000_000)).captured_at_ns == 6_500_000_002


def test_before_the_first_frame_moments_belong_to_the_epoch_of_the_first_connect() -> None:
    clock = SettableClock(wall_ns=5_000_000_000)
    ledger = CameraLedger(clock)
    moments = [ledger.moment("cam")]
    clock.advance(2.0)
    moments.append(ledger.moment("cam"))
    assert moments == [
        FrameStamp("cam", 5000, 0, 0.0, 5_000_000_000, TimeSource.ARRIVAL, 1, 1),
        FrameStamp("cam", 5000, 0, 2.0, 7_000_000_000, TimeSource.ARRIVAL, 1, 1),
    ]
    assert ledger.begin_epoch() == 5000
    assert ledger.begin_epoch() == 7000


def test_a_moment_between_a_connect_and_its_first_frame_is_of_that_connect() -> None:
    ledger = CameraLedger(SettableClock(wall_ns=5_000_000_000))
    epoch = ledger.begin_epoch()
    assert ledger.moment("cam").epoch == epoch == 5000
    assert ledger.begin_epoch() == 5001
