from dataclasses import replace

from ingest.status import CameraLedger, CameraState
from posestream.clock import SettableClock
from posestream.schemas import FrameStamp, TimeSource


def test_a_camera_that_was_never_reached() -> None:
    status = CameraLedger(SettableClock()).status(delivered=0, dropped=0)
    assert status.state is CameraState.CONNECTING
    assert (status.reason, status.epoch, status.frames_decoded, status.reconnects) == (None, 0, 0, 0)
    assert status.last_frame_at_monotonic is None


def test_epochs_and_arrival_times_rise_even_when_the_clock_goes_back() -> None:
    clock = SettableClock(wall_ns=5_000_000_000)
    ledger = CameraLedger(clock)
    epochs = [ledger.begin_epoch(25.0), ledger.begin_epoch(25.0)]
    times = [ledger.captured_at_ns(), ledger.captured_at_ns()]
    clock.advance(-3.0)
    epochs.append(ledger.begin_epoch(None))
    times.append(ledger.captured_at_ns())
    assert epochs == [5000, 5001, 5002]
    assert times == [5_000_000_000, 5_000_000_001, 5_000_000_002]


def test_damaged_frames_are_counted_but_are_no_sign_of_life() -> None:
    clock = SettableClock()
    ledger = CameraLedger(clock)
    ledger.note_decoded(corrupt=False)
    clock.advance(1.0)
    ledger.note_decoded(corrupt=True)
    status = ledger.status(delivered=0, dropped=0)
    assert (status.frames_decoded, status.frames_corrupt, status.last_frame_at_monotonic) == (2, 1, 0.0)


def test_a_change_of_state_is_told_once() -> None:
    ledger = CameraLedger(SettableClock())
    assert ledger.note_state(CameraState.DOWN, "gone")
    assert not ledger.note_state(CameraState.DOWN, "still gone")
    assert ledger.status(delivered=0, dropped=0).reason == "still gone"


def test_moments_without_a_frame_carry_the_last_one_on_and_share_its_clock() -> None:
    clock = SettableClock(wall_ns=5_000_000_000)
    ledger = CameraLedger(clock)
    epoch = ledger.begin_epoch(25.0)
    last = FrameStamp("cam", epoch, 17, 0.5, ledger.captured_at_ns(), TimeSource.ARRIVAL, 160, 120)
    ledger.note_sampled(last)
    clock.advance(1.5)
    moment = ledger.moment("cam")
    assert moment == replace(last, captured_at_ns=6_500_000_000, pts_seconds=2.0)
    assert ledger.captured_at_ns() == 6_500_000_001  # what comes next is later, though the clock stands still
    assert ledger.captured_at_ns(arrived_ns=6_400_000_000) == 6_500_000_002  # even what arrived before the moment
    assert ledger.status(delivered=0, dropped=0).frames_sampled == 1


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
    assert ledger.begin_epoch(25.0) == 5000
    assert ledger.begin_epoch(25.0) == 7000


def test_a_moment_between_a_connect_and_its_first_frame_is_of_that_connect() -> None:
    ledger = CameraLedger(SettableClock(wall_ns=5_000_000_000))
    epoch = ledger.begin_epoch(25.0)
    assert ledger.moment("cam").epoch == epoch == 5000
    assert ledger.begin_epoch(25.0) == 5001
