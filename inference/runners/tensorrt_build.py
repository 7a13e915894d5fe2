"""An engine from an ONNX graph: strongly typed, with one profile for each input size, for batches of 1 to N."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from inference.runners.tensorrt_api import (
    Report,
    TensorRt,
    keeping_logger,
    one_line,
    progress_monitor,
    strongly_typed_network,
)
from posestream.errors import InputError, PosestreamError

WORKSPACE_BYTES = 2 * 2**30
_LOOK_SECONDS = 0.1


def _silent(_phase: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Batches:
    """How many tensors one run takes: 1 to ``most``, tuned for ``usual``."""

    usual: int = 8
    most: int = 32

    def __post_init__(self) -> None:
        if not 1 <= self.usual <= self.most:
            raise ValueError(f"wanted 1 <= usual <= most, got {self.usual} and {self.most}")


@dataclass(frozen=True)
class BuildRequest:
    """What to build: the ONNX file's bytes and its path (weights may lie beside it), sizes (h, w), batches."""

    graph: bytes
    path: str
    sizes: tuple[tuple[int, int], ...]
    batches: Batches = Batches()
    full_float32: bool = True
    """No TF32, whose products have 10 bits."""
    workspace_bytes: int = WORKSPACE_BYTES
    timing: bytes = b""
    """What an earlier build on this device measured."""
    report: Report = _silent
    active: Callable[[], AbstractContextManager[None]] = nullcontext
    """Makes the device current in the thread that builds: else it would be the machine's first."""
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Built:
    """A serialised engine, and what was measured on the way."""

    engine: bytes
    timing: bytes


def build_engine(trt: TensorRt, request: BuildRequest) -> Built:
    """Build; takes minutes. Ctrl+C and ``request.stop`` end it at the next step.

    Raises:
        InputError: if TensorRT cannot read the graph, or its input has not such sizes.
        PosestreamError: if it cannot be built, or was stopped.
    """
    logger = keeping_logger(trt)
    builder = trt.Builder(logger)
    network = strongly_typed_network(trt, builder)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(request.graph, request.path):
        raise InputError(f"{request.path}: TensorRT cannot read the graph: {_parser_errors(parser)}")
    config, _kept = _config(trt, builder, network, request)
    stop = threading.Event()
    monitor = progress_monitor(trt, request.report, stop)
    config.progress_monitor = monitor

    def build() -> Any:  # noqa: ANN401  # untyped library
        with request.active():
            return builder.build_serialized_network(network, config)

    engine = _in_thread(build, stop, request.stop)
    if request.stop.is_set():
        raise PosestreamError(f"{request.path}: building the engine was stopped")
    if engine is None:
        raise PosestreamError(f"{request.path}: TensorRT cannot build an engine: {one_line(logger.last)}")
    return Built(bytes(engine), bytes(config.get_timing_cache().serialize()))


def _config(trt: TensorRt, builder: Any, network: Any, request: BuildRequest) -> tuple[Any, Any]:  # noqa: ANN401  # as above
    """Give the builder's settings, and their cache of timings, which must not be freed before the build has ended."""
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, request.workspace_bytes)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED  # the engine must say what precision it has
    if request.full_float32:
        config.clear_flag(trt.BuilderFlag.TF32)
    for shapes in _profiles(network, request):
        profile = builder.create_optimization_profile()
        profile.set_shape(network.get_input(0).name, *shapes)
        if config.add_optimization_profile(profile) < 0:
            raise InputError(f"{request.path}: TensorRT refuses inputs of {shapes[0]} to {shapes[2]}")
    cache = config.create_timing_cache(request.timing)
    if cache is None or not config.set_timing_cache(cache, False):  # noqa: FBT003  # measured elsewhere: begin anew
        cache = config.create_timing_cache(b"")
        config.set_timing_cache(cache, False)  # noqa: FBT003  # its signature
    return config, cache


def _profiles(network: Any, request: BuildRequest) -> list[list[tuple[int, ...]]]:  # noqa: ANN401  # untyped library
    """Give for each size the shapes (least, usual, most) of the input."""
    if network.num_inputs != 1:
        raise InputError(f"{request.path}: wanted a network with one input, got {network.num_inputs}")
    declared: tuple[int, ...] = tuple(network.get_input(0).shape)
    if len(declared) != 4 or 3 not in (declared[1], declared[3]):
        raise InputError(f"{request.path}: wanted an input [N, 3, h, w] or [N, h, w, 3], got {list(declared)}")
    batches = request.batches
    counts = (1, batches.usual, batches.most) if declared[0] == -1 else (declared[0],) * 3
    if counts[0] != 1:
        raise InputError(f"{request.path}: wanted a batch of 1 or any, got {counts[0]}")
    profiles: list[list[tuple[int, ...]]] = []
    for size in request.sizes:
        sides = (3, *size) if declared[1] == 3 else (*size, 3)
        if any(given not in (-1, wanted) for given, wanted in zip(declared[1:], sides, strict=True)):
            raise InputError(f"{request.path}: its input is {list(declared)}: it cannot be {list(size)} px")
        profiles.append([(count, *sides) for count in counts])
    return profiles


def _parser_errors(parser: Any) -> str:  # noqa: ANN401  # untyped library
    """Say the first mistake and how many more there are."""
    if not parser.num_errors:
        return one_line("")
    first, more = parser.get_error(0), parser.num_errors - 1
    place = f" at node '{first.node_name()}' ({first.node_operator()})" if first.node_operator() else ""
    return one_line(first.desc()) + place + (f" and {more} more" if more else "")


def _in_thread(build: Callable[[], Any], stop: threading.Event, asked: threading.Event) -> Any:  # noqa: ANN401  # as above
    """Run the build beside this thread, which can so hear Ctrl+C: it could not while it sits in C++."""
    answer: list[Any] = []
    failure: list[BaseException] = []
    done = threading.Event()  # not join(): interrupted, it takes the thread for ended (Python 3.11)

    def run() -> None:
        try:
            answer.append(build())
        except BaseException as exc:  # noqa: BLE001  # raised again by the thread that waits
            failure.append(exc)
        finally:
            done.set()

    threading.Thread(target=run, name="tensorrt-build").start()
    try:
        while not done.wait(_LOOK_SECONDS):
            if asked.is_set():
                stop.set()
    finally:  # a KeyboardInterrupt goes on when the build has ended
        stop.set()
        done.wait()
    if failure:
        raise failure[0]
    return answer[0]
