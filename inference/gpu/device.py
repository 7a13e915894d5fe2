"""A CUDA device as the runner and the kernels see it: memory, streams, launches; and the real one, by pycuda."""

import ctypes
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.gpu.launch import KERNELS, Launch
from inference.gpu.nvrtc import compile_to_ptx, kernel_source
from posestream.errors import DependencyError, PosestreamError, UsageError


class Buffer(Protocol):
    """Memory of the device, and as much of the host's that the device copies from and to by itself."""

    @property
    def address(self) -> int:
        """Where it lies on the device."""
        ...

    @property
    def host(self) -> NDArray[np.uint8]:
        """The bytes on the host, page-locked; they and the device's are the same only after a copy."""
        ...


class Stream(Protocol):
    """A queue of copies and launches that the device works off in order."""

    @property
    def handle(self) -> int:
        """What TensorRT calls a stream."""
        ...

    def wait(self) -> None:
        """Return when everything so far is done; raises PosestreamError if something failed."""
        ...


class Device(Protocol):
    """Everything but ``name`` and ``capability`` is for use while ``active``, by one thread at a time."""

    name: str
    capability: tuple[int, int]

    def active(self) -> AbstractContextManager[None]:
        """Make the device this thread's own for the time of a ``with``; may be nested."""
        ...

    def allocate(self, size: int) -> Buffer:
        """Give memory of ``size`` bytes; drop the last reference to it while active, that frees it."""
        ...

    def stream(self) -> Stream:
        """Give a new stream."""
        ...

    def copy_in(self, buffer: Buffer, size: int, stream: Stream) -> None:
        """Copy the first ``size`` bytes of the host's side to the device's, in the stream's turn."""
        ...

    def copy_out(self, buffer: Buffer, size: int, stream: Stream) -> None:
        """Copy the first ``size`` bytes of the device's side to the host's, in the stream's turn."""
        ...

    def launch(self, launch: Launch, stream: Stream) -> None:
        """Start a kernel of ours in the stream's turn."""
        ...


def import_pycuda() -> Any:  # noqa: ANN401  # the module has no types
    """Give ``pycuda.driver``, or say which extra brings it and what that needs."""
    try:
        return import_module("pycuda.driver")
    except ImportError as exc:
        raise UsageError(
            "pycuda is not installed or finds no driver: pip install 'posestream[gpu]' on a machine with NVIDIA's "
            "driver and CUDA toolkit, which it is compiled against (docs/gpu.md)"
        ) from exc


@cache
def _primary_context(ordinal: int) -> tuple[Any, Any]:
    """Give device and context, kept until the process ends: the one that TensorRT works in, too."""
    driver = import_pycuda()
    try:
        driver.init()
        device = driver.Device(ordinal)
        context = device.retain_primary_context()
    except driver.Error as exc:
        raise DependencyError(f"CUDA device {ordinal} cannot be used: {_first_line(exc)}") from exc
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(context))  # never freed: pycuda 2026.1 does that wrongly, and complains
    return device, context


class CudaDevice:
    """A real device. All objects of one process for one device share a context; after a fork it cannot be used."""

    def __init__(self, ordinal: int = 0) -> None:
        self._driver = import_pycuda()
        device, self._context = _primary_context(ordinal)
        self.name: str = device.name()
        self.capability: tuple[int, int] = device.compute_capability()
        self._kernels: dict[str, tuple[Any, Any]] = {}

    @contextmanager
    def active(self) -> Iterator[None]:
        """Push the context on this thread's stack, and pop it again."""
        self._context.push()
        try:
            yield
        except self._driver.Error as exc:
            raise PosestreamError(f"{self.name}: {_first_line(exc)}") from exc
        finally:
            self._context.pop()

    def allocate(self, size: int) -> "CudaBuffer":
        """Give device memory and page-locked host memory."""
        return CudaBuffer(self._driver.mem_alloc(max(size, 1)), self._driver.pagelocked_empty(size, np.uint8))

    def stream(self) -> "CudaStream":
        """Give a new stream."""
        return CudaStream(self._driver.Stream())

    def copy_in(self, buffer: Buffer, size: int, stream: Stream) -> None:
        """Queue the copy; the host's side must stay as it is until the stream was waited for."""
        self._driver.memcpy_htod_async(buffer.address, buffer.host[:size], _cuda(stream))

    def copy_out(self, buffer: Buffer, size: int, stream: Stream) -> None:
        """Queue the copy; it is there when the stream was waited for."""
        self._driver.memcpy_dtoh_async(buffer.host[:size], buffer.address, _cuda(stream))

    def launch(self, launch: Launch, stream: Stream) -> None:
        """Queue the kernel; its first launch compiles it."""
        self._kernel(launch.kernel)(
            *launch.arguments,
            grid=launch.grid,
            block=launch.block,
            shared=launch.shared_bytes,
            stream=_cuda(stream),
        )

    def _kernel(self, name: str) -> Any:  # noqa: ANN401  # untyped library
        if name not in self._kernels:
            major, minor = self.capability
            ptx = compile_to_ptx(kernel_source(KERNELS[name]), KERNELS[name])
            try:
                module = self._driver.module_from_buffer(ptx + b"\0")  # the driver reads up to the zero
            except self._driver.Error as exc:
                reason = _first_line(exc)
                raise PosestreamError(f"{self.name} (compute {major}.{minor}) refuses kernel {name}: {reason}") from exc
            self._kernels[name] = module, module.get_function(name)
        return self._kernels[name][1]


class CudaBuffer:
    """What pycuda allocated."""

    def __init__(self, memory: Any, host: NDArray[np.uint8]) -> None:  # noqa: ANN401  # untyped library
        self._memory, self.host = memory, host
        self.address = int(memory)


class CudaStream:
    """A stream of pycuda's."""

    def __init__(self, cuda: Any) -> None:  # noqa: ANN401  # untyped library
        self.cuda = cuda
        self.handle: int = cuda.handle

    def wait(self) -> None:
        """Wait; other threads of this process go on."""
        self.cuda.synchronize()


def _cuda(stream: Stream) -> Any:  # noqa: ANN401  # untyped library
    if not isinstance(stream, CudaStream):
        raise TypeError("wanted a stream of this device")
    return stream.cuda


def _first_line(exc: Exception) -> str:
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(exc).__name__
