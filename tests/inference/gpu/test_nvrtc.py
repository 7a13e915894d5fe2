"""Each kernel compiled for real devices by NVIDIA's own compiler, on a machine without one."""

import pytest

from inference.gpu import nvrtc
from inference.gpu.launch import KERNELS
from posestream.errors import PosestreamError, UsageError


@pytest.mark.parametrize("architecture", ["compute_75", "compute_80", "compute_90"])
@pytest.mark.parametrize(("kernel", "file"), KERNELS.items())
def test_each_kernel_compiles_for_each_kind_of_device(kernel: str, file: str, architecture: str) -> None:
    ptx = nvrtc.compile_to_ptx(nvrtc.kernel_source(file), file, architecture).decode()
    assert f".visible .entry {kernel}(" in ptx
    assert f".target sm_{architecture.removeprefix('compute_')}" in ptx
    assert "fma.rn.f32" not in ptx


def test_a_mistake_is_one_line() -> None:
    with pytest.raises(PosestreamError, match=r"^wrong\.cu: .*identifier \"oops\" is undefined") as caught:
        nvrtc.compile_to_ptx('extern "C" __global__ void k(float *x) { x[0] = oops; }', "wrong")
    assert "\n" not in str(caught.value)


def test_without_the_compiler_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvrtc, "_in_wheel", list)
    monkeypatch.setattr(nvrtc.ctypes, "CDLL", _nothing)
    nvrtc._library.cache_clear()
    try:
        with pytest.raises(UsageError, match=r"pip install 'posestream\[gpu\]'"):
            nvrtc.compile_to_ptx("", "any")
    finally:
        nvrtc._library.cache_clear()


def _nothing(name: str) -> None:
    raise OSError(name)
