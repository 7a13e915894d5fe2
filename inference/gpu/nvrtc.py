"""NVIDIA's run-time compiler: CUDA C to PTX, without nvcc and without a device."""

import ctypes
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from posestream.errors import PosestreamError, UsageError

OPTIONS = ("--fmad=false", "--std=c++17")
"""No fused multiply-add: the kernels agree with their twins to the last bits."""
OLDEST = "compute_75"  # Turing (T4), the oldest that the compiler of CUDA 12 and 13 and TensorRT both know
_SUCCESS = 0


def kernel_source(file: str) -> str:
    """Give the source of ``kernels/FILE.cu``."""
    return files("inference.gpu").joinpath("kernels", f"{file}.cu").read_text("utf-8")


def compile_to_ptx(source: str, name: str, architecture: str = OLDEST) -> bytes:
    """Compile one file to PTX, which the driver of any later device makes its own code of.

    Raises:
        UsageError: if the compiler is not installed.
        PosestreamError: if the source has mistakes; the message is the compiler's first line.
    """
    library = _library()
    program = ctypes.c_void_p()
    _check(library.nvrtcCreateProgram(ctypes.byref(program), source.encode(), f"{name}.cu".encode(), 0, None, None))
    try:
        options = [option.encode() for option in (*OPTIONS, f"--gpu-architecture={architecture}")]
        given = (ctypes.c_char_p * len(options))(*options)
        if library.nvrtcCompileProgram(program, len(options), given) != _SUCCESS:
            raise PosestreamError(f"{name}.cu: {_text(library, program, 'ProgramLog').decode().splitlines()[0][:300]}")
        return _text(library, program, "PTX")
    finally:
        library.nvrtcDestroyProgram(ctypes.byref(program))


def _text(library: ctypes.CDLL, program: ctypes.c_void_p, what: str) -> bytes:
    size = ctypes.c_size_t()
    _check(getattr(library, f"nvrtcGet{what}Size")(program, ctypes.byref(size)))
    text = ctypes.create_string_buffer(size.value)
    _check(getattr(library, f"nvrtcGet{what}")(program, text))
    return text.value


@cache
def _library() -> ctypes.CDLL:
    for path in (*_in_wheel(), "libnvrtc.so.13", "libnvrtc.so.12"):
        try:
            return ctypes.CDLL(str(path))
        except OSError:
            continue
    raise UsageError("NVIDIA's run-time compiler is not installed: pip install 'posestream[gpu]'")


def _in_wheel() -> list[Path]:
    """Give the library as NVIDIA's wheels hold it, those of CUDA 12 and 13 in different folders."""
    spec = find_spec("nvidia")
    roots = [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]
    names = ("cuda_nvrtc/lib/libnvrtc.so.12", "cu13/lib/libnvrtc.so.13")
    return [root / name for root in roots for name in names if (root / name).is_file()]


def _check(code: int) -> None:
    if code != _SUCCESS:
        raise PosestreamError(f"NVIDIA's run-time compiler fails with code {code}")
