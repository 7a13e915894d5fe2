"""Emitters of the layers that look at pictures: they work on NCHW, whatever TensorFlow sees."""

from collections.abc import Sequence

from inference.conversion.onnx_maths import broadcast
from inference.conversion.onnx_nodes import Emitter, TfNode, whole_numbers
from inference.conversion.onnx_value import Array, Value
from inference.conversion.onnx_writer import OnnxWriter

CHANNELS_FIRST = (0, 3, 1, 2)
"""How NHWC, as TensorFlow sees it, lies as NCHW."""


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Give TensorFlow's SAME padding of one axis before and after: an odd pixel goes to the end."""
    outputs = -(-size // stride)
    whole = max((outputs - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return whole // 2, whole - whole // 2


def _convolution(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Filters (rows, columns, channels of a group, outputs)."""
    picture, weights = inputs[0], _weights(node, inputs[1])
    group = picture.shape[3] // weights.shape[2]
    return _convolve(out, node, picture, weights.transpose(3, 2, 0, 1), group)


def _depthwise(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Filters (rows, columns, channels, outputs per channel): each channel is a group of its own."""
    picture, weights = inputs[0], _weights(node, inputs[1])
    rows, columns, channels, each = weights.shape
    filters = weights.transpose(2, 3, 0, 1).reshape(channels * each, 1, rows, columns)
    return _convolve(out, node, picture, filters, channels)


def _convolve(out: OnnxWriter, node: TfNode, picture: Value, filters: Array, group: int) -> Value:
    """Filters (outputs, channels of a group, rows, columns)."""
    kernel = (int(filters.shape[2]), int(filters.shape[3]))
    window = _window(node, picture, kernel, _two(node, "dilations"))
    answer = out.one("Conv", out.laid(picture, CHANNELS_FIRST), out.constant(filters), group=group, **window)
    return answer.seen_as(CHANNELS_FIRST)


def _bias(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Add a number per channel, the last axis."""
    _expect_nhwc(node)
    return _add(out, node, inputs)


def _add(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Add; a number per channel goes into the convolution before it, if that goes nowhere else."""
    picture, bias = inputs
    before = out.nodes.get(picture.name)
    per_channel = bias.data is not None and bias.stored == picture.shape[-1:] and picture.place(-1) == 1
    if before is not None and before.op_type == "Conv" and len(before.input) == 2 and node.alone and per_channel:
        before.input.append(bias.name)
        return picture
    return broadcast(out, "Add", inputs)


def _max_pool(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    kernel = _two(node, "ksize")
    window = _window(node, inputs[0], kernel, None)
    return out.one("MaxPool", out.laid(inputs[0], CHANNELS_FIRST), **window).seen_as(CHANNELS_FIRST)


def _resize_bilinear(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    picture = out.laid(inputs[0], CHANNELS_FIRST)
    size = [*picture.stored[:2], *whole_numbers(node, inputs[1])]
    mode = "half_pixel" if node.flag("half_pixel_centers") else "asymmetric"
    if node.flag("align_corners"):
        mode = "align_corners"
    sizes = out.integers(size)
    answer = out.one("Resize", picture, None, None, sizes, mode="linear", coordinate_transformation_mode=mode)
    return answer.seen_as(CHANNELS_FIRST)


def _pad(out: OnnxWriter, node: TfNode, inputs: Sequence[Value]) -> Value:
    """Put a constant around, 0 unless the third input says another."""
    value = inputs[0]
    numbers = whole_numbers(node, inputs[1])  # before and after, axis by axis
    amounts = [numbers[2 * axis + after] for after in (0, 1) for axis in value.order]
    fill = [out.cast(inputs[2], value.dtype.str)] if len(inputs) > 2 else []
    return out.one("Pad", value, out.integers(amounts), *fill).seen_as(value.order)


def _window(
    node: TfNode, picture: Value, kernel: tuple[int, int], dilations: tuple[int, int] | None
) -> dict[str, object]:
    """Give the attributes that say where a window goes over a picture."""
    _expect_nhwc(node)
    strides, spread = _two(node, "strides"), dilations or (1, 1)
    sides = [(0, 0), (0, 0)]
    if node.word("padding") == "SAME":
        sides = [same_padding(*of) for of in zip(picture.shape[1:3], kernel, strides, spread, strict=True)]
    elif node.word("padding") != "VALID":
        raise node.refuse(f"wanted padding SAME or VALID, got {node.word('padding')}")
    pads = [sides[0][0], sides[1][0], sides[0][1], sides[1][1]]
    window: dict[str, object] = {"kernel_shape": kernel, "strides": strides, "pads": pads}
    return window if dilations is None else window | {"dilations": dilations}


def _two(node: TfNode, key: str) -> tuple[int, int]:
    """Give the numbers for rows and columns of a list for all four axes; 1 where the node says nothing."""
    _, rows, columns, _ = node.numbers(key) or (1, 1, 1, 1)
    return rows, columns


def _expect_nhwc(node: TfNode) -> None:
    if node.word("data_format", "NHWC") != "NHWC":
        raise node.refuse("wanted data_format NHWC")


def _weights(node: TfNode, value: Value) -> Array:
    if value.data is None:
        raise node.refuse("wanted constant filters")
    return value.data


LAYERS: dict[str, Emitter] = {
    "Add": _add,
    "AddV2": _add,
    "BiasAdd": _bias,
    "Conv2D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "MaxPool": _max_pool,
    "Pad": _pad,
    "PadV2": _pad,
    "ResizeBilinear": _resize_bilinear,
}
"""Operation of TensorFlow's -> emitter."""
