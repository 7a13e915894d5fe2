import numpy as np

from inference.conversion.onnx_value import Value

NHWC = Value.of("x", (1, 4, 5, 3), np.dtype("f4"))
LIES_NCHW = Value.of("x", (1, 3, 4, 5), np.dtype("f4")).seen_as((0, 3, 1, 2))


def test_a_value_lies_as_it_is_seen_unless_told_otherwise() -> None:
    assert NHWC.plain
    assert NHWC.shape == NHWC.stored == (1, 4, 5, 3)


def test_another_order_changes_what_is_seen_and_not_what_lies() -> None:
    assert not LIES_NCHW.plain
    assert LIES_NCHW.shape == (1, 4, 5, 3)
    assert LIES_NCHW.stored == (1, 3, 4, 5)


def test_axes_are_found_where_they_lie() -> None:
    assert [LIES_NCHW.place(axis) for axis in range(4)] == [0, 2, 3, 1]
    assert LIES_NCHW.place(-1) == 1
    assert NHWC.place(-1) == 3


def test_a_number_has_no_axes() -> None:
    number = Value.of("n", (), np.dtype("i4"))
    assert number.plain
    assert number.shape == ()
