"""The child process that reads one camera: ``child SOCKET MEMORY SLOTS SLOT_BYTES LIMIT_MB``, all of them numbers.

Started by ``ProcessWorker`` alone. It carries out one order after the other and ends when its socket closes.
"""

import contextlib
import os
import queue
import resource
import socket
import sys
import threading

import cv2

from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.order import end_line, read_order
from ingest.capture.reader import carry_out
from posestream.clock import SystemClock

_MOST_ORDER = 1_000_000
_MOST_FILES = 256
_MEGABYTE = 1_000_000
# What the libraries map for themselves before a camera is opened, in MB.
_LIBRARIES_MB = 1_000


def main(arguments: list[str]) -> None:
    """Carry out orders until the socket closes."""
    descriptor, memory_descriptor, slots, slot_bytes, limit_mb = map(int, arguments)
    limit_resources(limit_mb)
    cv2.setNumThreads(1)
    memory = CaptureMemory(MemorySize(slots, slot_bytes), memory_descriptor)
    memory.release()
    clock = SystemClock()
    with socket.socket(fileno=descriptor) as parent:
        orders: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=_receive, args=(parent, orders), name="orders", daemon=True).start()
        while True:
            order = read_order(orders.get())
            fault = carry_out(order, memory, clock, lambda: _wake(parent))
            parent.sendall(end_line(fault))


def limit_resources(limit_mb: int) -> None:
    """Take from this process what a reader never needs: large memory, files to write, core dumps, many descriptors."""
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, _MOST_FILES)
    _lower(resource.RLIMIT_DATA, (limit_mb + _LIBRARIES_MB) * _MEGABYTE)


def _lower(what: int, limit: int) -> None:
    _, hard = resource.getrlimit(what)
    lowest = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(what, (lowest, lowest))


def _receive(parent: socket.socket, orders: "queue.Queue[bytes]") -> None:
    """Take orders; at their end, or when the parent is no more, end at once, whatever the reader is waiting for."""
    received = b""
    with contextlib.suppress(OSError):
        while (more := parent.recv(_MOST_ORDER)) and len(received) < _MOST_ORDER:
            *lines, received = (received + more).split(b"\n")
            for line in lines:
                orders.put(line)
    os._exit(0)


def _wake(parent: socket.socket) -> None:
    """Say that there is something new; never blocks: if the socket is full, the parent has wake-ups to read yet."""
    with contextlib.suppress(BlockingIOError):
        parent.send(b"\n", socket.MSG_DONTWAIT)


if __name__ == "__main__":
    main(sys.argv[1:])
