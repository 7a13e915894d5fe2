"""How much a process may take that tries a file nobody has looked into yet."""

import ctypes
import os
import resource
import signal
from collections.abc import Mapping

PLAIN = 4 * 2**30
"""Bytes of address space for a small network; an engine alone needs less than one GiB."""
PER_THREAD = 256 * 2**20
"""What each thread reserves: its stack and its part of the heap."""
LARGEST_FILE = 8 * 2**30
"""Bytes of a file that such a process reads or writes: weights beside a graph."""
PER_BYTE = 8
"""For each byte of weights: read, converted, packed for the engine, with room for a second compilation."""

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_PASSED = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV"})
_PASSED_FAMILIES = ("LC_", "OMP_", "PYTHON")


def environment_for(own: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that such a process may know: no passwords, no tokens."""
    return {name: value for name, value in own.items() if name in _PASSED or name.startswith(_PASSED_FAMILIES)}


def memory_for(size: int, threads: int) -> int:
    """Give the bytes that trying a model of ``size`` bytes may take."""
    return PLAIN + PER_THREAD * threads + PER_BYTE * size


def limit_process(memory: int, seconds: int) -> None:
    """Let this process take so much address space and CPU time, write no huge file and leave no core."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))


def end_with(parent: int) -> None:
    """Let this process end when its parent does, however that ends, and never gain rights by what it starts."""
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:  # it was quicker
        os._exit(1)


def allow_weights(size: int) -> None:
    """Let a process that is limited take more: weights of ``size`` bytes have come from beside its file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (soft + PER_BYTE * size, hard))
