"""Against the published formulas: output (r, c) looks at rows r * stride + k * dilation - padding, likewise columns."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from inference.conversion.onnx_layers import same_padding
from posestream.errors import InputError

Compute = Callable[..., Any]
Graph = Any  # conftest's: test files cannot import each other
Float32 = NDArray[np.float32]
CHANCE = np.random.default_rng(4)
PADDINGS, STRIDES, SIZES = ("SAME", "VALID"), (1, 2, 3), ((7, 9), (8, 8))


def chance(*shape: int) -> Float32:
    return CHANCE.normal(0, 1, shape).astype(np.float32)


def windows(x: Float32, kernel: tuple[int, int], stride: int, dilation: int, padding: str, fill: float) -> Float32:
    """(1, H, W, C) -> (h, w, rows, columns, C): what each output sees."""
    spans = [(size - 1) * dilation + 1 for size in kernel]
    if padding == "SAME":
        outputs = [-(-size // stride) for size in x.shape[1:3]]
        whole = [max((o - 1) * stride + s - n, 0) for o, s, n in zip(outputs, spans, x.shape[1:3], strict=True)]
        x = np.pad(x, ((0, 0), *((it // 2, it - it // 2) for it in whole), (0, 0)), constant_values=fill)
    else:
        outputs = [(n - s) // stride + 1 for s, n in zip(spans, x.shape[1:3], strict=True)]
    seen = np.zeros((*outputs, *kernel, x.shape[3]), np.float32)
    for r, c, i, j in itertools.product(*(range(n) for n in (*outputs, *kernel))):
        seen[r, c, i, j] = x[0, r * stride + i * dilation, c * stride + j * dilation]
    return seen


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "wanted"),
    [
        (8, 3, 1, 1, (1, 1)),
        (8, 3, 2, 1, (0, 1)),
        (7, 3, 2, 1, (1, 1)),
        (8, 2, 1, 1, (0, 1)),
        (8, 1, 2, 1, (0, 0)),
        (9, 3, 1, 2, (2, 2)),
    ],
)
def test_the_odd_pixel_of_same_padding_goes_to_the_end(
    size: int, kernel: int, stride: int, dilation: int, wanted: tuple[int, int]
) -> None:
    assert same_padding(size, kernel, stride, dilation) == wanted


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("size", SIZES)
def test_convolution(compute: Compute, size: tuple[int, int], stride: int, padding: str) -> None:
    x, filters = chance(1, *size, 3), chance(3, 2, 3, 5)
    wanted = np.einsum("hwijc,ijco->hwo", windows(x, (3, 2), stride, 1, padding, 0), filters)
    got = compute("Conv2D", x, filters, strides=[1, stride, stride, 1], padding=padding, dilations=[1, 1, 1, 1])
    np.testing.assert_allclose(got[0], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", PADDINGS)
def test_convolution_with_holes(compute: Compute, padding: str) -> None:
    x, filters = chance(1, 9, 10, 2), chance(3, 3, 2, 4)
    wanted = np.einsum("hwijc,ijco->hwo", windows(x, (3, 3), 1, 2, padding, 0), filters)
    got = compute("Conv2D", x, filters, strides=[1, 1, 1, 1], padding=padding, dilations=[1, 2, 2, 1])
    np.testing.assert_allclose(got[0], wanted, rtol=1e-4, atol=1e-5)


def test_convolution_in_groups(compute: Compute) -> None:
    """Filters of fewer channels than the picture: group g of outputs sees group g of channels."""
    x, filters = chance(1, 6, 6, 4), chance(3, 3, 2, 6)
    seen = windows(x, (3, 3), 1, 1, "SAME", 0)
    halves = [
        np.einsum("hwijc,ijco->hwo", seen[..., :2], filters[..., :3]),
        np.einsum("hwijc,ijco->hwo", seen[..., 2:], filters[..., 3:]),
    ]
    got = compute("Conv2D", x, filters, strides=[1, 1, 1, 1], padding="SAME")
    np.testing.assert_allclose(got[0], np.concatenate(halves, -1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("each", [1, 2])
def test_depthwise_convolution(compute: Compute, stride: int, padding: str, each: int) -> None:
    """Output channel c * each + q is channel c with its filter q."""
    x, filters = chance(1, 7, 8, 3), chance(3, 3, 3, each)
    seen = windows(x, (3, 3), stride, 1, padding, 0)
    wanted = np.einsum("hwijc,ijcq->hwcq", seen, filters).reshape(*seen.shape[:2], 3 * each)
    got = compute("DepthwiseConv2dNative", x, filters, strides=[1, stride, stride, 1], padding=padding)
    np.testing.assert_allclose(got[0], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("stride", STRIDES)
def test_max_pool(compute: Compute, stride: int, padding: str) -> None:
    """Padding never wins: the picture is negative everywhere."""
    x = -np.abs(chance(1, 7, 8, 3))
    wanted = windows(x, (3, 2), stride, 1, padding, -np.inf).max((2, 3))
    got = compute("MaxPool", x, ksize=[1, 3, 2, 1], strides=[1, stride, stride, 1], padding=padding)
    np.testing.assert_array_equal(got[0], wanted)


@pytest.mark.parametrize("op", ["BiasAdd", "Add"])
def test_a_number_per_channel_is_added(compute: Compute, op: str) -> None:
    x, bias = chance(1, 4, 5, 3), chance(3)
    np.testing.assert_allclose(compute(op, x, bias), x + bias, rtol=1e-6)


def biased(graph: Graph, op: str) -> tuple[Float32, Float32, Float32]:
    x, filters, bias = chance(1, 5, 5, 2), chance(3, 3, 2, 4), chance(4)
    graph.node("x", "Placeholder")
    graph.node("conv", "Conv2D", ["x", graph.constant("filters", filters)], strides=[1, 1, 1, 1], padding="SAME")
    graph.node("bias", op, ["conv", graph.constant("b", bias)])
    return x, np.einsum("hwijc,ijco->hwo", windows(x, (3, 3), 1, 1, "SAME", 0), filters), bias


@pytest.mark.parametrize("op", ["BiasAdd", "Add", "AddV2"])
def test_the_bias_goes_into_its_convolution(graph: Graph, op: str) -> None:
    x, convolved, bias = biased(graph, op)
    np.testing.assert_allclose(graph.computed(x)["bias"][0], convolved + bias, rtol=1e-4, atol=1e-5)
    kinds = [node.op_type for node in onnx.load_from_string(graph.onnx(x.shape)).graph.node]
    assert "Add" not in kinds


def test_a_convolution_that_others_read_keeps_its_own_answer(graph: Graph) -> None:
    x, convolved, bias = biased(graph, "BiasAdd")
    graph.node("other", "Relu", ["conv"])
    got = graph.computed(x)
    np.testing.assert_allclose(got["bias"][0], convolved + bias, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got["other"][0], np.maximum(convolved, 0), rtol=1e-4, atol=1e-5)


def test_a_convolution_that_others_read_by_another_way_keeps_its_own_answer(graph: Graph) -> None:
    x, filters, bias = chance(1, 5, 5, 2), chance(1, 1, 2, 4), chance(4)
    graph.node("x", "Placeholder")
    graph.node("conv", "Conv2D", ["x", graph.constant("filters", filters)], strides=[1, 1, 1, 1], padding="SAME")
    graph.node("again", "Identity", ["conv"])
    graph.node("bias", "BiasAdd", ["again", graph.constant("b", bias)])
    graph.node("other", "Relu", ["conv"])
    got, convolved = graph.computed(x), x @ filters[0, 0]
    np.testing.assert_allclose(got["bias"], convolved + bias, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got["other"], np.maximum(convolved, 0), rtol=1e-4, atol=1e-5)


def test_a_number_per_column_is_no_bias_even_if_there_are_as_many_channels(graph: Graph) -> None:
    x, filters, per_column = chance(1, 5, 4, 2), chance(1, 1, 2, 4), chance(4)
    turn = graph.constant("turn", np.array([0, 3, 1, 2], np.int32))
    graph.node("x", "Placeholder")
    graph.node("conv", "Conv2D", ["x", graph.constant("filters", filters)], strides=[1, 1, 1, 1], padding="SAME")
    graph.node("sum", "Add", [graph.node("nchw", "Transpose", ["conv", turn]), graph.constant("c", per_column)])
    wanted = (x @ filters[0, 0]).transpose(0, 3, 1, 2) + per_column
    np.testing.assert_allclose(graph.computed(x)["sum"], wanted, rtol=1e-4, atol=1e-5)


def resized(x: Float32, size: tuple[int, int], place: Callable[[int, int, int], float]) -> Float32:
    """Mix the two nearest pixels along each axis; ``place(i, new, old)`` is where output i looks."""
    for axis, new in ((1, size[0]), (2, size[1])):
        old = x.shape[axis]
        parts = []
        for i in range(new):
            at = min(max(place(i, new, old), 0), old - 1)
            low = int(at)
            high = min(low + 1, old - 1)
            parts.append(x.take(low, axis) * (1 - (at - low)) + x.take(high, axis) * (at - low))
        x = np.stack(parts, axis).astype(np.float32)
    return x


@pytest.mark.parametrize("size", [(8, 10), (7, 3), (2, 5)])
@pytest.mark.parametrize(
    ("half_pixel", "corners", "place"),
    [
        (True, False, lambda i, new, old: (i + 0.5) * old / new - 0.5),
        (False, False, lambda i, new, old: i * old / new),
        (False, True, lambda i, new, old: i * (old - 1) / (new - 1)),
    ],
    ids=["half pixels", "edges", "corners"],
)
def test_resize(compute: Compute, size: tuple[int, int], half_pixel: bool, corners: bool, place: Compute) -> None:
    x = chance(1, 4, 5, 3)
    got = compute("ResizeBilinear", x, np.array(size, np.int32), half_pixel_centers=half_pixel, align_corners=corners)
    np.testing.assert_allclose(got, resized(x, size, place), rtol=1e-4, atol=1e-5)


def test_padding_with_nothing_and_with_a_number(compute: Compute) -> None:
    x, amounts = chance(1, 3, 4, 2), np.array([[0, 0], [1, 2], [3, 0], [0, 1]], np.int32)
    np.testing.assert_array_equal(compute("Pad", x, amounts), np.pad(x, amounts))
    got = compute("PadV2", x, amounts, np.array(-7, np.float32))
    np.testing.assert_array_equal(got, np.pad(x, amounts, constant_values=-7))


def test_other_paddings_and_layouts_are_refused(compute: Compute) -> None:
    x, filters = chance(1, 5, 5, 2), chance(3, 3, 2, 4)
    with pytest.raises(InputError, match=r"operation Conv2D \(op\): wanted padding SAME or VALID, got EXPLICIT"):
        compute("Conv2D", x, filters, strides=[1, 1, 1, 1], padding="EXPLICIT")
    with pytest.raises(InputError, match=r"operation Conv2D \(op\): wanted data_format NHWC"):
        compute("Conv2D", x, filters, strides=[1, 1, 1, 1], padding="SAME", data_format="NCHW")


def test_filters_that_are_computed_are_refused(graph: Graph) -> None:
    graph.node("x", "Placeholder")
    graph.node("conv", "Conv2D", ["x", "x"], strides=[1, 1, 1, 1], padding="SAME")
    with pytest.raises(InputError, match=r"operation Conv2D \(conv\): wanted constant filters"):
        graph.computed(chance(1, 3, 3, 1))
