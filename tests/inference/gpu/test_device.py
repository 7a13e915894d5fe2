"""CudaDevice over a pycuda of this file's own: what it asks for, in which context, in which thread."""

import sys
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inference.gpu import device as device_module
from inference.gpu.device import CudaDevice, import_pycuda
from inference.gpu.launch import Launch
from inference.gpu.numpy_device import NumpyDevice
from posestream.errors import DependencyError, PosestreamError, UsageError

LAUNCH = Launch("heatmap_peaks", (2, 1, 1), (128, 1, 1), (np.uint64(7), np.int32(3)), 1024)


class CudaError(Exception):
    """What pycuda raises."""


class FakeContext:
    """The stack of each thread, as the driver keeps it."""

    stacks: Any

    def push(self) -> None:
        self.stack().append(self)

    @classmethod
    def pop(cls) -> None:
        cls.stack().pop()

    @classmethod
    def stack(cls) -> list[Any]:
        if not hasattr(cls.stacks, "held"):
            cls.stacks.held = []
        held: list[Any] = cls.stacks.held
        return held


class FakeDriver:
    Error = CudaError

    def __init__(self, *, broken: bool = False) -> None:
        self.done: list[tuple[Any, ...]] = []
        self.retained = 0
        self.broken = broken
        self.refused = False
        self.context: Any = type("Context", (FakeContext,), {"stacks": threading.local()})

    def init(self) -> None:
        if self.broken:
            raise CudaError("cuInit failed: no CUDA-capable device is detected\nmore")

    def Device(self, ordinal: int) -> Any:  # noqa: ANN401, N802  # pycuda's name
        def retain() -> Any:  # noqa: ANN401  # a class made at run time
            self.retained += 1
            return self.context()

        return SimpleNamespace(
            name=lambda: f"NVIDIA T{ordinal}", compute_capability=lambda: (7, 5), retain_primary_context=retain
        )

    def _need(self) -> None:
        assert self.context.stack(), "no context is current in this thread"

    def mem_alloc(self, size: int) -> int:
        self._need()
        self.done.append(("alloc", size))
        return 4096

    def pagelocked_empty(self, size: int, kind: type) -> Any:  # noqa: ANN401  # an array
        self._need()
        return np.zeros(size, kind)

    def Stream(self) -> Any:  # noqa: ANN401, N802  # pycuda's name
        self._need()
        return SimpleNamespace(handle=77, synchronize=lambda: self.done.append(("wait",)))

    def memcpy_htod_async(self, to: int, host: Any, stream: Any) -> None:  # noqa: ANN401  # an array, a stream
        self._need()
        self.done.append(("in", to, host.nbytes, stream.handle))

    def memcpy_dtoh_async(self, host: Any, at: int, stream: Any) -> None:  # noqa: ANN401  # as above
        self._need()
        self.done.append(("out", at, host.nbytes, stream.handle))

    def module_from_buffer(self, ptx: bytes) -> Any:  # noqa: ANN401  # a module
        self._need()
        if self.refused:
            raise CudaError("cuModuleLoadDataEx failed: the provided PTX was compiled with an unsupported toolchain.")
        assert ptx.startswith(b"//")
        assert ptx.endswith(b"\0")
        self.done.append(("module",))
        return SimpleNamespace(get_function=lambda name: lambda *given, **how: self.done.append((name, given, how)))


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> FakeDriver:
    fake = FakeDriver()
    monkeypatch.setitem(sys.modules, "pycuda", SimpleNamespace(driver=fake))
    monkeypatch.setitem(sys.modules, "pycuda.driver", fake)
    device_module._primary_context.cache_clear()
    monkeypatch.setattr(device_module, "compile_to_ptx", lambda _source, _name: b"// PTX")
    return fake


def test_memory_copies_and_streams(driver: FakeDriver) -> None:
    device = CudaDevice()
    assert (device.name, device.capability) == ("NVIDIA T0", (7, 5))
    with device.active():
        buffer, stream = device.allocate(100), device.stream()
        assert (buffer.address, buffer.host.nbytes, stream.handle) == (4096, 100, 77)
        device.copy_in(buffer, 60, stream)
        device.copy_out(buffer, 40, stream)
        stream.wait()
        device.allocate(0)
    assert driver.done == [("alloc", 100), ("in", 4096, 60, 77), ("out", 4096, 40, 77), ("wait",), ("alloc", 1)]


def test_a_kernel_is_compiled_at_its_first_launch(driver: FakeDriver) -> None:
    device = CudaDevice()
    with device.active():
        stream = device.stream()
        device.launch(LAUNCH, stream)
        device.launch(LAUNCH, stream)
    how = {"grid": (2, 1, 1), "block": (128, 1, 1), "shared": 1024, "stream": stream.cuda}
    assert driver.done == [("module",), *[("heatmap_peaks", LAUNCH.arguments, how)] * 2]


def test_a_driver_that_refuses_a_kernel_is_one_line(driver: FakeDriver) -> None:
    device, driver.refused = CudaDevice(), True
    with device.active(), pytest.raises(PosestreamError, match=r"NVIDIA T0 \(compute 7\.5\) refuses kernel heatmap_p"):
        device.launch(LAUNCH, device.stream())


def test_there_is_one_context_for_all_threads_and_each_thread_gives_it_back(driver: FakeDriver) -> None:
    devices = [CudaDevice(), CudaDevice()]
    depths: list[int] = []

    def work() -> None:
        for device in devices:
            with device.active(), device.active():
                device.allocate(1)
        depths.append(len(driver.context.stack()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()
    assert depths == [0] * 5
    assert driver.retained == 1


def test_what_cuda_says_is_one_line_and_the_context_is_given_back(driver: FakeDriver) -> None:
    device = CudaDevice()
    with pytest.raises(PosestreamError, match=r"^NVIDIA T0: cuMemAlloc failed: out of memory$"), device.active():
        raise CudaError("cuMemAlloc failed: out of memory\n more")
    with pytest.raises(ZeroDivisionError), device.active():
        raise ZeroDivisionError
    assert driver.context.stack() == []
    with pytest.raises(PosestreamError, match="CudaError"), device.active():
        raise CudaError


def test_a_stream_of_another_device_is_a_mistake(driver: FakeDriver) -> None:
    assert driver.done == []
    device, other = CudaDevice(), NumpyDevice()
    with device.active(), other.active(), pytest.raises(TypeError, match="a stream of this device"):
        device.copy_in(device.allocate(1), 1, other.stream())


def test_a_machine_without_a_device_is_one_line(driver: FakeDriver) -> None:
    driver.broken = True
    with pytest.raises(DependencyError) as caught:
        CudaDevice()
    said = "cuInit failed: no CUDA-capable device is detected"
    assert str(caught.value) == f"CUDA device 0 cannot be used: {said}"


def test_without_pycuda_the_extra_and_what_it_needs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycuda.driver", None)  # as if it were not installed
    monkeypatch.setitem(sys.modules, "pycuda", None)
    with pytest.raises(UsageError, match=r"pip install 'posestream\[gpu\]'.*driver and CUDA toolkit") as caught:
        import_pycuda()
    assert "\n" not in str(caught.value)
