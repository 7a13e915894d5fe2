"""Emitters of what is computed number by number: the layout of the input stays that of the output."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inference.conversion.graphdef import DATA_TYPES
from inference.conversion.onnx_nodes import Emitter, TfNode
from inference.conversion.onnx_value import Value
from inference.conversion.onnx_writer import OnnxWriter

_CAST_TO = {
    DATA_TYPES["DT_FLOAT"]: "f4",
    DATA_TYPES["DT_INT32"]: "i4",
    DATA_TYPES["DT_INT64"]: "i8",
    DATA_TYPES["DT_BOOL"]: "?",
}
_LEAK = 0.2  # TensorFlow's own where the node says nothing


def broadcast(out: OnnxWriter, op: str, inputs: Sequence[Value]) -> Value:
    """Write a node whose inputs spread over each other as numpy's do, in the layout of the first that has one."""
    rank = max(len(value.stored) for value in inputs)
    order = next((v.order for v in inputs if not v.plain and len(v.stored) == rank), tuple(range(rank)))
    return out.one(op, *[_lying(out, value, order) for value in inputs]).seen_as(order)


def _unary(op: str) -> Emitter:
    def emit(out: OnnxWriter, _: TfNode, inputs: Sequence[Value]) -> Value:
        return out.one(op, inputs[0]).seen_as(inputs[0].order)

    return emit


def _broadcast(op: str) -> Emitter:
    def emit(out: OnnxWriter, _: TfNode, inputs: Sequence[Value]) -> Value:
        return broadcast(out, op, inputs)

    return emit


def _lying(out: OnnxWriter, value: Value, order: tuple[int, ...]) -> Value:
    if not value.stored or order == tuple(range(len(order))):
        return out.plain(value)
    missing = len(order) - len(value.stored)
    return out.laid(out.reshaped(value, (1,) * missing + value.shape) if missing else value, order)


def _identity(_: OnnxWriter, __: TfNode, inputs: Sequence[Value]) -> Value:
    return inputs[0]


def _cast(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    if node.kind("DstT") not in _CAST_TO:
        raise node.refuse("wanted float32, int32, int64 or bool")
    return out.cast(inputs[0], _CAST_TO[node.kind("DstT")])


def _relu6(out: OnnxWriter, _: TfNode, inputs: Sequence[Value]) -> Value:
    least, most = out.constant(np.array(0, np.float32)), out.constant(np.array(6, np.float32))
    return out.one("Clip", inputs[0], least, most).seen_as(inputs[0].order)


def _leaky_relu(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    return out.one("LeakyRelu", inputs[0], alpha=node.real("alpha", _LEAK)).seen_as(inputs[0].order)


def _reciprocal(out: OnnxWriter, _: TfNode, inputs: Sequence[Value]) -> Value:
    """TensorRT knew no Reciprocal for long."""
    return broadcast(out, "Div", [out.constant(np.array(1, np.float32)), inputs[0]])


def _squared_difference(out: OnnxWriter, _: TfNode, inputs: Sequence[Value]) -> Value:
    difference = broadcast(out, "Sub", inputs)
    return broadcast(out, "Mul", [difference, difference])


def _floor_division(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """ONNX rounds towards zero: the same for whole numbers that are never negative, and for places they are not."""
    above, below = inputs
    if above.dtype.kind == "f":
        quotient = broadcast(out, "Div", inputs)
        return out.one("Floor", quotient).seen_as(quotient.order)
    if not (above.natural and below.natural):
        raise node.refuse("whole numbers that may be negative are not supported")
    return replace(broadcast(out, "Div", inputs), natural=True)


def _floor_modulo(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Give what the division leaves: TensorRT knew no Mod for long."""
    above, below = inputs
    product = broadcast(out, "Mul", [_floor_division(out, node, inputs), below])
    return replace(broadcast(out, "Sub", [above, product]), natural=above.natural)


def _select(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Pick by a condition; for Select, not SelectV2, a vector picks whole rows."""
    condition, *others = inputs
    rank = len(others[0].stored)
    if node.op == "Select" and len(condition.stored) == 1 < rank:
        condition = out.reshaped(condition, condition.shape + (1,) * (rank - 1))
    return broadcast(out, "Where", [condition, *others])


MATHS: dict[str, Emitter] = {
    "Abs": _unary("Abs"),
    "AddN": _broadcast("Sum"),
    "Cast": _cast,
    "Equal": _broadcast("Equal"),
    "Exp": _unary("Exp"),
    "FloorDiv": _floor_division,
    "FloorMod": _floor_modulo,
    "Greater": _broadcast("Greater"),
    "GreaterEqual": _broadcast("GreaterOrEqual"),
    "Identity": _identity,
    "LeakyRelu": _leaky_relu,
    "Less": _broadcast("Less"),
    "LogicalAnd": _broadcast("And"),
    "Maximum": _broadcast("Max"),
    "Minimum": _broadcast("Min"),
    "Mul": _broadcast("Mul"),
    "RealDiv": _broadcast("Div"),
    "Reciprocal": _reciprocal,
    "Relu": _unary("Relu"),
    "Relu6": _relu6,
    "Select": _select,
    "SelectV2": _select,
    "Sigmoid": _unary("Sigmoid"),
    "Sqrt": _unary("Sqrt"),
    "SquaredDifference": _squared_difference,
    "Sub": _broadcast("Sub"),
}
"""Operation of TensorFlow's -> emitter."""
