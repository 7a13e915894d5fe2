"""A float32 graph that rounds where a float16 one would: what float16 does to the answers, seen on any machine.

Rounding to 11 bits by Veltkamp's splitting (Dekker 1971): c = x * (2^13 + 1), x' = c - (c - x). No cast is left that an
engine could take out. Numbers beyond the range of float16, and those below 2^-14, are not treated.
"""

from collections.abc import Iterator

import numpy as np

from inference.adding.onnx_parts import Proto, import_onnx
from inference.models.half_graph import lift_constants
from inference.models.precision_graph import half_inputs, half_nodes
from posestream.errors import InputError

_SPLITTER = np.float32(2**13 + 1)
_NAME = "posestream_splitter"


def rounded(model: Proto) -> Proto:
    """Give a copy that computes as `half_graph.halved` of it would on a device, up to the order of sums.

    Raises:
        InputError: if no layer can compute in float16.
    """
    onnx = import_onnx()
    typed = onnx.shape_inference.infer_shapes(model)
    graph = typed.graph
    lift_constants(graph)
    places = half_nodes(typed)
    if not places:
        raise InputError("no layer of the network can compute in float16")
    opset = next(entry.version for entry in typed.opset_import if entry.domain in {"", "ai.onnx"})
    rounding = _Rounding(graph)
    nodes: list[Proto] = []
    for place, node in enumerate(graph.node):
        if place in places:
            nodes += rounding.inputs(node, half_inputs(node, opset))
            nodes += [node, *rounding.outputs(node)]
        else:
            nodes.append(node)
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(kept)
    graph.initializer.extend([*rounding.weights, onnx.numpy_helper.from_array(_SPLITTER, _NAME)])
    return typed


class _Rounding:
    """Rounds each value once: where it is made, or where float32 first meets float16."""

    def __init__(self, graph: Proto) -> None:
        self._onnx = import_onnx()
        float32 = self._onnx.TensorProto.FLOAT
        self._constants = {each.name: each for each in graph.initializer if each.data_type == float32}
        typed = (*graph.input, *graph.value_info, *graph.output)
        self._float = {value.name for value in typed if value.type.tensor_type.elem_type == float32}
        self._names: dict[str, str] = {}
        self.weights: list[Proto] = []

    def inputs(self, node: Proto, takes: list[bool]) -> Iterator[Proto]:
        """Give the roundings before a node, and let it read them."""
        for index, (name, half) in enumerate(zip(list(node.input), takes, strict=True)):
            if half and name in self._constants and name not in self._names:
                self._names[name] = f"{name}_rounded"
                values = self._onnx.numpy_helper.to_array(self._constants[name])
                with np.errstate(over="ignore", under="ignore"):
                    short = values.astype(np.float16).astype(np.float32)
                kept = np.where(np.isfinite(short), short, values)
                self.weights.append(self._onnx.numpy_helper.from_array(kept, f"{name}_rounded"))
            elif half and name in self._float and name not in self._names:
                self._names[name] = f"{name}_rounded"
                yield from self._steps(name, f"{name}_rounded")
            if half and name in self._names:
                node.input[index] = self._names[name]

    def outputs(self, node: Proto) -> Iterator[Proto]:
        """Give the roundings behind a node; their results take the names of its outputs."""
        for index, name in enumerate(list(node.output)):
            if name in self._float:
                node.output[index] = f"{name}_exact"
                self._names[name] = name
                yield from self._steps(f"{name}_exact", name)

    def _steps(self, exact: str, name: str) -> Iterator[Proto]:
        make = self._onnx.helper.make_node
        yield make("Mul", [exact, _NAME], [f"{name}_wide"])
        yield make("Sub", [f"{name}_wide", exact], [f"{name}_rest"])
        yield make("Sub", [f"{name}_wide", f"{name}_rest"], [name])
