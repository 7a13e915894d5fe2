"""A reader in a child process: it can be killed at any moment, and may crash, and nobody else notices.

The child gets its orders through a socket (a login on a command line is visible to all), knows none of our
environment's secrets, and ends when the socket closes, be it by us or by our death.
"""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ingest.capture.memory import CaptureMemory, MemorySize
from ingest.capture.order import CaptureOrder, read_end
from posestream.errors import InputError

_KNOWN = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV")
_KNOWN_PREFIXES = ("LC_", "SSL_CERT_", "PYTHON", "COVERAGE_", "COV_CORE_", "LIBVA_", "NVIDIA_", "CUDA_")
_END_SECONDS = 2.0
_MOST_LINE = 65_536
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE = 1_000_000


class ProcessWorker:
    """Owns one child from its start to its end; used by one thread."""

    def __init__(self, size: MemorySize, limit_mb: int) -> None:
        self._limit_mb = limit_mb
        self.memory = CaptureMemory.shared(size)
        ours, theirs = socket.socketpair()
        ours.settimeout(_END_SECONDS)  # a child that takes no order is lost, and holds nobody up
        try:
            self._process = _started(theirs, self.memory, limit_mb)
        except BaseException:
            ours.close()
            self.memory.release()
            raise
        finally:
            theirs.close()
        self._socket: socket.socket | None = ours
        self._received = b""
        self._busy = False
        self._fault: InputError | None = None
        self.memory.release()

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the order has ended."""
        return not self._busy

    @property
    def fault(self) -> InputError | None:
        """Why it ended; None if it just ended, or has not."""
        return self._fault

    @property
    def usable(self) -> bool:
        """Whether it can carry out one more order."""
        return self._socket is not None and not self._busy

    def begin(self, order: CaptureOrder) -> None:
        """Begin to carry out an order; the child may still be starting."""
        self._fault, self._busy = None, True
        self.memory.board["wanted"] = 1
        try:
            if self._socket is not None:
                self._socket.sendall(order.line())
        except OSError:
            self._lose()

    def wait(self, seconds: float) -> None:
        """Wait until something new lies in the memory or the order has ended, or so long."""
        if self._socket is None:
            return
        poll = select.poll()  # select() itself fails beyond 1024 descriptors
        poll.register(self._socket, select.POLLIN)
        if not poll.poll(max(0.0, seconds) * 1000):
            return
        try:
            received = self._socket.recv(_MOST_LINE)
        except OSError:
            received = b""
        if not received or len(self._received) > _MOST_LINE:
            self._lose()
            return
        *lines, self._received = (self._received + received).split(b"\n")
        for line in lines:
            if line:  # an empty one just wakes
                self._fault, self._busy = read_end(line), False

    def over_limit(self) -> str | None:
        """Say if the child has more memory than it may; None where the system does not tell."""
        used_mb = self.used_mb()
        if used_mb <= self._limit_mb:
            return None
        return f"its reader used {used_mb} MB of memory, {self._limit_mb} are allowed"

    def used_mb(self) -> int:
        """Give the child's own memory in MB, 0 where the system does not tell."""
        try:
            _, resident, shared, *_ = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return 0
        return (int(resident) - int(shared)) * _PAGE // _MEGABYTE

    def end(self) -> bool:
        """Kill the child; nothing is written into the memory after that."""
        self.memory.board["wanted"] = 0
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._process.kill()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:  # it hangs in the kernel
            return False
        return True

    def _lose(self) -> None:
        """The child has gone by itself."""
        was_busy, self._busy = self._busy, False
        self.end()
        if was_busy:
            self._fault = InputError(f"its reader broke down ({_how_it_ended(self._process.returncode)})")


def _started(theirs: socket.socket, memory: CaptureMemory, limit_mb: int) -> "subprocess.Popen[bytes]":
    command = [
        *(sys.executable, "-P", "-B", "-m", "ingest.capture.child"),
        *(str(theirs.fileno()), str(memory.descriptor), str(memory.size.slots), str(memory.size.slot_bytes)),
        str(limit_mb),
    ]
    return subprocess.Popen(  # noqa: S603  # a fixed list, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(theirs.fileno(), memory.descriptor),
        env=_environment(os.environ),
        start_new_session=True,  # a Ctrl+C in our terminal is for us
    )


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    known = {name: value for name, value in environment.items() if name in _KNOWN or name.startswith(_KNOWN_PREFIXES)}
    return known | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "it does not end"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
