"""What an ONNX model is made of, however deep: its nodes and all tensors that it carries."""

from collections.abc import Iterator
from typing import Any

from posestream.errors import UsageError

Proto = Any
"""A message of onnx.proto: GraphProto, NodeProto, TensorProto; protobuf's classes have no types that help."""


def import_onnx() -> Any:  # noqa: ANN401  # its classes are made at run time
    """Give the module, or say which extra brings it."""
    try:
        import onnx  # noqa: PLC0415  # only who adds a model pays for it
    except ImportError as exc:
        raise UsageError("adding a model needs onnx: pip install 'posestream[models]'") from exc
    return onnx


def graphs_of(model: Proto) -> Iterator[Proto]:
    """Give the main graph, the functions and every graph inside of a node."""
    waiting = [model.graph, *model.functions]
    while waiting:
        graph = waiting.pop()
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                waiting += [*attribute.graphs, attribute.g] if attribute.HasField("g") else attribute.graphs


def tensors_of(graph: Proto) -> Iterator[Proto]:
    """Give the tensors that one graph or function carries: initialisers, and constants in its nodes' attributes."""
    sparse = []
    if hasattr(graph, "initializer"):  # a function has none
        yield from graph.initializer
        sparse += graph.sparse_initializer
    attributes = [attribute for node in graph.node for attribute in node.attribute]
    attributes += getattr(graph, "attribute_proto", ())  # a function's defaults
    for attribute in attributes:
        yield from attribute.tensors
        if attribute.HasField("t"):
            yield attribute.t
        sparse += attribute.sparse_tensors
        if attribute.HasField("sparse_tensor"):
            sparse.append(attribute.sparse_tensor)
    for tensor in sparse:
        yield from (tensor.values, tensor.indices)
