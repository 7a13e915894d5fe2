import sys
from dataclasses import replace

import numpy as np
import pytest
from onnx import helper

from inference.conversion.onnx_step import computed, import_onnx, outputs_of
from inference.conversion.onnx_value import Value
from posestream.errors import InputError, UsageError

A = Value.of("a", (2, 3), np.dtype("f4"))
SHAPE = replace(Value.of("shape", (2,), np.dtype("i8")), data=np.array([3, 2]))


def test_shapes_and_types_of_what_comes_out() -> None:
    (answer,) = outputs_of(helper.make_node("Less", ["a", "a"], ["y"]), [A, A])
    assert (answer.name, answer.shape, answer.dtype) == ("y", (2, 3), np.dtype("?"))


def test_constants_that_are_shapes_are_looked_into() -> None:
    (answer,) = outputs_of(helper.make_node("Reshape", ["a", "shape"], ["y"]), [A, SHAPE])
    assert answer.shape == (3, 2)


def test_a_shape_that_is_not_known_is_refused() -> None:
    node = helper.make_node("Reshape", ["a", "shape"], ["y"], name="here")
    with pytest.raises(InputError, match="here: what comes out has no shape that is known before the network runs"):
        outputs_of(node, [A, replace(SHAPE, data=None)])


def test_inputs_that_do_not_fit_are_refused() -> None:
    other = Value.of("b", (5,), np.dtype("f4"))
    with pytest.raises(InputError, match="here: its inputs do not fit"):
        outputs_of(helper.make_node("Add", ["a", "b"], ["y"], name="here"), [A, other])


def test_constants_are_computed_and_keep_their_type() -> None:
    two = replace(Value.of("two", (), np.dtype("i4")), data=np.array(2, np.int32))
    node = helper.make_node("Div", ["five", "two"], ["y"])
    five = replace(Value.of("five", (2,), np.dtype("i4")), data=np.array([5, 4], np.int32))
    (answer,) = computed(node, [five, two], [Value.of("y", (2,), np.dtype("i4"))])
    assert answer.dtype == np.int32
    assert answer.tolist() == [2, 2]


def test_without_onnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UsageError, match=r"pip install 'posestream\[models\]'"):
        import_onnx()
