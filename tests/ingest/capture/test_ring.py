"""What a writer publishes, what a reader takes of it, and what it loses: exactly."""

import math
import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.ring import LAYOUTS, Captured, Ring, ring_bytes

Head = Callable[..., Captured]
SLOTS, SLOT_BYTES = 4, 1000
WRITES = 4000
# A payload of bytes that are all the number of the write; its size tells it, too.
WRITER = """
import sys
import numpy as np
from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.ring import Captured
memory = CaptureMemory(MemorySize(4, 60_000), int(sys.argv[1]))
head = dict(round=1, arrived_ns=1, arrived_at=0.0, pts_seconds=0.0, stream_seconds=0.0, start_realtime_us=0, width=1,
            height=1, image_width=1, image_height=1, layout="h264", keyframe=True)
for number in range(1, int(sys.argv[2]) + 1):
    memory.ring.write(Captured(index=number, **head), np.full(30_000 + number % 30_000, number % 256, np.uint8))
"""


def ring(slots: int = SLOTS) -> Ring:
    return Ring(memoryview(bytearray(ring_bytes(slots, SLOT_BYTES))), slots, SLOT_BYTES)


def payload(number: int, size: int = 100) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full(size, number % 256, np.uint8)


def test_the_newest_wins_and_what_lies_between_is_lost(captured: Head) -> None:
    made = ring()
    assert (made.published, made.newest(0), made.next(0)) == (0, None, None)
    for number in (1, 2, 3):
        assert made.write(captured(index=number), payload(number))
    taken = made.newest(0)
    assert taken is not None
    assert (taken.number, taken.lost, taken.captured.index, set(taken.payload)) == (3, 2, 3, {3})
    assert made.newest(3) is None


def test_all_are_taken_in_their_order_and_those_that_were_overwritten_are_counted(captured: Head) -> None:
    made = ring()
    for number in (1, 2, 3):
        made.write(captured(index=number), payload(number))
    first = made.next(0)
    assert first is not None
    assert (first.number, first.lost) == (1, 0)
    for number in range(4, 11):
        made.write(captured(index=number), payload(number))
    found, after, lost = [], 1, 0
    while (taken := made.next(after)) is not None:
        found.append(taken.captured.index)
        lost += taken.lost
        after = taken.number
    assert (found, lost, after) == ([7, 8, 9, 10], 5, 10)


def test_what_is_larger_than_a_slot_is_refused_and_changes_nothing(captured: Head) -> None:
    made = ring()
    assert made.write(captured(index=1), payload(1, SLOT_BYTES))
    assert not made.write(captured(index=2), payload(2, SLOT_BYTES + 1))
    assert made.published == 1
    taken = made.newest(0)
    assert taken is not None
    assert taken.payload.size == SLOT_BYTES


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_field_comes_back_exactly(captured: Head, layout: str) -> None:
    head = captured(
        round=2**40,
        index=2**41 + 1,
        arrived_ns=1_750_000_000_123_456_789,  # as a double it would end in ...680
        arrived_at=0.1 + 0.2,
        pts_seconds=-1 / 3,
        start_realtime_us=1_750_000_000_123_457,
        layout=layout,
        keyframe=layout != "h264",
    )
    made = ring()
    made.write(head, payload(1))
    taken = made.newest(0)
    assert taken is not None
    assert taken.captured == head


def test_a_time_that_is_not_known_stays_unknown(captured: Head) -> None:
    made = ring()
    made.write(captured(stream_seconds=math.nan), payload(1))
    taken = made.newest(0)
    assert taken is not None
    assert math.isnan(taken.captured.stream_seconds)


def test_what_was_taken_is_a_copy(captured: Head) -> None:
    made = ring(1)
    made.write(captured(), payload(1))
    taken = made.newest(0)
    made.write(captured(), payload(2))
    assert taken is not None
    assert set(taken.payload) == {1}


