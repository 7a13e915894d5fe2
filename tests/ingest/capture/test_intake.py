"""What is taken out of a ring, how it is stamped, and what a broken reader's rubbish does: it is refused."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ingest.capture.intake import FrameIntake, PacketIntake
from ingest.capture.ring import Captured
from ingest.newest import NewestFrame
from ingest.status import CameraLedger
from posestream.clock import SettableClock
from posestream.messaging.frame_message import FrameMessage
from posestream.schemas import FrameStamp

MakeBench = Callable[..., Any]
Head = Callable[..., Captured]
START_NS = 1_750_000_000_000_000_000
RGB = np.arange(96, dtype=np.uint8).reshape(4, 8, 3)


class Frames:
    """A frame intake with what stands around it."""

    def __init__(self, made: Any) -> None:  # noqa: ANN401  # a Bench
        self.ring = made.memory.ring
        self.slot = NewestFrame()
        self.ledger = CameraLedger(SettableClock(START_NS))
        self.intake = FrameIntake("cam", self.ledger, self.slot)
        self.intake.watch(self.ring)
        self.intake.connected()

    def stamp(self, head: Captured) -> FrameStamp:
        """Write a picture with this head; give the stamp with which it is taken."""
        self.ring.write(head, RGB)
        assert self.intake.pump()
        frame = self.slot.take()
        assert frame is not None
        return frame.stamp


class Packets:
    """A packet intake with what stands around it."""

    def __init__(self, made: Any) -> None:  # noqa: ANN401  # a Bench
        self.ring = made.memory.ring
        self.sent: list[FrameMessage] = []
        self.intake = PacketIntake("cam", CameraLedger(SettableClock(START_NS)), self.sent.append)
        self.intake.watch(self.ring)
        self.intake.connected()


def test_the_newest_picture_is_stamped_and_put_into_the_slot(bench: MakeBench, captured: Head) -> None:
    parts = Frames(bench())
    assert not parts.intake.pump()
    for index in (4, 5, 6):
        parts.ring.write(captured(index=index), RGB + index)
    assert parts.intake.pump()
    assert not parts.intake.pump()
    frame = parts.slot.take()
    assert frame is not None
    stamp = frame.stamp
    assert (stamp.camera_id, stamp.epoch, stamp.frame_index) == ("cam", START_NS // 10**6, 6)
    assert (stamp.pts_seconds, stamp.captured_at_ns) == (0.25, captured().arrived_ns)
    assert (stamp.width, stamp.height, frame.image.width, frame.image.height) == (160, 120, 8, 4)
    assert np.array_equal(frame.image.pixels, RGB + 6)
    assert (parts.intake.lost, parts.slot.dropped) == (2, 0)


def test_i420_comes_back_with_its_three_planes(bench: MakeBench, captured: Head) -> None:
    parts, planes = Frames(bench()), np.arange(48, dtype=np.uint8).reshape(6, 8)
    parts.ring.write(captured(layout="i420"), planes)
    assert parts.intake.pump()
    frame = parts.slot.take()
    assert frame is not None
    assert (frame.image.layout, frame.image.width, frame.image.height) == ("i420", 8, 4)
    assert np.array_equal(frame.image.pixels, planes)


def test_epochs_rise_with_rounds_and_with_connects(bench: MakeBench, captured: Head) -> None:
    parts = Frames(bench())
    epochs = [parts.stamp(captured(round=number)).epoch for number in (1, 1, 2)]
    parts.intake.connected()
    epochs += [parts.stamp(captured(round=number)).epoch for number in (1, 1)]
    first = START_NS // 10**6
    assert epochs == [first, first, first + 1, first + 2, first + 2]


def test_times_rise_even_if_a_reader_s_do_not(bench: MakeBench, captured: Head) -> None:
    parts = Frames(bench())
    arrivals = (5 * 10**9, 4 * 10**9, 4 * 10**9)
    times = [parts.stamp(captured(arrived_ns=arrived)).captured_at_ns for arrived in arrivals]
    assert times == sorted(set(times))


def test_what_is_left_behind_is_lost_and_the_next_ring_is_counted_from_its_start(
    bench: MakeBench, captured: Head
) -> None:
    parts, second = Frames(bench()), bench()
    parts.stamp(captured())
    for _ in range(3):
        parts.ring.write(captured(), RGB)
    parts.intake.leave()
    parts.intake.leave()
    assert parts.intake.lost == 3
    assert not parts.intake.pump()
    parts.ring = second.memory.ring
    parts.intake.watch(parts.ring)
    parts.intake.connected()
    assert parts.stamp(captured(index=8)).frame_index == 8
    assert parts.intake.lost == 3


def test_all_access_units_are_handed_on_in_their_order(bench: MakeBench, captured: Head) -> None:
    made = bench(slots=4)
    parts = Packets(made)
    for index in range(6):
        parts.ring.write(captured(index=index, layout="hevc", keyframe=index == 2), np.full(3, index, np.uint8))
    assert parts.intake.pump()
    assert not parts.intake.pump()
    shown = [(sent.stamp.frame_index, sent.codec, sent.keyframe, sent.payload) for sent in parts.sent]
    assert shown == [(index, "hevc", index == 2, bytes([index] * 3)) for index in range(2, 6)]
    assert parts.intake.lost == 2
    parts.intake.leave()
    assert (parts.intake.pump(), parts.intake.lost) == (False, 2)


RUBBISH: list[dict[str, Any]] = [
    {"image_width": 9},
    {"image_width": -8},
    {"image_height": -1},
    {"image_height": -1, "image_width": -1},
    {"image_height": 0},
    {"image_width": 2**62, "image_height": 2**62},
    {"layout": "i420"},
    {"layout": "h264"},
    {"width": 0},
    {"width": -5, "height": -5},
    {"index": -1},
    {"pts_seconds": math.nan},
    {"pts_seconds": math.inf},
    {"arrived_at": math.nan},
    {"arrived_at": math.inf},
    {"arrived_at": 1e300},
    {"arrived_ns": -1},
    {"arrived_ns": 2**63 - 1},
    {"stream_seconds": 1e300, "start_realtime_us": 1},
    {"stream_seconds": math.inf, "start_realtime_us": 1},
]


@pytest.mark.parametrize("changed", RUBBISH, ids=str)
def test_a_head_that_makes_no_sense_is_a_value_error_and_a_loss(
    bench: MakeBench, captured: Head, changed: dict[str, Any]
) -> None:
    parts = Frames(bench())
    before = parts.stamp(captured())
    parts.ring.write(captured(**changed), RGB)
    with pytest.raises(ValueError, match=r"no |cannot reshape|wanted|negative|too large"):
        parts.intake.pump()
    assert (parts.intake.lost, parts.slot.take()) == (1, None)
    after = parts.stamp(captured(arrived_at=13.0, arrived_ns=captured().arrived_ns + 1))  # goes on as if nothing was
    assert 0 < after.captured_at_ns - before.captured_at_ns < 10**9


@pytest.mark.parametrize("changed", [{"layout": "rgb24"}, {"width": 0}, {"index": -7}, {"arrived_ns": 2**62}], ids=str)
def test_a_unit_that_makes_no_sense_is_a_value_error_and_a_loss(
    bench: MakeBench, captured: Head, changed: dict[str, Any]
) -> None:
    parts = Packets(bench())
    parts.ring.write(captured(**{"layout": "h264"} | changed), RGB)
    with pytest.raises(ValueError, match=r"no |wanted"):
        parts.intake.pump()
    assert (parts.intake.lost, parts.sent) == (1, [])


def test_extreme_heads_are_taken_if_they_make_sense(bench: MakeBench, captured: Head) -> None:
    parts = Frames(bench())
    for stream_seconds in (math.nan, -1e9, 1e14):
        parts.stamp(captured(stream_seconds=stream_seconds, start_realtime_us=2**62, arrived_ns=time.time_ns()))
    for start_realtime_us in (-(2**63), 2**63 - 1, 0):
        parts.stamp(captured(start_realtime_us=start_realtime_us, arrived_ns=time.time_ns(), round=-(2**63)))


def test_numbers_that_leap_cost_no_more_than_a_number_that_fits(bench: MakeBench) -> None:
    parts = Frames(bench())
    for _ in range(4):
        parts.ring._published[0] = 2**62
        parts.intake.leave()
        parts.intake.watch(parts.ring)
        assert not parts.intake.pump()
    assert 0 < parts.intake.lost < 2**62
    parts.ring._published[0] = -1
    parts.intake.leave()
    assert 0 < parts.intake.lost < 2**62
