from ingest.account import DropReason, FrameCounts
from ingest.capture.fates import PassReason
from ingest.look_sum import look_sum
from ingest.sender import CameraLook
from ingest.status import CameraState, CameraStatus


def look(state: CameraState, epoch: int, count: int) -> CameraLook:
    status = CameraStatus(
        state=state, reason=None, epoch=epoch, frames_decoded=10 * count, frames_sampled=5 * count,
        frames_dropped=count, reconnects=count, source_fps=25.0, last_frame_at_monotonic=None,
        frames_delivered=4 * count, frames_corrupt=count, packets=8 * count, passed={PassReason.GATED: 2 * count},
    )  # fmt: skip
    counts = FrameCounts(6 * count, 3 * count, {DropReason.NEWER: count}, status.packets, status.passed)
    return CameraLook("cam", status, counts)


def test_counts_are_added_and_the_rest_is_the_later_one_s() -> None:
    later = look(CameraState.LIVE, 7, 1)
    assert look_sum(None, later) is later
    both = look_sum(look(CameraState.DOWN, 3, 2), later)
    assert (both.status.state, both.status.epoch) == (CameraState.LIVE, 7)
    assert (both.status.frames_decoded, both.status.frames_sampled, both.status.reconnects) == (30, 15, 3)
    assert (both.status.frames_dropped, both.status.frames_delivered, both.status.frames_corrupt) == (3, 12, 3)
    assert (both.counts.produced, both.counts.delivered, both.counts.dropped[DropReason.NEWER]) == (18, 9, 3)
    assert both.counts.in_flight == look(CameraState.DOWN, 3, 2).counts.in_flight + later.counts.in_flight
    assert (both.counts.packets, both.status.packets) == (24, 24)
    assert both.counts.passed == both.status.passed == dict.fromkeys(PassReason, 0) | {PassReason.GATED: 6}
