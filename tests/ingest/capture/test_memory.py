"""Memory that two processes share, and how little of it is really taken."""

import mmap
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.ring import Captured

SIZE = MemorySize(4, 100_000)
LARGE = MemorySize(64, 4_194_304)  # as for access units: a quarter of a gigabyte


def own_bytes() -> int:
    """Bytes of memory that this process really has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


def test_who_holds_the_descriptor_sees_the_same_memory(captured: Callable[..., Captured]) -> None:
    ours = CaptureMemory.shared(SIZE)
    theirs = CaptureMemory(SIZE, os.dup(ours.descriptor))
    ours.release()
    theirs.release()
    theirs.board["beat"] = 3.5
    theirs.ring.write(captured(index=9), np.arange(50, dtype=np.uint8))
    taken = ours.ring.newest(0)
    assert taken is not None
    assert (ours.board["beat"], taken.captured.index, taken.payload.tolist()) == (3.5, 9, list(range(50)))


def test_private_memory_has_no_descriptor_and_shared_memory_none_that_children_inherit() -> None:
    private, shared = CaptureMemory.private(SIZE), CaptureMemory.shared(SIZE)
    assert private.descriptor == -1
    assert not os.get_inheritable(shared.descriptor)
    held = shared.descriptor
    shared.release()
    shared.release()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(held)


def test_board_and_slots_do_not_overlap(captured: Callable[..., Captured]) -> None:
    memory = CaptureMemory.private(SIZE)
    for name in ("packets", "sampled", "beat"):
        memory.board[name] = 77
    for number in range(1, 5):
        memory.ring.write(captured(index=number), np.full(SIZE.slot_bytes, 255, np.uint8))
    assert [memory.board[name] for name in ("packets", "sampled", "beat", "wanted")] == [77, 77, 77, 0]
    heads = [memory.ring.next(number) for number in range(4)]
    assert [taken.captured.index for taken in heads if taken is not None] == [1, 2, 3, 4]


def test_no_descriptor_is_left_behind(own_things: Callable[[], tuple[int, int]]) -> None:
    before = own_things()
    for _ in range(50):
        memory = CaptureMemory.shared(SIZE)
        memory.release()
        del memory
    assert own_things() == before


def test_a_descriptor_of_the_wrong_size_is_refused_and_closed(own_things: Callable[[], tuple[int, int]]) -> None:
    before = own_things()
    for _ in range(20):
        with pytest.raises((OSError, ValueError, OverflowError)):
            CaptureMemory.shared(MemorySize(1, 2**50))
    assert own_things() == before


def test_slots_that_were_never_written_take_no_memory(captured: Callable[..., Captured]) -> None:
    before = own_bytes()
    memory = CaptureMemory.shared(LARGE)
    made = own_bytes()
    assert made - before < 10_000_000 < LARGE.total
    for number in range(8):
        memory.ring.write(captured(index=number), np.ones(4_000_000, np.uint8))
    written = own_bytes()
    assert 30_000_000 < written - made < 60_000_000
    memory.release()
