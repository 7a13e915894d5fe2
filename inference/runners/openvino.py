"""OpenVINO on the CPU: fixed shapes compiled once each, several tensors computed side by side."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inference.runners.runner import Tensor
from posestream.errors import PosestreamError, UsageError

LARGE_SORT = 100_000
MOST_SHAPES = 8  # compiled shapes kept per network: memory grows with each


def import_openvino() -> Any:  # noqa: ANN401  # the module has no types
    """Give the module, or say which extra brings it."""
    try:
        import openvino  # noqa: PLC0415  # heavy: only who runs a network pays for it
    except ImportError as exc:
        raise UsageError("OpenVINO is not installed: pip install 'posestream[openvino]'") from exc
    return openvino


class OpenVinoRunner:
    """One network on the CPU, float32.

    One tensor is computed by all ``threads`` together (least latency); several are computed by as many
    single-thread streams (most throughput: the networks scale badly over threads).
    Not for use from two threads at once.
    """

    def __init__(self, graph: Path, threads: int) -> None:
        self._openvino = import_openvino()
        self._core = self._openvino.Core()
        self._threads = threads
        try:
            self._model = self._core.read_model(graph)
        except RuntimeError as exc:
            raise PosestreamError(f"{graph}: OpenVINO cannot read the model: {_reason(exc)}") from exc
        self._single: dict[tuple[int, ...], Any] = {}
        self._many: dict[tuple[int, ...], Any] = {}

    def infer(self, tensors: Sequence[Tensor]) -> list[list[Tensor]]:
        """Give the outputs of each input tensor, in order; the arrays are copies.

        Raises:
            PosestreamError: if a tensor does not fit the network.
        """
        if not tensors:
            return []
        shapes = {tensor.shape for tensor in tensors}
        try:
            if len(tensors) == 1 or self._threads == 1 or len(shapes) > 1:
                return [self._infer_one(tensor) for tensor in tensors]
            return self._infer_many(tensors)
        except RuntimeError as exc:
            self._many.clear()  # a queue that failed stays busy for ever
            got = ", ".join(sorted(str(list(shape)) for shape in shapes))
            raise PosestreamError(f"OpenVINO refuses an input of {got}: {_reason(exc)}") from exc

    def close(self) -> None:
        """Drop the compiled networks."""
        self._single.clear()
        self._many.clear()

    def _infer_one(self, tensor: Tensor) -> list[Tensor]:
        shape = tensor.shape
        request = _kept(self._single, shape, lambda: self._compile(shape, streams=1).create_infer_request())
        request.infer([tensor])
        return [np.array(output.data) for output in request.output_tensors]

    def _infer_many(self, tensors: Sequence[Tensor]) -> list[list[Tensor]]:
        shape = tensors[0].shape
        queue = _kept(
            self._many,
            shape,
            lambda: self._openvino.AsyncInferQueue(self._compile(shape, streams=self._threads), self._threads),
        )
        answers: list[list[Tensor]] = [[] for _ in tensors]

        def keep(request: Any, place: int) -> None:  # noqa: ANN401  # untyped library
            answers[place] = [np.array(output.data) for output in request.output_tensors]

        queue.set_callback(keep)
        for place, tensor in enumerate(tensors):
            queue.start_async([tensor], place)
        queue.wait_all()
        return answers

    def _compile(self, shape: tuple[int, ...], streams: int) -> Any:  # noqa: ANN401  # untyped library
        model = self._model.clone()
        model.reshape(list(shape))
        _loosen_large_sorts(model)
        options = {
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": streams,
            "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        return self._core.compile_model(model, "CPU", options)


def _loosen_large_sorts(model: Any) -> None:  # noqa: ANN401  # untyped library
    """Let the best of very many values come in any order where they are equal: the CPU's stable way is 20 times slower.

    (OpenVINO 2026.4: half a second for CenterNet's 1.3 million values, which hardly ever are equal.)
    """
    for node in model.get_ops():
        if node.get_type_name() == "TopK":
            shape = node.get_input_partial_shape(0)
            if shape.is_static and math.prod(shape.to_shape()) > LARGE_SORT:
                node.set_attribute("stable", False)  # noqa: FBT003  # its face


def _kept(kept: dict[tuple[int, ...], Any], shape: tuple[int, ...], make: Callable[[], Any]) -> Any:  # noqa: ANN401  # untyped library
    """Give what is kept for a shape, made anew if need be; the one that was not used for longest goes."""
    item = kept.pop(shape, None)
    while len(kept) >= MOST_SHAPES:
        kept.pop(next(iter(kept)))
    kept[shape] = make() if item is None else item
    return kept[shape]


def _reason(exc: Exception) -> str:
    """Give the last line of OpenVINO's message: the first ones name its own source files."""
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(exc).__name__
