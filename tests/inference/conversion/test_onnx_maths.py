from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from posestream.errors import InputError

Array = NDArray[Any]
Compute = Callable[..., Any]
Graph = Any  # conftest's: test files cannot import each other
CHANCE = np.random.default_rng(3)
X = CHANCE.normal(0, 3, (1, 4, 5, 3)).astype(np.float32)
Y = CHANCE.normal(0, 3, (1, 4, 5, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("op", "formula"),
    [
        ("Abs", np.abs),
        ("Exp", np.exp),
        ("Identity", lambda x: x),
        ("LeakyRelu", lambda x: np.where(x < 0, np.float32(0.2) * x, x)),
        ("Reciprocal", lambda x: 1 / x),
        ("Relu", lambda x: np.maximum(x, 0)),
        ("Relu6", lambda x: np.clip(x, 0, 6)),
        ("Sigmoid", lambda x: 1 / (1 + np.exp(-x))),
    ],
)
def test_functions_of_one_number(compute: Compute, op: str, formula: Compute) -> None:
    np.testing.assert_allclose(compute(op, X), formula(X), rtol=1e-5, atol=1e-6)


def test_square_root(compute: Compute) -> None:
    np.testing.assert_allclose(compute("Sqrt", np.abs(X)), np.sqrt(np.abs(X)), rtol=1e-6)


def test_leaky_relu_leaks_what_the_node_says(compute: Compute) -> None:
    np.testing.assert_allclose(compute("LeakyRelu", X, alpha=0.5), np.where(X < 0, X / 2, X))


@pytest.mark.parametrize(
    "other",
    [Y, Y[:, :1, :, :1], Y[0, 0, 0], Y[0, 0, :, :1], np.array(1.5, np.float32)],
    ids=["whole", "spread", "per channel", "lower rank", "number"],
)
@pytest.mark.parametrize(
    ("op", "formula"),
    [
        ("Add", np.add),
        ("AddV2", np.add),
        ("Equal", np.equal),
        ("FloorDiv", np.floor_divide),
        ("Greater", np.greater),
        ("GreaterEqual", np.greater_equal),
        ("Less", np.less),
        ("Maximum", np.maximum),
        ("Minimum", np.minimum),
        ("Mul", np.multiply),
        ("RealDiv", np.divide),
        ("SquaredDifference", lambda x, y: (x - y) ** 2),
        ("Sub", np.subtract),
    ],
)
def test_functions_of_two_numbers_spread_as_numpys_do(
    compute: Compute,
    op: str,
    formula: Compute,
    other: Array,
) -> None:
    np.testing.assert_allclose(compute(op, X, other), formula(X, other), rtol=1e-5, atol=1e-5)


def test_the_smaller_one_may_come_first(graph: Graph) -> None:
    turn = graph.constant("turn", np.array([0, 2, 3, 1], np.int32))
    graph.node("x", "Placeholder")
    graph.node("sub", "Sub", [graph.constant("c", Y[0, 0, 0]), graph.node("nhwc", "Transpose", ["x", turn])])
    np.testing.assert_allclose(graph.computed(X.transpose(0, 3, 1, 2))["sub"], Y[0, 0, 0] - X, rtol=1e-6)


def test_sum_of_several(compute: Compute) -> None:
    np.testing.assert_allclose(compute("AddN", X, Y, X), X + Y + X, rtol=1e-5)


def test_and(graph: Graph) -> None:
    graph.node("x", "Placeholder")
    graph.node("least", "Greater", ["x", graph.constant("zero", np.array(0, np.float32))])
    graph.node("most", "Less", ["x", graph.constant("one", np.array(1, np.float32))])
    graph.node("both", "LogicalAnd", ["least", "most"])
    assert (graph.computed(X)["both"] == ((X > 0) & (X < 1))).all()


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.bool_, np.float32])
def test_casts_cut_towards_zero(compute: Compute, kind: type[Any]) -> None:
    got = compute("Cast", X, DstT=kind)
    assert got.dtype == kind
    assert (got == X.astype(kind)).all()


def test_a_cast_to_what_onnx_shall_not_hold_is_refused(compute: Compute) -> None:
    with pytest.raises(InputError, match=r"operation Cast \(op\): wanted float32, int32, int64 or bool"):
        compute("Cast", X, DstT=np.uint8)


@pytest.mark.parametrize("op", ["Select", "SelectV2"])
def test_select_picks_number_by_number(graph: Graph, op: str) -> None:
    graph.node("x", "Placeholder")
    graph.node("condition", "Greater", ["x", graph.constant("zero", np.array(0, np.float32))])
    graph.node("pick", op, ["condition", "x", graph.constant("y", Y)])
    assert (graph.computed(X)["pick"] == np.where(X > 0, X, Y)).all()


def test_a_vector_picks_rows_for_select(graph: Graph) -> None:
    x, y = X[0, :, :, 0], Y[0, :, :, 0]
    rows = np.array([True, False, False, True])
    graph.node("x", "Placeholder")
    graph.node("pick", "Select", [graph.constant("rows", rows), "x", graph.constant("y", y)])
    assert (graph.computed(x)["pick"] == np.where(rows[:, None], x, y)).all()


def test_whole_numbers_that_are_places_are_divided(graph: Graph) -> None:
    """As a place in a flat map becomes row and column."""
    x = X.reshape(3, 20)
    graph.node("x", "Placeholder")
    graph.node("place", "ArgMax", ["x", graph.constant("axis", np.array(1, np.int32))])
    graph.constant("columns", np.array(6, np.int32))
    graph.node("row", "FloorDiv", ["place", "columns"])
    graph.node("column", "FloorMod", ["place", "columns"])
    got = graph.computed(x)
    assert got["row"].dtype == np.int32
    assert (got["row"] == x.argmax(1) // 6).all()
    assert (got["column"] == x.argmax(1) % 6).all()


def test_whole_numbers_that_may_be_negative_are_not_divided(graph: Graph) -> None:
    graph.node("x", "Placeholder")
    graph.node("whole", "Cast", ["x"], DstT=np.int32)
    graph.node("half", "FloorDiv", ["whole", graph.constant("two", np.array(2, np.int32))])
    with pytest.raises(InputError, match=r"operation FloorDiv \(half\): whole numbers that may be negative"):
        graph.computed(X)
