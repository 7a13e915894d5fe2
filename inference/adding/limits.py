"""How much a process may take that tries a file nobody has looked into yet."""

import resource

PLAIN = 4 * 2**30
"""Bytes of address space for a small network; an engine alone needs less than one GiB."""
PER_THREAD = 256 * 2**20
"""What each thread reserves: its stack and its part of the heap."""
PER_BYTE = 8
"""For each byte of weights: read, converted, packed for the engine, with room for a second compilation."""


def memory_for(size: int, threads: int) -> int:
    """Give the bytes that trying a model of ``size`` bytes may take."""
    return PLAIN + PER_THREAD * threads + PER_BYTE * size


def limit_process(memory: int, seconds: int) -> None:
    """Let this process take so much address space and CPU time, and leave no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_weights(size: int) -> None:
    """Let a process that is limited take more: weights of ``size`` bytes have come from beside its file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (soft + PER_BYTE * size, hard))
