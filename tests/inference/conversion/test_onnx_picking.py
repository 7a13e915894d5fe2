from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from posestream.errors import InputError

Array = NDArray[Any]
Compute = Callable[..., Any]
Whole = tuple[int, ...]
Graph = Any  # conftest's: test files cannot import each other
X = np.random.default_rng(6).normal(0, 1, (2, 5, 6, 4)).astype(np.float32)


def whole(*numbers: int) -> Array:
    return np.array(numbers, np.int32)


def one(number: int) -> Array:
    return np.array(number, np.int32)


@pytest.mark.parametrize(
    ("begin", "end", "step", "masks", "wanted"),
    [
        ((0, 1), (2, 4), (1, 1), {}, X[0:2, 1:4]),
        ((0, 1), (2, 4), (1, 2), {"end_mask": 2}, X[0:2, 1::2]),
        ((0, 4), (0, 0), (1, -1), {"begin_mask": 3, "end_mask": 3}, X[:, ::-1]),
        ((0, 4), (0, 1), (1, -2), {"begin_mask": 1, "end_mask": 1}, X[:, 4:1:-2]),
        ((1,), (2,), (1,), {"shrink_axis_mask": 1}, X[1]),
        ((0, -1), (0, 0), (1, 1), {"shrink_axis_mask": 2, "begin_mask": 1, "end_mask": 1}, X[:, -1]),
        ((0, 0, 0), (0, 0, 0), (1, 1, 1), {"begin_mask": 3, "end_mask": 3, "new_axis_mask": 4}, X[:, :, None]),
        ((0, 0, 1), (0, 0, 9), (1, 1, 1), {"new_axis_mask": 3}, X[None, None, 1:9]),
        ((-1, 0), (9, 9), (1, 1), {}, X[-1:9, 0:9]),
        ((0,), (9,), (1,), {}, X),
    ],
)
def test_slices_are_pythons(
    compute: Compute, begin: Whole, end: Whole, step: Whole, masks: dict[str, int], wanted: Array
) -> None:
    got = compute("StridedSlice", X, whole(*begin), whole(*end), whole(*step), **masks)
    assert got.shape == wanted.shape
    np.testing.assert_array_equal(got, wanted)


def test_an_ellipsis_is_refused(compute: Compute) -> None:
    with pytest.raises(InputError, match=r"operation StridedSlice \(op\): an ellipsis is not supported"):
        compute("StridedSlice", X, whole(0), whole(1), whole(1), ellipsis_mask=1)


@pytest.mark.parametrize("axis", [0, 1, 3])
@pytest.mark.parametrize("places", [one(1), whole(1, 0, 1), np.array([[0, 1], [1, 1]], np.int32)])
def test_gather_along_an_axis(compute: Compute, axis: int, places: Array) -> None:
    np.testing.assert_array_equal(compute("GatherV2", X, places, one(axis)), X.take(places, axis))


def test_gather_in_batches_is_refused(compute: Compute) -> None:
    with pytest.raises(InputError, match="batch_dims are not supported"):
        compute("GatherV2", X, whole(0), one(1), batch_dims=1)


def test_gather_at_places(compute: Compute) -> None:
    places = whole(0, 4, 5, 1, 0, 2).reshape(2, 3)
    np.testing.assert_array_equal(compute("GatherNd", X, places), X[places[:, 0], places[:, 1], places[:, 2]])
    whole_place = whole(1, 3, 2, 1).reshape(1, 4)
    np.testing.assert_array_equal(compute("GatherNd", X, whole_place), X[1, 3, 2, 1][None])


@pytest.mark.parametrize("axis", [0, 2, -1])
def test_place_of_the_largest(compute: Compute, axis: int) -> None:
    got = compute("ArgMax", X, one(axis), output_type=np.int32)
    assert got.dtype == np.int32
    np.testing.assert_array_equal(got, X.argmax(axis))


def test_of_equals_the_first_is_the_largest(compute: Compute) -> None:
    x = np.array([[1, 3, 3, 2], [0, 0, 0, 0]], np.float32)
    assert compute("ArgMax", x, one(1)).tolist() == [1, 0]


def test_the_largest_and_their_places(compute: Compute) -> None:
    x = X.reshape(2, 120)
    numbers, places = compute("TopKV2", x, one(6), outputs=2, sorted=True)
    wanted = np.argsort(-x, axis=1)[:, :6]
    assert places.dtype == np.int32
    np.testing.assert_array_equal(places, wanted)
    np.testing.assert_array_equal(numbers, np.take_along_axis(x, wanted, 1))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("axes", [(0,), (1, 2), (-1,), (0, 1, 2, 3)])
@pytest.mark.parametrize(("op", "formula"), [("Max", np.max), ("Mean", np.mean), ("Sum", np.sum)])
def test_reductions(compute: Compute, op: str, formula: Compute, axes: tuple[int, ...], keep: bool) -> None:
    got = compute(op, X, whole(*axes), keep_dims=keep)
    wanted = formula(X, axis=axes, keepdims=keep)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("places", [np.array([1, 3], np.int64), np.array([[1], [3]], np.int64)])
@pytest.mark.parametrize("numbers", [np.array([7, 8], np.int64), np.array(9, np.int64)])
def test_sparse_becomes_dense(graph: Graph, places: Array, numbers: Array) -> None:
    graph.node("x", "Placeholder")
    inputs = (places, np.array([5], np.int64), numbers, np.array(-1, np.int64))
    graph.node("dense", "SparseToDense", [graph.constant(f"c{at}", it) for at, it in enumerate(inputs)])
    wanted = np.full(5, -1)
    wanted[[1, 3]] = numbers
    assert graph.computed(X)["dense"].tolist() == wanted.tolist()
