"""Float32 stays where coordinates are: before the first and after the last weights, at choices, at odd constants."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from inference.models.precision_graph import between_weights, half_inputs, half_nodes, last_weights

Proto = Any
WEIGHT = np.full((3, 3, 1, 1), 0.25, np.float32)


def node(op: str, inputs: str, output: str, **attributes: object) -> Proto:
    return helper.make_node(op, inputs.split(), output.split(), name=output, **attributes)


def model_of(nodes: Sequence[Proto], **constants: np.ndarray) -> Proto:
    weights = [numpy_helper.from_array(array, name) for name, array in {"w": WEIGHT, **constants}.items()]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("x", "y"))
    return helper.make_model(
        helper.make_graph(nodes, "g", [x], [y], weights), opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )


CHAIN = [
    node("Mul", "x scale", "normal"),
    node("Conv", "normal w", "first"),
    node("Relu", "first", "bent"),
    node("Conv", "bent w", "last"),
    node("Mul", "last scale", "y"),
]


def names(model: Proto, places: set[int]) -> set[str]:
    return {model.graph.node[place].name for place in places}


def test_only_what_lies_between_weights_is_halved() -> None:
    model = model_of(CHAIN, scale=np.array(255.0, np.float32))
    assert names(model, between_weights(model.graph)) == {"first", "bent", "last"}
    assert names(model, half_nodes(model)) == {"first", "bent", "last"}
    assert last_weights(model.graph) == {"last"}


def test_a_network_without_weights_has_nothing_between_them() -> None:
    model = model_of([node("Relu", "x", "y")])
    assert between_weights(model.graph) == half_nodes(model) == set()
    assert last_weights(model.graph) == set()


@pytest.mark.parametrize(
    ("middle", "constants", "halved"),
    [
        (node("Relu", "first", "bent"), {}, True),
        (node("Gather", "first c", "bent"), {"c": np.array([0], np.int64)}, False),
        (node("Mul", "first c", "bent"), {"c": np.array(70000.0, np.float32)}, False),
        (node("Mul", "first c", "bent"), {"c": np.array(np.inf, np.float32)}, True),
        (node("Add", "first c", "bent"), {"c": np.array(1e-9, np.float32)}, False),
        (node("Add", "first c", "bent"), {"c": np.array(0.0, np.float32)}, True),
        (node("Add", "first c", "bent"), {"c": np.array([[1e-9], [1.0], [2.0]], np.float32)}, True),
        (node("Clip", "first c d", "bent"), {"c": np.float32(0), "d": np.float32(3e38)}, True),
        (node("Shape", "first", "bent"), {}, True),
        (helper.make_node("Inverse", ["first"], ["bent"], name="bent", domain="com.microsoft"), {}, False),
    ],
)
def test_a_node_that_float16_would_harm_stays(middle: Proto, constants: dict[str, Any], *, halved: bool) -> None:
    arrays = {name: np.asarray(value) for name, value in constants.items()}
    model = model_of([CHAIN[1], middle, CHAIN[3], CHAIN[4]], scale=np.array(1.0, np.float32), **arrays)
    assert ("bent" in names(model, half_nodes(model))) is halved


def test_a_resize_keeps_its_scales() -> None:
    assert half_inputs(node("Resize", "x roi scales", "y"), 17) == [True, True, False]
    assert half_inputs(node("Concat", "a b c", "y", axis=0), 17) == [True, True, True]
