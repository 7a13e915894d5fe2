"""Emitters of what picks or sums up: slices, places of the largest, reductions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inference.conversion.onnx_nodes import Emitter, TfNode, whole_numbers
from inference.conversion.onnx_value import Value
from inference.conversion.onnx_writer import OnnxWriter

_FAR = 2**31 - 1  # beyond the end of every axis; TensorRT's axes are int32


def _strided_slice(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Slice as Python does: masks say which entries are open ends, single places or new axes."""
    value, (begins, ends, steps) = inputs[0], (whole_numbers(node, of) for of in inputs[1:])
    if node.number("ellipsis_mask"):
        raise node.refuse("an ellipsis is not supported")
    cuts: list[tuple[int, int, int, int]] = []  # begin, end, axis, step
    shape: list[int] = []
    axis = 0
    for entry, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        if _marked(node, "new_axis_mask", entry):
            shape.append(1)
            continue
        size, single = value.shape[axis], _marked(node, "shrink_axis_mask", entry)
        window = slice(
            None if _marked(node, "begin_mask", entry) else begin,
            None if _marked(node, "end_mask", entry) else end,
            step,
        )
        taken = range(size)[begin : begin + 1 or None] if single else range(size)[window]
        if taken != range(size):
            stop = taken.stop if taken.stop >= 0 else -_FAR
            cuts.append((taken.start, stop, value.place(axis), taken.step))
        shape += [] if single else [len(taken)]
        axis += 1
    if cuts:
        parts = [out.integers(part) for part in zip(*cuts, strict=True)]
        value = replace(out.one("Slice", value, *parts), order=value.order, natural=value.natural)
    return out.reshaped(value, [*shape, *value.shape[axis:]])


def _marked(node: TfNode, mask: str, entry: int) -> bool:
    return bool(node.number(mask) >> entry & 1)


def _gather(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Pick along one axis (third input)."""
    value, places, (axis,) = out.plain(inputs[0]), out.plain(inputs[1]), whole_numbers(node, inputs[2])
    if node.number("batch_dims"):
        raise node.refuse("batch_dims are not supported")
    return out.one("Gather", value, places, axis=axis)


def _gather_nd(out: OnnxWriter, _: TfNode, inputs: Sequence[Value]) -> Value:
    return out.one("GatherND", out.plain(inputs[0]), out.cast(out.plain(inputs[1]), "i8"))


def _arg_max(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Give the first place of the largest number, as int32: only shapes and indices are int64."""
    (axis,) = whole_numbers(node, inputs[1])
    value = out.plain(inputs[0])
    found = out.one("ArgMax", value, axis=axis % len(value.stored), keepdims=0)
    return replace(out.cast(found, "i4"), natural=True)


def _top_k(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> list[Value]:
    """Give the largest numbers of the last axis and their places."""
    count = out.integers(whole_numbers(node, inputs[1]))
    numbers, places = out.many("TopK", [out.plain(inputs[0]), count], 2, axis=-1)
    return [numbers, replace(out.cast(places, "i4"), natural=True)]


def _largest(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    axes = _axes(node, inputs)
    return _reduced(
        node, inputs[0], axes, out.one("ReduceMax", inputs[0], axes=_places(inputs[0], axes), keepdims=1), out
    )


def _mean(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    axes = _axes(node, inputs)
    return _reduced(
        node, inputs[0], axes, out.one("ReduceMean", inputs[0], axes=_places(inputs[0], axes), keepdims=1), out
    )


def _sum(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """In opset 17 it alone takes its axes as an input."""
    axes = _axes(node, inputs)
    places = out.integers(_places(inputs[0], axes))
    return _reduced(node, inputs[0], axes, out.one("ReduceSum", inputs[0], places, keepdims=1), out)


def _axes(node: TfNode, inputs: Sequence[Value]) -> list[int]:
    return [axis % len(inputs[0].shape) for axis in whole_numbers(node, inputs[1])]


def _places(value: Value, axes: Sequence[int]) -> list[int]:
    return sorted(value.place(axis) for axis in axes)


def _reduced(node: TfNode, value: Value, axes: list[int], answer: Value, out: OnnxWriter) -> Value:
    """Take the axes away that were reduced to one, unless they are to stay."""
    answer = answer.seen_as(value.order)
    if node.flag("keep_dims"):
        return answer
    return out.reshaped(answer, [size for axis, size in enumerate(answer.shape) if axis not in axes])


def _sparse_to_dense(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Write numbers (third input) at places (first) of a tensor that holds the fourth elsewhere."""
    places, shape, numbers, elsewhere = inputs
    sizes = whole_numbers(node, shape)
    places = out.reshaped(places, (int(np.prod(places.shape)) // len(sizes), len(sizes)))
    whole = out.one("Expand", elsewhere, out.integers(sizes))
    spread = out.one("Expand", numbers, out.integers(places.shape[:1]))
    return out.one("ScatterND", whole, out.cast(places, "i8"), spread)


PICKING: dict[str, Emitter] = {
    "ArgMax": _arg_max,
    "GatherV2": _gather,
    "GatherNd": _gather_nd,
    "Max": _largest,
    "Mean": _mean,
    "SparseToDense": _sparse_to_dense,
    "StridedSlice": _strided_slice,
    "Sum": _sum,
    "TopKV2": _top_k,
}
"""Operation of TensorFlow's -> emitter."""
