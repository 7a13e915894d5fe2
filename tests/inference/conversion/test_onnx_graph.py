from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from inference.conversion.onnx_graph import EMITTERS, graphdef_to_onnx
from inference.conversion.onnx_layers import LAYERS
from inference.conversion.onnx_maths import MATHS
from inference.conversion.onnx_picking import PICKING
from inference.conversion.onnx_shapes import SHAPES
from inference.runners.onnxruntime import OnnxRuntimeRunner
from posestream.errors import InputError

Tiny = Any  # conftest's TinyNetwork: test files cannot import each other
Graph = Any
X = np.random.default_rng(9).normal(0, 1, (1, 4, 5, 3)).astype(np.float32)


@pytest.mark.parametrize("size", [(8, 8), (5, 12)])
def test_the_network_computes_what_its_layers_say(
    tiny: Tiny, tiny_graph: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    x = np.random.default_rng(1).normal(0, 1, (1, *size, 3)).astype(np.float32)
    path = tmp_path / "tiny.onnx"
    path.write_bytes(graphdef_to_onnx(tiny_graph.read_bytes(), x.shape))
    outputs = OnnxRuntimeRunner(path, 1).infer([x])[0]
    for got, wanted in zip(outputs, tiny.compute(x), strict=True):
        assert got.shape == wanted.shape
        assert np.abs(got - wanted).max() < 1e-5


def test_convolutions_are_chained_without_transposes(tiny_graph: Path) -> None:
    model = onnx.load_from_string(graphdef_to_onnx(tiny_graph.read_bytes(), (1, 8, 8, 3)))
    onnx.checker.check_model(model, full_check=True)
    kinds = [node.op_type for node in model.graph.node]
    assert kinds[:5] == ["Transpose", "Conv", "Clip", "Conv", "LeakyRelu"]
    assert kinds.count("Transpose") == 3  # the input, and each of two outputs
    assert [output.name for output in model.graph.output] == ["map", "mean"]
    assert {opset.domain for opset in model.opset_import} == {""}


def test_the_same_graph_gives_the_same_bytes(tiny_graph: Path) -> None:
    first, second = (graphdef_to_onnx(tiny_graph.read_bytes(), (1, 8, 8, 3)) for _ in range(2))
    assert first == second


def test_an_unknown_operation_is_named_in_one_line(graph: Graph) -> None:
    graph.node("x", "Placeholder")
    graph.node("a", "Frobnicate", ["x"])
    graph.node("b", "Bessel", ["a"])
    with pytest.raises(InputError) as caught:
        graph.computed(X)
    assert str(caught.value) == "cannot be written as ONNX: no emitter for operation Bessel, Frobnicate"


def test_nodes_may_come_in_any_order_and_wait_for_others(graph: Graph) -> None:
    graph.node("last", "Relu", ["first", "^other"])
    graph.node("other", "Abs", ["first"])
    graph.node("first", "Exp", ["x"])
    graph.node("x", "Placeholder", dtype=np.int32)
    np.testing.assert_allclose(graph.computed(X)["last"], np.exp(X), rtol=1e-6)


def test_outputs_are_what_nobody_reads_sorted_by_name(graph: Graph) -> None:
    graph.node("x", "Placeholder")
    for name in ("c", "a", "b"):
        graph.node(name, "Abs", ["x"])
    graph.node("unread_input", "Identity", [graph.constant("number", X)])
    assert list(graph.computed(X)) == ["a", "b", "c", "unread_input"]


def test_an_input_of_whole_numbers_becomes_float32(graph: Graph) -> None:
    graph.node("x", "Placeholder", dtype=np.int32)
    graph.node("y", "Cast", ["x"], DstT=np.float32)
    graph.node("z", "Relu", ["y"])
    content = onnx.load_from_string(graph.onnx(X.shape))
    assert [node.op_type for node in content.graph.node] == ["Relu", "Identity"]
    assert content.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT


def test_damaged_graphs_are_refused(graph: Graph) -> None:
    with pytest.raises(InputError, match="not a GraphDef, or damaged"):
        graphdef_to_onnx(b"no graph at all", (1,))
    graph.node("a", "Relu", ["gone"])
    with pytest.raises(InputError, match="it does not hold: gone"):
        graph.onnx((1,))


def test_a_loop_is_refused(graph: Graph) -> None:
    graph.node("a", "Relu", ["b"])
    graph.node("b", "Relu", ["a"])
    with pytest.raises(InputError, match="a loop"):
        graph.onnx((1,))


def test_constants_of_other_types_are_refused(graph: Graph) -> None:
    graph.node("x", "Relu", [graph.constant("c", np.zeros(2, np.uint8))])
    with pytest.raises(InputError, match=r"operation Const \(c\): wanted float32, int32, int64 or bool"):
        graph.onnx((1,))


def test_each_operation_has_one_emitter() -> None:
    assert len(EMITTERS) == sum(map(len, (MATHS, LAYERS, SHAPES, PICKING)))
