"""The memory that a reader shares with who watches it: a board of counters, then a ring of slots.

It has no name in the file system: whoever holds its descriptor has it, and it is gone with the last of them, also
after kill -9 of everybody. Pages that were never written take no memory, so slots may be large.
"""

import mmap
import os
import tempfile
from dataclasses import dataclass
from typing import Self

from ingest.capture.board import BOARD_BYTES, Board
from ingest.capture.ring import Ring, ring_bytes


@dataclass(frozen=True)
class MemorySize:
    """How many slots a ring has, and how many bytes of payload each can hold."""

    slots: int
    slot_bytes: int

    @property
    def total(self) -> int:
        """Bytes of board and ring."""
        return BOARD_BYTES + ring_bytes(self.slots, self.slot_bytes)


class CaptureMemory:
    """Board and ring over one piece of memory; ``descriptor`` is -1 where only this process sees it."""

    def __init__(self, size: MemorySize, descriptor: int) -> None:
        self.size, self.descriptor = size, descriptor
        self._map = mmap.mmap(descriptor, size.total)
        view = memoryview(self._map)
        self.board = Board(view[:BOARD_BYTES])
        self.ring = Ring(view[BOARD_BYTES:], size.slots, size.slot_bytes)

    @classmethod
    def private(cls, size: MemorySize) -> Self:
        """Make memory for a reader in this process."""
        return cls(size, -1)

    @classmethod
    def shared(cls, size: MemorySize) -> Self:
        """Make memory that a child can be given by its descriptor; ``release`` closes it here."""
        descriptor = _anonymous()
        try:
            os.ftruncate(descriptor, size.total)
            return cls(size, descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    def release(self) -> None:
        """Close the descriptor; board and ring stay readable here. A second call does nothing."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _anonymous() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("posestream-capture", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:  # elsewhere: a file that has lost its name already
        return os.dup(file.fileno())