def test_a_head_with_a_wrong_byte_anywhere_is_not_taken(captured: Head) -> None:
    clean = bytearray(ring_bytes(1, SLOT_BYTES))
    Ring(memoryview(clean), 1, SLOT_BYTES).write(captured(), payload(1))
    head = range(4096, 4096 + 8 + 14 * 8 + 8)  # number, head and checksum of the only slot
    for place in head:
        memory = bytearray(clean)
        memory[place] ^= 0x41
        spoilt = Ring(memoryview(memory), 1, SLOT_BYTES)
        assert (spoilt.newest(0), spoilt.next(0)) == (None, None), place


class Overtaken:
    """A slot's payload into which the writer comes while it is being copied."""

    def __init__(self, made: Ring) -> None:
        self._payload, self._head = made._payloads[0], made._heads[0]

    def __getitem__(self, what: slice) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        self._head["number"] = 0  # as the writer does first; it has not come to the head yet
        self._payload[:50] = 255
        return self._payload[what]


def test_a_slot_that_is_overwritten_while_it_is_copied_is_not_taken(captured: Head) -> None:
    made = ring(1)
    made.write(captured(), payload(1))
    made._payloads[0] = Overtaken(made)  # type: ignore[call-overload]
    assert made.newest(0) is None


@given(st.lists(st.one_of(st.just("write"), st.just("newest"), st.just("next")), max_size=60), st.integers(1, 5))
def test_taken_and_lost_and_left_are_what_was_written(steps: list[str], slots: int) -> None:
    made, after, taken_count, lost, written = ring(slots), 0, 0, 0, 0
    head = Captured(1, 0, 1, 0.0, 0.0, 0.0, 0, 1, 1, 1, 1, "rgb24", keyframe=True)
    for step in steps:
        if step == "write":
            written += made.write(head, payload(written + 1))
            continue
        taken = made.newest(after) if step == "newest" else made.next(after)
        assert (taken is None) == (after == written)
        if taken is not None:
            assert set(taken.payload) == {taken.number % 256}
            after, taken_count, lost = taken.number, taken_count + 1, lost + taken.lost
    assert taken_count + lost + (made.published - after) == written


class Taking:
    """Takes while another writes, and checks all that it takes."""

    def __init__(self, made: Ring) -> None:
        self.ring, self.after, self.taken, self.lost = made, 0, 0, 0

    def once(self, *, newest: bool) -> None:
        found = self.ring.newest(self.after) if newest else self.ring.next(self.after)
        if found is None:
            return
        assert found.captured.index == found.number
        assert found.payload.size == 30_000 + found.number % 30_000
        assert found.payload.min() == found.payload.max() == found.number % 256
        assert found.number > self.after
        self.after, self.taken, self.lost = found.number, self.taken + 1, self.lost + found.lost


@pytest.mark.parametrize("newest", [True, False])
def test_a_thread_that_writes_meanwhile_never_gives_half_a_picture(captured: Head, *, newest: bool) -> None:
    made = CaptureMemory.private(MemorySize(4, 60_000)).ring

    def write() -> None:
        for number in range(1, WRITES + 1):
            made.write(captured(index=number), np.full(30_000 + number % 30_000, number % 256, np.uint8))

    taking, writer = Taking(made), threading.Thread(target=write)
    writer.start()
    while writer.is_alive() or taking.after < made.published:
        taking.once(newest=newest)
    writer.join()
    assert (made.published, taking.after) == (WRITES, WRITES)
    assert taking.taken + taking.lost == WRITES


def test_a_process_that_writes_meanwhile_never_gives_half_a_picture() -> None:
    memory = CaptureMemory.shared(MemorySize(4, 60_000))
    command = [sys.executable, "-c", WRITER, str(memory.descriptor), str(3 * WRITES)]
    with subprocess.Popen(command, pass_fds=[memory.descriptor]) as writer:
        memory.release()
        taking = Taking(memory.ring)
        while writer.poll() is None or taking.after < memory.ring.published:
            taking.once(newest=taking.taken % 2 == 0)
    assert writer.returncode == 0
    assert taking.after == 3 * WRITES
    assert taking.taken + taking.lost == 3 * WRITES
    assert taking.taken > 100
