from dataclasses import replace

import pytest

from ingest.account import DropReason, FrameAccount, FrameCounts, counts_with
from ingest.capture.fates import PassReason
from ingest.status import CameraState, CameraStatus

NONE_DROPPED = dict.fromkeys(DropReason, 0)


def camera(sampled: int = 0, newer: int = 0, damaged: int = 0) -> CameraStatus:
    """A camera that has handed on so many frames."""
    return CameraStatus(
        state=CameraState.LIVE,
        reason=None,
        epoch=1,
        frames_decoded=sampled + damaged,
        frames_sampled=sampled,
        frames_dropped=newer,
        reconnects=0,
        source_fps=None,
        last_frame_at_monotonic=None,
        frames_corrupt=damaged,
    )


def test_an_account_without_frames_is_closed() -> None:
    counts = counts_with(FrameAccount().fates(), camera())
    assert counts == FrameCounts(0, 0, NONE_DROPPED)
    assert counts.in_flight == 0


@pytest.mark.parametrize(
    ("delivered", "dropped", "status", "produced", "in_flight"),
    [
        (0, [], camera(sampled=3), 3, 3),
        (2, [], camera(sampled=3), 3, 1),
        (2, [DropReason.QUEUE_FULL], camera(sampled=3), 3, 0),
        (2, [DropReason.NOT_DELIVERED, DropReason.NOT_ENCODED], camera(sampled=10, newer=6), 10, 0),
        (2, [], camera(sampled=3, newer=1, damaged=4), 7, 0),
    ],
)
def test_produced_is_delivered_and_dropped_and_on_the_way(
    delivered: int, dropped: list[DropReason], status: CameraStatus, produced: int, in_flight: int
) -> None:
    account = FrameAccount()
    for _ in range(delivered):
        account.note_delivered()
    for reason in dropped:
        account.note_dropped(reason)
    counts = counts_with(account.fates(), status)
    assert (counts.produced, counts.delivered, counts.in_flight) == (produced, delivered, in_flight)
    assert counts.dropped[DropReason.NEWER] == status.frames_dropped
    assert counts.dropped[DropReason.DAMAGED] == status.frames_corrupt
    for reason in dropped:
        assert counts.dropped[reason] == 1


def test_a_look_does_not_change_later() -> None:
    account = FrameAccount()
    before = account.fates()
    account.note_dropped(DropReason.TOO_LARGE)
    assert before.dropped[DropReason.TOO_LARGE] == 0


def test_packets_and_what_was_passed_over_come_from_the_reader() -> None:
    passed = {PassReason.GATED: 3, PassReason.NOT_SAMPLED: 4}
    status = replace(camera(sampled=5, damaged=1), packets=15, passed=passed)
    counts = counts_with(FrameAccount().fates(), status)
    assert (counts.packets, counts.passed) == (15, passed)
    assert counts.packets - counts.produced - sum(counts.passed.values()) == 2  # in the reader
