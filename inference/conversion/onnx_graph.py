"""TensorFlow GraphDef -> ONNX, with numpy, protobuf and onnx alone: walks the nodes, each has its emitter.

The input's shape is fixed, so all shapes are: what TensorFlow computes from shapes at run time becomes constants.
"""

from collections import Counter
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from inference.conversion.graphdef import DATA_TYPES, message_classes
from inference.conversion.onnx_layers import LAYERS
from inference.conversion.onnx_maths import MATHS
from inference.conversion.onnx_nodes import Emitter, TfNode
from inference.conversion.onnx_picking import PICKING
from inference.conversion.onnx_shapes import SHAPES
from inference.conversion.onnx_value import Value
from inference.conversion.onnx_writer import OnnxWriter
from posestream.errors import InputError

REVISION = 1
"""Raised when the same graph comes out otherwise, so that files that were kept are made anew."""
EMITTERS: dict[str, Emitter] = {**MATHS, **LAYERS, **SHAPES, **PICKING}
"""All operations that can be written but Const and Placeholder."""
_STORED = {
    DATA_TYPES[name]: kind
    for name, kind in (("DT_FLOAT", "f4"), ("DT_INT32", "i4"), ("DT_INT64", "i8"), ("DT_BOOL", "?"))
}
_SOURCES = ("Const", "Placeholder")


def graphdef_to_onnx(graphdef: bytes, shape: Sequence[int]) -> bytes:
    """Convert a frozen graph with one input for inputs of ``shape``; the result is deterministic.

    The input is float32 whatever it was (whole numbers are whole in float32 too), lies as it did (NHWC or NCHW), and
    is named as it was. Outputs are the operations that nobody reads, sorted by name as OpenVINO sorts them.

    Raises:
        InputError: if it is no GraphDef, or holds what has no emitter, each named.
        UsageError: if onnx is not installed.
    """
    graph = message_classes()["Graph"]()
    try:
        graph.ParseFromString(graphdef)
    except DecodeError as exc:
        raise InputError("not a GraphDef, or damaged") from exc
    unknown = sorted({node.op for node in graph.node} - {*EMITTERS, *_SOURCES})
    if unknown:
        raise InputError(f"cannot be written as ONNX: no emitter for operation {', '.join(unknown)}")
    return _Walk(graph, shape).model()


class _Walk:
    """One way through a graph, every node after its inputs."""

    def __init__(self, graph: Any, shape: Sequence[int]) -> None:  # noqa: ANN401  # a message made at run time
        self._nodes = {node.name: node for node in graph.node}
        self._inputs = {node.name: [_source(word) for word in node.input if word[0] != "^"] for node in graph.node}
        self._readers = Counter(source for sources in self._inputs.values() for source in sources)
        self._shape = shape
        self._values: dict[tuple[str, int], Value] = {}
        self._holders: Counter[str] = Counter()  # ONNX name -> nodes of TensorFlow's that give it: Identity makes two
        self._out = OnnxWriter()

    def model(self) -> bytes:
        for name in self._sorted():
            self._out.scope = name
            answer = self._emit(name)
            for number, value in enumerate(answer if isinstance(answer, list) else [answer]):
                self._values[name, number] = value
                self._holders[value.name] += 1
        silent = {name for name, _ in self._readers} | {it.name for it in self._nodes.values() if it.op in _SOURCES}
        return self._out.model({name: self._values[name, 0] for name in sorted(self._nodes.keys() - silent)})

    def _sorted(self) -> list[str]:
        sources = {name: [source for source, _ in inputs] for name, inputs in self._inputs.items()}
        try:
            order = list(TopologicalSorter(sources).static_order())
        except CycleError as exc:
            raise InputError("the graph holds a loop") from exc
        missing = [name for name in order if name not in self._nodes]
        if missing:
            raise InputError(f"the graph reads a node that it does not hold: {missing[0]}")
        return order

    def _emit(self, name: str) -> Value | list[Value]:
        message, sources = self._nodes[name], self._inputs[name]
        attributes = {entry.key: entry.value for entry in message.attr}
        if message.op == "Const":
            return self._out.constant(_stored(name, attributes["value"].tensor))
        if message.op == "Placeholder":
            return self._out.input(name, self._shape)
        inputs = [self._values[source] for source in sources]
        alone = bool(sources) and self._readers[sources[0]] == 1 and self._holders[inputs[0].name] == 1
        return EMITTERS[message.op](self._out, TfNode(name, message.op, attributes, alone), inputs)


def _source(word: str) -> tuple[str, int]:
    """Give a node's name and which of its outputs: ``name``, ``name:1``."""
    name, _, number = word.partition(":")
    return name, int(number or 0)


def _stored(name: str, tensor: Any) -> Any:  # noqa: ANN401  # a message made at run time; an array of any type
    shape = [size.size for size in tensor.tensorShape.dim]
    if tensor.dtype not in _STORED:
        raise InputError(f"operation Const ({name}): wanted float32, int32, int64 or bool")
    return np.frombuffer(tensor.tensorContent, _STORED[tensor.dtype]).reshape(shape)
