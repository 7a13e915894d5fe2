from ingest.status import CameraLedger, CameraState
from posestream.clock import SettableClock


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
