"""Writes an ONNX graph node by node: every shape is known at once, what is constant is computed at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from inference.conversion.onnx_step import IR_VERSION, OPSET, TYPES, Proto, computed, import_onnx, outputs_of
from inference.conversion.onnx_value import Array, Value
from posestream.errors import InputError

_LEFT_TO_ENGINES = ("Conv", "MaxPool", "Resize")  # never constant in earnest; onnx's reference pads some wrongly


class OnnxWriter:
    """Collects the nodes of one ONNX graph."""

    def __init__(self) -> None:
        self.nodes: dict[str, Proto] = {}
        """Name of its first output -> NodeProto."""
        self.scope = ""
        """The node of TensorFlow's that is being written: names begin with it."""
        self._onnx = import_onnx()
        self._constants: dict[str, Array] = {}
        self._reshaped: dict[str, Value] = {}  # name of a reshaped value -> what it was
        self._input: Value | None = None
        self._names: dict[str, int] = {}

    def input(self, name: str, shape: Sequence[int]) -> Value:
        """Declare the graph's input: float32, whatever TensorFlow had (engines differ in what else they take)."""
        if self._input is not None:
            raise InputError("wanted a network with one input")
        self._input = Value.of(name, shape, np.dtype("f4"))
        return self._input

    def constant(self, array: Array) -> Value:
        """Keep a constant of type float32, int32, int64 or bool."""
        name = self._name("const")
        self._constants[name] = array
        natural = bool(array.dtype.kind == "i" and (array >= 0).all())
        return replace(Value.of(name, array.shape, array.dtype), data=array, natural=natural)

    def integers(self, numbers: Sequence[int]) -> Value:
        """Keep whole numbers as int64, as ONNX wants shapes, axes and places."""
        return self.constant(np.array(numbers, np.int64))

    def many(
        self,
        op: str,
        inputs: Sequence[Value | None],
        outputs: int,
        **attributes: Any,  # noqa: ANN401  # as make_node takes them
    ) -> list[Value]:
        """Write a node and give its outputs, seen as they lie; of constants alone they are computed instead.

        Raises:
            InputError: if the inputs do not fit, or a shape cannot be known before the network runs.
        """
        names = [self._name(op) for _ in range(outputs)]
        words = [value.name if value else "" for value in inputs]
        node = self._onnx.helper.make_node(op, words, names, name=names[0], **attributes)
        given = [value for value in inputs if value is not None]
        values = outputs_of(node, given)
        if op not in _LEFT_TO_ENGINES and all(value.data is not None for value in given):
            return [self.constant(array) for array in computed(node, given, values)]
        self.nodes[names[0]] = node
        return values

    def one(self, op: str, *inputs: Value | None, **attributes: Any) -> Value:  # noqa: ANN401  # as make_node takes them
        """Write a node with one output; None stands for an input that is left out."""
        return self.many(op, inputs, 1, **attributes)[0]

    def cast(self, value: Value, kind: str) -> Value:
        """Change the type, if it is another; the layout stays."""
        wanted = np.dtype(kind)
        if value.dtype == wanted:
            return value
        changed = self.one("Cast", value, to=TYPES[wanted])
        return replace(changed, order=value.order, natural=value.natural and wanted.kind == "i")

    def laid(self, value: Value, order: Sequence[int]) -> Value:
        """Give it lying in this order of TensorFlow's axes: transposed if it does not."""
        if value.order == tuple(order):
            return value
        moved = self.one("Transpose", value, perm=[value.order.index(axis) for axis in order])
        return replace(moved, order=tuple(order), natural=value.natural)

    def plain(self, value: Value) -> Value:
        """Give it lying as TensorFlow sees it."""
        return self.laid(value, range(len(value.stored)))

    def reshaped(self, value: Value, shape: Sequence[int]) -> Value:
        """Give it in another shape, row-major as TensorFlow sees it; of several in a row the last one counts."""
        value = self.plain(value)
        if value.stored == tuple(shape):
            return value
        value = self._reshaped.get(value.name, value)
        if value.stored == tuple(shape):
            return value
        changed = replace(self.one("Reshape", value, self.integers(shape)), natural=value.natural)
        self._reshaped[changed.name] = value
        return changed

    def model(self, outputs: dict[str, Value]) -> bytes:
        """Give the whole model as the bytes of an ONNX file; what no output needs is left out."""
        if self._input is None:
            raise InputError("wanted a network with one input, got none")
        helper = self._onnx.helper
        for name, value in outputs.items():
            last = self.plain(value)
            self.nodes[name] = helper.make_node("Identity", [last.name], [name], name=name)
        nodes = self._needed(outputs)
        graph = helper.make_graph(
            nodes,
            "posestream",
            [helper.make_tensor_value_info(self._input.name, TYPES[self._input.dtype], self._input.stored)],
            [helper.make_tensor_value_info(name, TYPES[of.dtype], of.shape) for name, of in outputs.items()],
            self._initialisers(nodes),
        )
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="posestream")
        return bytes(model.SerializeToString(deterministic=True))

    def _needed(self, outputs: dict[str, Value]) -> list[Proto]:
        wanted, kept = set(outputs), []
        for node in reversed(self.nodes.values()):
            if wanted.intersection(node.output):
                wanted.update(node.input)
                kept.append(node)
        return kept[::-1]

    def _initialisers(self, nodes: Sequence[Proto]) -> list[Proto]:
        used = {word for node in nodes for word in node.input}
        to_tensor = self._onnx.numpy_helper.from_array
        # "C" by copy, not ascontiguousarray: that one makes a scalar a vector.
        return [to_tensor(array.copy("C"), name) for name, array in self._constants.items() if name in used]

    def _name(self, what: str) -> str:
        name = f"{self.scope}/{what}"
        number = self._names[name] = self._names.get(name, -1) + 1
        return f"{name}_{number}" if number else name
