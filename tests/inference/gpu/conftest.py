"""The kernels as functions of this machine's processor: their own source, compiled by g++ with a shim for CUDA."""

import ctypes
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.gpu.launch import KERNELS, Launch
from inference.gpu.nvrtc import kernel_source

SHIM = Path(__file__).with_name("shim.h")
SIGNATURE = re.compile(r'extern "C" __global__ void (\w+)\(([^)]*)\)')


def _driver(source: str) -> str:
    """Give a C function that launches the kernel of a file."""
    found = SIGNATURE.search(source)
    assert found, "a file has one kernel"
    name, parameters = found[1], " ".join(found[2].split())
    arguments = ", ".join(re.findall(r"(\w+)(?:,|$)", parameters))
    together = "true" if "__syncthreads" in source else "false"
    return (
        f'extern "C" void drive_{name}(Dim3 grid, Dim3 block, {parameters})\n'
        f"{{ launch(grid, block, {together}, [=] {{ {name}({arguments}); }}); }}\n"
    )


class Dim3(ctypes.Structure):
    _fields_ = [(axis, ctypes.c_uint) for axis in "xyz"]  # ctypes wants it so


@pytest.fixture(scope="session")
def on_cpu(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Launch, tuple[int, int, int]], None]:
    """``on_cpu(launch, block)``: runs a kernel's own source on arrays of this process, with blocks of this size."""
    compiler = shutil.which("g++")
    if compiler is None and os.environ.get("CI") != "true":
        pytest.skip("g++ is not installed: the kernels are not run")
    folder = tmp_path_factory.mktemp("kernels")

    def function_of(kernel: str) -> Any:  # noqa: ANN401  # ctypes has no types
        file = KERNELS[kernel]
        library = folder / f"{file}.so"
        if not library.exists():
            source = kernel_source(file)
            (folder / f"{file}.cpp").write_text(f'#include "{SHIM}"\n{source}\n{_driver(source)}')
            options = ["-std=c++20", "-O1", "-ffp-contract=off", "-fPIC", "-shared", "-pthread", "-Wall", "-Werror"]
            quiet = ["-Wno-unused-function", "-Wno-sign-compare", "-Wno-unused-variable"]  # of the shim
            subprocess.run([str(compiler), *options, *quiet, "-o", library, folder / f"{file}.cpp"], check=True)
        return getattr(ctypes.CDLL(str(library)), f"drive_{kernel}")

    def run(launch: Launch, block: tuple[int, int, int]) -> None:
        threads = [count * size for count, size in zip(launch.grid, launch.block, strict=True)]
        grid = [-(-every // size) for every, size in zip(threads, block, strict=True)]
        if launch.shared_bytes:
            grid = list(launch.grid)  # there a block has its own work, not so many of all threads
        function_of(launch.kernel)(Dim3(*grid), Dim3(*block), *(_passed(one) for one in launch.arguments))

    return run


def _passed(value: np.generic) -> Any:  # noqa: ANN401  # ctypes has no types
    kinds = {np.uint64: ctypes.c_void_p, np.int32: ctypes.c_int, np.float32: ctypes.c_float}
    return kinds[type(value)](value.item())
