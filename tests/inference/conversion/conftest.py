"""Graphs of a few nodes, written as ONNX and computed by ONNX Runtime."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from inference.conversion.graphdef import DATA_TYPES, message_classes
from inference.conversion.onnx_graph import graphdef_to_onnx

Array = NDArray[Any]
TYPES = {"float32": "DT_FLOAT", "int32": "DT_INT32", "int64": "DT_INT64", "bool": "DT_BOOL", "uint8": "DT_UINT8"}


class Graph:
    """A GraphDef built node by node."""

    def __init__(self) -> None:
        self.message = message_classes()["Graph"]()

    def node(self, name: str, op: str, inputs: Sequence[str] = (), **attributes: object) -> str:
        """Add a node; attributes are numbers, texts, lists of numbers, or types of numpy."""
        node = self.message.node.add(name=name, op=op)
        node.input.extend(inputs)
        for key, value in attributes.items():
            self._fill(node.attr.add(key=key).value, value)
        return name

    def constant(self, name: str, array: Array) -> str:
        node = self.message.node.add(name=name, op="Const")
        tensor = node.attr.add(key="value").value.tensor
        tensor.dtype, tensor.tensorContent = DATA_TYPES[TYPES[array.dtype.name]], array.tobytes()
        for size in array.shape:
            tensor.tensorShape.dim.add(size=size)
        return name

    def onnx(self, shape: Sequence[int]) -> bytes:
        """Give it as ONNX, checked."""
        content = graphdef_to_onnx(self.message.SerializeToString(), shape)
        onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
        return content

    def computed(self, x: Array) -> dict[str, Array]:
        """Give the outputs by name."""
        session = onnxruntime.InferenceSession(self.onnx(x.shape), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(None, {session.get_inputs()[0].name: x}), strict=True))

    @staticmethod
    def _fill(attribute: Any, value: object) -> None:  # noqa: ANN401  # a message made at run time
        if isinstance(value, bool):
            attribute.b = value
        elif isinstance(value, int):
            attribute.i = value
        elif isinstance(value, float):
            attribute.f = value
        elif isinstance(value, str):
            attribute.s = value.encode()
        elif isinstance(value, list):
            attribute.list.i.extend(value)
        else:
            attribute.type = DATA_TYPES[TYPES[np.dtype(value).name]]  # type: ignore[call-overload]


def _one_way(way: str, op: str, inputs: Sequence[Array], outputs: int, attributes: dict[str, Any]) -> list[Array]:
    """The first input comes as it is, lies in another order of axes, or is a constant as the others are."""
    graph, x = Graph(), inputs[0]
    backwards = np.arange(x.ndim)[::-1].astype(np.int32)
    words = [graph.constant(f"c{place}", array) for place, array in enumerate(inputs)]
    graph.node("input", "Placeholder")
    fed = x if way == "as it is" else x.transpose(backwards)
    turned = graph.node("turned", "Transpose", ["input", graph.constant("backwards", backwards)])
    first = {"as it is": "input", "otherwise": turned, "constant": "c0"}[way]
    graph.node("op", op, [first, *words[1:]], **attributes)
    for number in range(outputs):
        graph.node(f"out{number}", "Identity", [f"op:{number}"])
    answers = graph.computed(np.ascontiguousarray(fed))
    return [answers[f"out{number}"] for number in range(outputs)]


@pytest.fixture
def graph() -> Graph:
    """An empty graph: ``node``, ``constant``, then ``computed(x)``."""
    return Graph()


@pytest.fixture
def compute() -> Callable[..., Any]:
    """``compute(op, x, *constants, outputs=1, **attributes)``: what one node of TensorFlow's gives.

    It is written three ways, which must agree: x lies as TensorFlow sees it, x lies otherwise, all is constant.
    """

    def run(op: str, *inputs: Array, outputs: int = 1, **attributes: Any) -> Any:  # noqa: ANN401  # array or arrays
        ways = ["as it is", "otherwise", "constant"]
        first, *others = [_one_way(way, op, inputs, outputs, attributes) for way in ways]
        for other in others:
            for one, again in zip(first, other, strict=True):
                assert one.dtype == again.dtype
                np.testing.assert_allclose(one, again, rtol=1e-5, atol=1e-6)
        return first if outputs > 1 else first[0]

    return run
