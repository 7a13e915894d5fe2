"""ONNX Runtime on the CPU: for ONNX files that OpenVINO cannot read, and to compare the two."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from inference.runners.runner import Tensor
from posestream.errors import PosestreamError, UsageError

_ERRORS_ONLY = 3


def import_onnxruntime() -> Any:  # noqa: ANN401  # the module has no types
    """Give the module, or say which extra brings it."""
    try:
        import onnxruntime  # noqa: PLC0415  # heavy: only who runs a network on it pays for it
    except ImportError as exc:
        raise UsageError("ONNX Runtime is not installed: pip install 'posestream[onnxruntime]'") from exc
    return onnxruntime


class OnnxRuntimeRunner:
    """One ONNX network with one input, on the CPU, float32.

    One tensor is computed by all ``threads`` together; several are computed side by side, a thread each, as
    `OpenVinoRunner` does. Memory: what a run needs is given back to one arena that grows by no more than was asked.
    Not for use from two threads at once.
    """

    def __init__(self, graph: Path, threads: int) -> None:
        self._engine = import_onnxruntime()
        self._graph, self._threads = graph, threads
        self._together = self._session(threads)
        self._apart: Any = None
        self._pool: ThreadPoolExecutor | None = None
        inputs = self._together.get_inputs()
        if len(inputs) != 1:
            raise PosestreamError(f"{graph}: wanted a network with one input, got {len(inputs)}")
        self._input: str = inputs[0].name

    def infer(self, tensors: Sequence[Tensor]) -> list[list[Tensor]]:
        """Give the outputs of each input tensor, in order; the arrays are the caller's own.

        Raises:
            PosestreamError: if a tensor does not fit the network.
        """
        try:
            if len(tensors) <= 1 or self._threads == 1:
                return [self._run(self._together, tensor) for tensor in tensors]
            if self._pool is None:
                self._apart, self._pool = self._session(1), ThreadPoolExecutor(self._threads, "onnxruntime")
            return list(self._pool.map(lambda tensor: self._run(self._apart, tensor), tensors))
        except _refusals(self._engine) as exc:
            got = ", ".join(sorted({f"{list(tensor.shape)} {tensor.dtype}" for tensor in tensors}))
            raise PosestreamError(f"ONNX Runtime refuses an input of {got}: {_reason(exc)}") from exc

    def close(self) -> None:
        """End the threads and drop the sessions."""
        if self._pool is not None:
            self._pool.shutdown()
        self._together = self._apart = self._pool = None

    def _run(self, session: Any, tensor: Tensor) -> list[Tensor]:  # noqa: ANN401  # untyped library
        return [np.asarray(output) for output in session.run(None, {self._input: tensor})]

    def _session(self, threads: int) -> Any:  # noqa: ANN401  # untyped library
        options = self._engine.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = _ERRORS_ONLY
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", "0"
        )  # idle threads leave the cores to others
        provider = ("CPUExecutionProvider", {"arena_extend_strategy": "kSameAsRequested"})
        try:
            return self._engine.InferenceSession(str(self._graph), options, providers=[provider])
        except _refusals(self._engine) as exc:
            raise PosestreamError(f"{self._graph}: ONNX Runtime cannot read the model: {_reason(exc)}") from exc


def _refusals(engine: Any) -> tuple[type[Exception], ...]:  # noqa: ANN401  # untyped library
    """Give the exceptions that ONNX Runtime raises: the kinds of its own, and those of its Python side."""
    kinds = vars(engine.capi.onnxruntime_pybind11_state).values()
    own = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Exception)]
    return (*own, RuntimeError, ValueError)


def _reason(exc: Exception) -> str:
    """Give the first line of what it says: the rest names its own source files."""
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(exc).__name__
