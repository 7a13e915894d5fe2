"""The cast graph runs, answers in float32, and holds each weight and each cast once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from inference.models.half_graph import halved
from inference.models.rounded_graph import rounded
from posestream.errors import InputError

Proto = Any


def node(op: str, inputs: str, outputs: str, **attributes: object) -> Proto:
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)


def network(kind: int = TensorProto.INT32) -> Proto:
    """Whole numbers in, a cast, shared weights, a Constant node, a branch that is an output and goes on, a choice."""
    chance = np.random.default_rng(0)
    w = [numpy_helper.from_array(chance.normal(0, 0.4, (3, 3, 1, 1)).astype(np.float32), f"w{n}") for n in (1, 2)]
    weights = [
        *w,
        numpy_helper.from_array(np.array(1 / 255, np.float32), "scale"),
        numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"),
        numpy_helper.from_array(np.array([2], np.int64), "k"),
        numpy_helper.from_array(np.array([0, -1], np.int64), "flat"),
        numpy_helper.from_array(np.array(3.4e38, np.float32), "huge"),
        numpy_helper.from_array(np.array(0.0, np.float32), "zero"),
    ]
    half = helper.make_tensor("half", TensorProto.FLOAT, [], [0.5])
    nodes = [
        node("Cast", "x", "real", to=TensorProto.FLOAT),
        node("Mul", "real scale", "normal"),
        node("Conv", "normal w1", "a"),
        node("Constant", "", "half", value=half),
        node("Mul", "a half", "b"),
        node("Cast", "b", "whole", to=TensorProto.INT32),
        node("Cast", "whole", "back", to=TensorProto.FLOAT),
        node("Add", "back b", "c"),
        node("Clip", "c zero huge", "clipped"),
        node("Resize", "clipped  scales", "middle", mode="nearest"),
        node("Conv", "middle w2", "d"),
        node("Conv", "middle w1", "last"),
        node("Add", "d last", "sum"),
        node("Mul", "last scale", "scaled"),
        node("Reshape", "sum flat", "row"),
        node("TopK", "row k", "best places"),
    ]
    nodes[9].input.insert(1, "") if len(nodes[9].input) == 2 else None
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", kind, [1, 3, 4, 4])],
        [
            helper.make_tensor_value_info("middle", 1, [1, 3, 8, 8]),
            helper.make_tensor_value_info("last", 1, [1, 3, 8, 8]),
            helper.make_tensor_value_info("scaled", 1, [1, 3, 8, 8]),
            helper.make_tensor_value_info("best", 1, [1, 2]),
            helper.make_tensor_value_info("places", 7, [1, 2]),
        ],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


def answers(model: Proto) -> list[NDArray[Any]]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(3).integers(0, 256, (1, 3, 4, 4), np.int32)
    outputs: list[NDArray[Any]] = session.run(None, {"x": x})
    return outputs


@pytest.mark.parametrize("cast", [halved, rounded])
def test_it_answers_as_before_but_for_rounding(cast: Callable[[Proto], Proto]) -> None:
    model = network()
    before = model.SerializeToString()
    twin = cast(model)
    assert model.SerializeToString() == before, "the original is left as it is"
    onnx.checker.check_model(twin, full_check=True)
    for ours, theirs in zip(answers(twin), answers(model), strict=True):
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        assert np.abs(ours - theirs).max() < 4e-3


def test_weights_are_float16_and_nothing_is_cast_twice() -> None:
    twin = halved(network())
    kinds = {tensor.name: tensor.data_type for tensor in twin.graph.initializer}
    assert kinds["w1_half"] == kinds["w2_half"] == kinds["half_half"] == kinds["huge_half"] == TensorProto.FLOAT16
    assert kinds["scales"] == kinds["scale"] == TensorProto.FLOAT
    assert "w1" not in kinds
    huge = next(tensor for tensor in twin.graph.initializer if tensor.name == "huge_half")
    assert numpy_helper.to_array(huge) == np.finfo(np.float16).max
    made = [(each.input[0], each.attribute[0].i) for each in twin.graph.node if each.op_type == "Cast"]
    assert len(set(made)) == len(made)
    inner = next(each for each in twin.graph.node if each.output[0] == "back")
    assert inner.attribute[0].i == TensorProto.FLOAT16


def test_the_rounded_graph_has_float16_values_in_float32() -> None:
    model = network()
    middle = answers(rounded(model))[0]
    assert np.array_equal(middle, middle.astype(np.float16).astype(np.float32))
    assert not np.array_equal(answers(model)[0], middle)


def test_what_a_branch_reads_stays_float32() -> None:
    chance = np.random.default_rng(0)
    weights = [numpy_helper.from_array(chance.normal(0, 0.4, (2, 2, 1, 1)).astype(np.float32), f"w{n}") for n in (1, 2)]
    weights.append(numpy_helper.from_array(np.array(1.5, np.float32), "factor"))
    branches = []
    for op in ("Mul", "Add"):
        result = helper.make_tensor_value_info(f"r{op}", 1, None)
        branches.append(helper.make_graph([node(op, "a factor", f"r{op}")], op, [], [result]))
    nodes = [
        node("Conv", "x w1", "a"),
        node("ReduceMax", "x", "most", keepdims=0),
        node("Less", "most factor", "small"),
        node("If", "small", "chosen", then_branch=branches[0], else_branch=branches[1]),
        node("Relu", "chosen", "b"),
        node("Conv", "b w2", "y"),
    ]
    x, y = (helper.make_tensor_value_info(name, 1, [1, 2, 4, 4]) for name in "xy")
    graph = helper.make_graph(nodes, "g", [x], [y], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    tensor = chance.normal(0, 0.3, (1, 2, 4, 4)).astype(np.float32)
    outputs = []
    for each in (model, halved(model), rounded(model)):
        session = onnxruntime.InferenceSession(each.SerializeToString(), providers=["CPUExecutionProvider"])
        outputs.append(session.run(None, {"x": tensor})[0])
    assert max(np.abs(other - outputs[0]).max() for other in outputs[1:]) < 4e-3
    kinds = {each.name: each.data_type for each in halved(model).graph.initializer}
    assert kinds == {"w1": TensorProto.FLOAT, "w2_half": TensorProto.FLOAT16, "factor": TensorProto.FLOAT}


def test_a_network_without_weights_is_refused() -> None:
    x, y = (helper.make_tensor_value_info(name, 1, [4]) for name in "xy")
    model = helper.make_model(
        helper.make_graph([node("Relu", "x", "y")], "g", [x], [y]), opset_imports=[helper.make_opsetid("", 17)]
    )
    for cast in (halved, rounded):
        with pytest.raises(InputError, match="no layer of the network can compute in float16"):
            cast(model)
