"""Emitters of what changes shapes alone: all of them are known, so most become one Reshape, or nothing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inference.conversion.onnx_nodes import Emitter, TfNode, whole_numbers
from inference.conversion.onnx_value import Value
from inference.conversion.onnx_writer import OnnxWriter


def _shape(out: OnnxWriter, _: TfNode, inputs: Sequence[Value]) -> Value:
    return out.constant(np.array(inputs[0].shape, np.int32))


def _size(out: OnnxWriter, _: TfNode, inputs: Sequence[Value]) -> Value:
    return out.constant(np.array(np.prod(inputs[0].shape), np.int32))


def _reshape(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    value, shape = inputs[0], whole_numbers(node, inputs[1])
    if -1 in shape:
        known = int(np.prod([size for size in shape if size != -1]))
        shape[shape.index(-1)] = int(np.prod(value.shape)) // known
    return out.reshaped(value, shape)


def _expand_dims(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    shape, (axis,) = list(inputs[0].shape), whole_numbers(node, inputs[1])
    shape.insert(axis % (len(shape) + 1), 1)
    return out.reshaped(inputs[0], shape)


def _squeeze(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    shape = inputs[0].shape
    axes = [axis % len(shape) for axis in node.numbers("squeeze_dims")]
    gone = axes or [axis for axis, size in enumerate(shape) if size == 1]
    return out.reshaped(inputs[0], [size for axis, size in enumerate(shape) if axis not in gone])


def _transpose(_: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Nothing moves: axis i is from now on seen where ``perm`` puts it."""
    value, perm = inputs[0], whole_numbers(node, inputs[1])
    return value.seen_as([perm.index(axis) for axis in value.order])


def _concat(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    *values, axis = inputs
    order = values[0].order
    (number,) = whole_numbers(node, axis)
    laid = [out.laid(value, order) for value in values]
    return out.one("Concat", *laid, axis=values[0].place(number)).seen_as(order)


def _pack(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Lay tensors of one shape side by side along a new axis."""
    shape, axis = list(inputs[0].shape), node.number("axis") % (len(inputs[0].shape) + 1)
    shape.insert(axis, 1)
    return out.one("Concat", *[out.reshaped(value, shape) for value in inputs], axis=axis)


def _unpack(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> list[Value]:
    """Cut a tensor into its slices along an axis, which goes away."""
    axis = node.number("axis") % len(inputs[0].shape)
    shape = [size for at, size in enumerate(inputs[0].shape) if at != axis]
    slices = _cut(out, inputs[0], [1] * inputs[0].shape[axis], axis)
    return [out.reshaped(part, shape) for part in slices]


def _split(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> list[Value]:
    (axis,), value = whole_numbers(node, inputs[0]), inputs[1]
    count = node.number("num_split", 1)
    return _cut(out, value, [value.shape[axis] // count] * count, axis)


def _split_v(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> list[Value]:
    """Cut into parts of given sizes; one of them may be the rest (-1)."""
    value, sizes, (axis,) = inputs[0], whole_numbers(node, inputs[1]), whole_numbers(node, inputs[2])
    rest = value.shape[axis] - sum(size for size in sizes if size != -1)
    return _cut(out, value, [rest if size == -1 else size for size in sizes], axis)


def _cut(out: OnnxWriter, value: Value, sizes: Sequence[int], axis: int) -> list[Value]:
    if len(sizes) == 1:
        return [value]
    amounts = out.integers(sizes)
    parts = out.many("Split", [value, amounts], len(sizes), axis=value.place(axis))
    return [replace(part, order=value.order, natural=value.natural) for part in parts]


def _tile(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    return out.one("Tile", out.plain(inputs[0]), out.integers(whole_numbers(node, inputs[1])))


def _fill(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    return out.one("Expand", inputs[1], out.integers(whole_numbers(node, inputs[0])))


def _range(out: OnnxWriter, _: TfNode, inputs: Sequence[Value]) -> Value:
    return out.one("Range", *inputs)


SHAPES: dict[str, Emitter] = {
    "ConcatV2": _concat,
    "ExpandDims": _expand_dims,
    "Fill": _fill,
    "Pack": _pack,
    "Range": _range,
    "Reshape": _reshape,
    "Shape": _shape,
    "Size": _size,
    "Split": _split,
    "SplitV": _split_v,
    "Squeeze": _squeeze,
    "Tile": _tile,
    "Transpose": _transpose,
    "Unpack": _unpack,
}
"""Operation of TensorFlow's -> emitter."""
