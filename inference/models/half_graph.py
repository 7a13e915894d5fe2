"""An ONNX graph cast to float16 inside; what goes in and what comes out stays as it was."""

from collections.abc import Iterator

import numpy as np

from inference.adding.onnx_parts import Proto, import_onnx
from inference.models.precision_graph import captured_names, half_inputs, half_nodes
from posestream.errors import InputError


def halved(model: Proto) -> Proto:
    """Give a copy whose layers between the first and the last weights compute in float16.

    Raises:
        InputError: if no layer can.
    """
    onnx = import_onnx()
    typed = onnx.shape_inference.infer_shapes(model)
    lift_constants(typed.graph)
    places = half_nodes(typed)
    if not places:
        raise InputError("no layer of the network can compute in float16")
    cast = _Cast(typed, places)
    nodes = [node for place, original in enumerate(typed.graph.node) for node in cast.node(place, original)]
    graph = typed.graph
    del graph.node[:], graph.value_info[:]
    graph.node.extend([*nodes, *cast.ends()])
    used = {name for node in graph.node for name in node.input} | cast.captured
    kept = [tensor for tensor in (*graph.initializer, *cast.weights.values()) if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    return typed


class _Cast:
    """Rewrites the nodes in their order; each value is cast at most once."""

    def __init__(self, model: Proto, places: set[int]) -> None:
        self._onnx, self._places, graph = import_onnx(), places, model.graph
        self._opset = next(entry.version for entry in model.opset_import if entry.domain in {"", "ai.onnx"})
        float32 = self._onnx.TensorProto.FLOAT
        inputs = {value.name for value in graph.input}
        self._constants = {each.name: each for each in graph.initializer if each.name not in inputs}
        self._float = {
            value.name
            for value in (*graph.input, *graph.value_info, *graph.output)
            if value.type.tensor_type.elem_type == float32
        } | {tensor.name for tensor in graph.initializer if tensor.data_type == float32}
        self._outputs = {value.name for value in graph.output}
        self._halves: dict[str, str] = {}  # name -> that of its float16 twin
        self._made: set[str] = set()  # values that a node gives in float16 under their own name
        self._back: dict[str, str] = {}  # such a value -> that of its float32 twin
        self.weights: dict[str, Proto] = {}
        self.captured = captured_names(graph)

    def node(self, place: int, original: Proto) -> Iterator[Proto]:
        """Give what stands for a node: casts that it needs, then itself."""
        node = self._onnx.NodeProto()
        node.CopyFrom(original)
        half = place in self._places
        takes = half_inputs(node, self._opset) if half else [False] * len(node.input)
        for index, (name, as_half) in enumerate(zip(original.input, takes, strict=True)):
            if name in self._float:
                yield from self._half(name, node, index) if as_half else self._full(name, node, index)
        if half:
            self._mark(node)
        yield node

    def ends(self) -> Iterator[Proto]:
        """Give the casts that make outputs float32 again."""
        for name in sorted(self._outputs & self._made):
            if name not in self._back:
                yield self._cast(f"{name}_half", name, self._onnx.TensorProto.FLOAT)

    def _mark(self, node: Proto) -> None:
        for index, name in enumerate(node.output):
            if name in self._float:
                self._made.add(name)
                if name in self._outputs:
                    node.output[index] = f"{name}_half"
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == self._onnx.TensorProto.FLOAT:
                attribute.i = self._onnx.TensorProto.FLOAT16

    def _half(self, name: str, node: Proto, index: int) -> Iterator[Proto]:
        if name in self._made:
            node.input[index] = f"{name}_half" if name in self._outputs else name
            return
        if name not in self._halves:
            self._halves[name] = f"{name}_half"
            if name in self._constants:
                self.weights[name] = self._constant(self._constants[name])
            else:
                yield self._cast(name, f"{name}_half", self._onnx.TensorProto.FLOAT16)
        node.input[index] = self._halves[name]

    def _full(self, name: str, node: Proto, index: int) -> Iterator[Proto]:
        if name not in self._made:
            return
        if name not in self._back:
            output = name in self._outputs  # then its float32 twin has the name itself
            self._back[name] = name if output else f"{name}_full"
            yield self._cast(f"{name}_half" if output else name, self._back[name], self._onnx.TensorProto.FLOAT)
        node.input[index] = self._back[name]

    def _constant(self, tensor: Proto) -> Proto:
        values = self._onnx.numpy_helper.to_array(tensor)
        bounds = np.finfo(np.float16)
        with np.errstate(under="ignore"):
            cut = np.where(np.isfinite(values), np.clip(values, bounds.min, bounds.max), values).astype(np.float16)
        return self._onnx.numpy_helper.from_array(cut, f"{tensor.name}_half")

    def _cast(self, name: str, to: str, kind: int) -> Proto:
        return self._onnx.helper.make_node("Cast", [name], [to], name=f"{to}_cast", to=kind)


def lift_constants(graph: Proto) -> None:
    """Make the float32 tensors of Constant nodes weights, as most tools write them."""
    onnx = import_onnx()
    kept = []
    for node in graph.node:
        value = next((each.t for each in node.attribute if each.name == "value" and each.HasField("t")), None)
        if node.op_type == "Constant" and value is not None and value.data_type == onnx.TensorProto.FLOAT:
            tensor = graph.initializer.add()
            tensor.CopyFrom(value)
            tensor.name = node.output[0]
        else:
            kept.append(node)
    del graph.node[:]
    graph.node.extend(kept)
