"""A network in fewer bits: float16 by a pass of our own, int8 by ONNX Runtime's quantiser; both run before they count.

TensorRT 11 computes in the precision of the graph; so the choice is made here, and its accuracy can be measured on any
machine. But not with the float16 graph itself: ONNX Runtime on the CPU computes it in float32 and takes out the casts
between the layers, so it shows the rounding of weights alone. ``as_fp16_rounds`` shows the whole.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inference.adding.onnx_parts import Proto, import_onnx
from inference.models.half_graph import halved
from inference.models.precision_graph import WEIGHTED, last_weights
from inference.models.rounded_graph import rounded
from inference.runners.onnxruntime import OnnxRuntimeRunner
from inference.runners.runner import Tensor
from posestream.errors import InputError, PosestreamError, UsageError

_FREE_SIDE = 64  # for the trial, where a graph leaves a side open


def to_fp16(source: Path, target: Path | None = None) -> Path:
    """Write a graph's float16 twin, ``NAME.fp16.onnx`` beside it if ``target`` is left out; give its path.

    Inputs and outputs stay what they are, and so does everything outside of the layers with weights.

    Raises:
        InputError: if the graph cannot be read, or nothing in it can be float16.
        PosestreamError: if ONNX Runtime finds the twin wrong; then there is none.
    """
    path = target or source.with_name(f"{source.stem}.fp16.onnx")
    try:
        model = halved(_loaded(source))
    except InputError as exc:
        raise InputError(f"{source}: {exc}") from exc
    import_onnx().save(model, path)
    return _checked(source, path)


def as_fp16_rounds(source: Path, target: Path) -> Path:
    """Write a float32 graph that computes what the float16 twin does: for measuring its accuracy on any machine.

    Raises:
        InputError: as ``to_fp16``.
    """
    try:
        model = rounded(_loaded(source))
    except InputError as exc:
        raise InputError(f"{source}: {exc}") from exc
    import_onnx().save(model, target)
    return _checked(source, target)


def to_int8(source: Path, calibration: Sequence[Tensor], target: Path | None = None) -> Path:
    """Write a graph's int8 twin, ``NAME.int8.onnx`` beside it if ``target`` is left out; give its path.

    ``calibration``: input tensors of real pictures, some tens; their ranges are what int8 will span. Weights have a
    scale for each channel, everything is symmetric, biases and heads stay float32: as TensorRT wants it.

    Raises:
        UsageError: if ONNX Runtime is not installed, or there is nothing to calibrate with.
        InputError: if the graph cannot be read.
        PosestreamError: if ONNX Runtime refuses graph or pictures, or finds the twin wrong.
    """
    if not calibration:
        raise UsageError(f"{source}: int8 needs pictures to calibrate with")
    quantization = _import_quantization()
    path = target or source.with_name(f"{source.stem}.int8.onnx")
    model = _named(_loaded(source))
    _answer(source, calibration[0])  # what does not fit is said by its shape
    try:
        _quietly(
            quantization.quantize_static,
            model,
            str(path),
            _reader(quantization, model.graph.input[0].name, calibration),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=sorted(WEIGHTED),
            per_channel=True,
            activation_type=quantization.QuantType.QInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=sorted(last_weights(model.graph)),
            extra_options={"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False},
        )
    except (RuntimeError, ValueError, KeyError) as exc:
        raise PosestreamError(f"{source}: ONNX Runtime cannot quantise the network: {_first_line(exc)}") from exc
    return _checked(source, path)


def _loaded(source: Path) -> Proto:
    try:
        return import_onnx().load(str(source))
    except OSError as exc:
        raise InputError(f"{source}: cannot be read: {exc.strerror or exc}") from exc
    except Exception as exc:  # protobuf's own kinds differ between its implementations
        raise InputError(f"{source}: not an ONNX file, or damaged") from exc


def _named(model: Proto) -> Proto:
    """Give each node a name: the quantiser leaves out by name."""
    for place, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type}_{place}"
    return model


def _import_quantization() -> Any:  # noqa: ANN401  # the module has no types
    try:
        from onnxruntime import quantization  # noqa: PLC0415  # heavy
    except ImportError as exc:
        raise UsageError("int8 needs ONNX Runtime: pip install 'posestream[onnxruntime]'") from exc
    return quantization


def _reader(quantization: Any, name: str, tensors: Sequence[Tensor]) -> Any:  # noqa: ANN401  # untyped library
    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]  # untyped library
        """Gives the tensors once, then None."""

        def __init__(self) -> None:
            self._left = iter(tensors)

        def get_next(self) -> dict[str, Tensor] | None:
            tensor = next(self._left, None)
            return None if tensor is None else {name: tensor}

    return Reader()


def _quietly(function: Any, *given: Any, **named: Any) -> None:  # noqa: ANN401  # untyped library
    """Call what warns by the root logger about everything that it does."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        function(*given, **named)
    finally:
        logging.disable(before)


def _checked(source: Path, path: Path) -> Path:
    """Run both on noise: the twin must answer in the same shapes and types, with numbers."""
    try:
        tensor = _noise(_loaded(source))
        ours, theirs = (_answer(graph, tensor) for graph in (path, source))
        for problem in _differences(ours, theirs):
            raise PosestreamError(f"{path.name}: {problem}")  # noqa: TRY301  # the file goes with it
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _differences(ours: list[Tensor], theirs: list[Tensor]) -> Iterator[str]:
    """Say what is wrong with the twin's outputs; only the first is of interest."""
    for our, their in zip(ours, theirs, strict=True):
        if our.shape != their.shape or our.dtype != their.dtype:
            yield f"an output changed from {_words(their)} to {_words(our)}"
        elif np.isfinite(their).all() and not np.isfinite(our).all():
            yield f"an output of {_words(our)} is beyond the range of its numbers"


def _answer(graph: Path, tensor: Tensor) -> list[Tensor]:
    runner = OnnxRuntimeRunner(graph, 1)
    try:
        return runner.infer([tensor])[0]
    finally:
        runner.close()


def _noise(model: Proto) -> Tensor:
    given = model.graph.input[0].type.tensor_type
    sides = [side.dim_value or (1 if place == 0 else _FREE_SIDE) for place, side in enumerate(given.shape.dim)]
    kind = import_onnx().helper.tensor_dtype_to_np_dtype(given.elem_type)
    pixels = np.random.default_rng(0).integers(0, 256, sides)
    return pixels.astype(kind) if kind != np.float32 else (pixels / 255).astype(np.float32)


def _words(tensor: Tensor) -> str:
    return f"{list(tensor.shape)} {tensor.dtype}"


def _first_line(exc: Exception) -> str:
    lines: Iterator[str] = (line.strip() for line in str(exc).splitlines())
    return next((line for line in lines if line), type(exc).__name__)[:200]
