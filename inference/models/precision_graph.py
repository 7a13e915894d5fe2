"""Which nodes of a network may compute in fewer bits: those between its first and its last layer with weights.

What comes before is the normalisation of pixels, what comes after is decoding: coordinates, the highest places, what
is gathered there. Both are cheap, and both need float32 (float16 has steps of a whole pixel from 1024 px up).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from inference.adding.onnx_parts import Proto, import_onnx

WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
FULL = frozenset(
    {"ArgMax", "ArgMin", "Gather", "GatherElements", "GatherND", "NonMaxSuppression", "Range", "ScatterND", "TopK"}
    | {"Constant", "ConstantOfShape", "RandomNormal", "RandomUniform", "DequantizeLinear", "QuantizeLinear"}
)
"""Operators that stay float32 wherever they are: they choose places, or make numbers of their own."""
_LARGEST = float(np.finfo(np.float16).max)


def between_weights(graph: Proto) -> set[int]:
    """Give the places of the nodes that have layers with weights before and after them, or are such layers."""
    after = _reached(list(enumerate(graph.node)), lambda node: node.input, lambda node: node.output)
    backwards = list(enumerate(graph.node))[::-1]
    before = _reached(backwards, lambda node: node.output, lambda node: node.input)
    return after & before


def last_weights(graph: Proto) -> set[str]:
    """Give the names of the layers with weights after which there are no more: the heads."""
    after: set[str] = set()
    heads: set[str] = set()
    for node in reversed(graph.node):
        reaches = any(name in after for name in node.output)
        if node.op_type in WEIGHTED and not reaches:
            heads.add(node.name)
        if reaches or node.op_type in WEIGHTED:
            after.update(node.input)
    return heads


def half_nodes(model: Proto) -> set[int]:
    """Give the places of the nodes that compute in float16: between weights, able to, with numbers that it holds."""
    graph, captured = model.graph, captured_names(model.graph)
    weights = {tensor.name: tensor for tensor in graph.initializer}
    opset = next((entry.version for entry in model.opset_import if entry.domain in {"", "ai.onnx"}), 0)
    return {
        place
        for place in between_weights(graph)
        if graph.node[place].op_type not in FULL
        and captured.isdisjoint(graph.node[place].output)
        and _takes_half(graph.node[place], opset)
        and all(_fits(graph.node[place], weights[name]) for name in graph.node[place].input if name in weights)
    }


def captured_names(graph: Proto) -> set[str]:
    """Give every name that the graphs inside of nodes, of loops and branches, read: any value of the outer one."""
    names: set[str] = set()
    waiting = list(_inner_graphs(graph))
    while waiting:
        inner = waiting.pop()
        names.update(name for node in inner.node for name in node.input)
        names.update(value.name for value in inner.output)
        waiting += _inner_graphs(inner)
    return names


def _inner_graphs(graph: Proto) -> Iterator[Proto]:
    for node in graph.node:
        for attribute in node.attribute:
            yield from attribute.graphs
            if attribute.HasField("g"):
                yield attribute.g


def half_inputs(node: Proto, opset: int) -> list[bool]:
    """Say for each input whether the operator takes float16 there (Resize wants its scales in float32)."""
    return list(_allowed(import_onnx().defs.get_schema(node.op_type, opset, node.domain), len(node.input)))


def _allowed(schema: Proto, count: int) -> Iterator[bool]:
    kinds = {each.type_param_str: each.allowed_type_strs for each in schema.type_constraints}
    for place in range(count):
        declared = schema.inputs[min(place, len(schema.inputs) - 1)].type_str  # the last one may come many times
        yield "tensor(float16)" in kinds.get(declared, [declared])


def _takes_half(node: Proto, opset: int) -> bool:
    if node.domain not in {"", "ai.onnx"} or any(
        attribute.HasField("g") or attribute.graphs for attribute in node.attribute
    ):
        return False
    schema = import_onnx().defs.get_schema(node.op_type, opset, node.domain)
    return next(_allowed(schema, 1), False)


def _fits(node: Proto, tensor: Proto) -> bool:
    """Say whether float16 holds a constant: not beyond its range, and a lone number not rounded to nothing."""
    onnx = import_onnx()
    if tensor.data_type != onnx.TensorProto.FLOAT or node.op_type == "Clip":  # its bounds are cut to the range
        return True
    values: NDArray[np.float32] = np.abs(onnx.numpy_helper.to_array(tensor))
    finite = values[np.isfinite(values)]
    with np.errstate(under="ignore", over="ignore"):
        vanishes = values.size == 1 and bool(values.all()) and not values.astype(np.float16).any()
    return not vanishes and not (finite > _LARGEST).any()


def _reached(nodes: list[tuple[int, Proto]], reads: Proto, writes: Proto) -> set[int]:
    """Give the nodes at or behind a layer with weights, in the order of ``nodes``."""
    names: set[str] = set()
    found: set[int] = set()
    for place, node in nodes:
        if node.op_type in WEIGHTED or any(name in names for name in reads(node)):
            found.add(place)
            names.update(name for name in writes(node) if name)
    return found
