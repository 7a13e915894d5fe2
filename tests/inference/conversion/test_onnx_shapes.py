from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from posestream.errors import InputError

Array = NDArray[Any]
Compute = Callable[..., Any]
Graph = Any  # conftest's: test files cannot import each other
X = np.random.default_rng(5).normal(0, 1, (2, 3, 4)).astype(np.float32)


def whole(*numbers: int) -> Array:
    return np.array(numbers, np.int32)


def one(number: int) -> Array:
    return np.array(number, np.int32)


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize("shape", [(24,), (6, 4), (4, 3, 2), (2, -1), (-1, 1, 12), (2, 3, 4)])
def test_reshape(compute: Compute, shape: tuple[int, ...], kind: type[Any]) -> None:
    np.testing.assert_array_equal(compute("Reshape", X, np.array(shape, kind)), X.reshape(shape))


def test_shape_and_size(compute: Compute) -> None:
    assert compute("Shape", X).tolist() == [2, 3, 4]
    assert compute("Size", X) == 24
    assert compute("Shape", X).dtype == np.int32


@pytest.mark.parametrize("axis", [0, 1, 3, -1, -2])
def test_a_new_axis(compute: Compute, axis: int) -> None:
    np.testing.assert_array_equal(compute("ExpandDims", X, one(axis)), np.expand_dims(X, axis))


def test_squeeze_takes_the_axes_named_or_all_of_one(compute: Compute) -> None:
    x = X.reshape(1, 2, 1, 12)
    assert compute("Squeeze", x, squeeze_dims=[0]).shape == (2, 1, 12)
    assert compute("Squeeze", x, squeeze_dims=[-2]).shape == (1, 2, 12)
    np.testing.assert_array_equal(compute("Squeeze", x), x.squeeze())


@pytest.mark.parametrize("perm", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)])
def test_transpose(compute: Compute, perm: tuple[int, ...]) -> None:
    np.testing.assert_array_equal(compute("Transpose", X, whole(*perm)), X.transpose(perm))


@pytest.mark.parametrize("axis", [0, 2, -1])
def test_concat(compute: Compute, axis: int) -> None:
    np.testing.assert_array_equal(compute("ConcatV2", X, X + 1, one(axis)), np.concatenate([X, X + 1], axis))


@pytest.mark.parametrize("axis", [0, 1, 3, -1])
def test_pack_and_unpack(compute: Compute, axis: int) -> None:
    np.testing.assert_array_equal(compute("Pack", X, X + 1, axis=axis), np.stack([X, X + 1], axis))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_unpack(compute: Compute, axis: int) -> None:
    count = X.shape[axis]
    for number, part in enumerate(compute("Unpack", X, outputs=count, num=count, axis=axis)):
        np.testing.assert_array_equal(part, X.take(number, axis))


def test_unpack_of_one(compute: Compute) -> None:
    np.testing.assert_array_equal(compute("Unpack", X[:1], num=1), X[0])


def test_split_into_equal_parts(graph: Graph) -> None:
    graph.node("x", "Placeholder")
    graph.node("split", "Split", [graph.constant("axis", one(-1)), "x"], num_split=2)
    graph.node("sum", "Sub", ["split", "split:1"])
    np.testing.assert_array_equal(graph.computed(X)["sum"], X[..., :2] - X[..., 2:])


@pytest.mark.parametrize("sizes", [(1, 3), (-1, 3), (1, -1)])
def test_split_into_parts_of_given_sizes(compute: Compute, sizes: tuple[int, ...]) -> None:
    first, second = compute("SplitV", X, whole(*sizes), one(2), outputs=2)
    np.testing.assert_array_equal(first, X[..., :1])
    np.testing.assert_array_equal(second, X[..., 1:])


def test_tile(compute: Compute) -> None:
    np.testing.assert_array_equal(compute("Tile", X, whole(2, 1, 3)), np.tile(X, (2, 1, 3)))


def test_what_is_computed_from_constants_alone(graph: Graph) -> None:
    """A grid of columns, as the networks make them from the shape of a map."""
    graph.node("x", "Placeholder")
    graph.node("fill", "Fill", [graph.constant("sizes", whole(2, 3)), graph.constant("value", np.array(7, np.float32))])
    limits = [graph.constant(name, np.array(it, np.float32)) for name, it in (("a", 1), ("b", 4), ("c", 1))]
    graph.node("range", "Range", limits)
    graph.node("grid", "AddV2", ["fill", "range"])
    got = graph.computed(X)["grid"]
    assert got.tolist() == [[8, 9, 10], [8, 9, 10]]
    assert len(graph.onnx(X.shape)) < 400  # two outputs and six numbers: nothing is computed at run time


def test_a_shape_that_the_network_computes_is_refused(graph: Graph) -> None:
    graph.node("x", "Placeholder")
    graph.node("shape", "Cast", ["x"], DstT=np.int32)
    graph.node("bad", "Reshape", ["x", "shape"])
    with pytest.raises(InputError, match=r"operation Reshape \(bad\): wanted a constant where the network computes"):
        graph.computed(np.zeros(2, np.float32))
