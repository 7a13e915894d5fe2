from typing import Any

import numpy as np
import pytest

from inference.conversion.graphdef import message_classes
from inference.conversion.onnx_nodes import TfNode, whole_numbers
from inference.conversion.onnx_writer import OnnxWriter
from posestream.errors import InputError

Message = Any  # made at run time


def attribute(**fields: object) -> Message:  # a message made at run time
    return message_classes()["Attr"](**fields)


def test_attributes_are_read_by_their_kind() -> None:
    strides = attribute()
    strides.list.i.extend([1, 2])
    attributes = {"n": attribute(i=3), "a": attribute(f=0.5), "t": attribute(s=b"SAME"), "y": attribute(b=True)}
    node = TfNode("here", "Op", attributes | {"s": strides, "T": attribute(type=1)})
    assert node.number("n") == 3
    assert node.real("a", 0.25) == 0.5
    assert node.word("t") == "SAME"
    assert node.flag("y")
    assert node.numbers("s") == (1, 2)
    assert node.kind("T") == 1


def test_what_the_node_does_not_say_has_a_default() -> None:
    node = TfNode("here", "Op", {})
    assert (node.number("n", 7), node.real("a", 0.25), node.word("t", "VALID")) == (7, 0.25, "VALID")
    assert (node.flag("y"), node.numbers("s"), node.kind("T")) == (False, (), 0)


def test_a_refusal_names_operation_and_node() -> None:
    assert str(TfNode("here", "Op", {}).refuse("no")) == "operation Op (here): no"


def test_whole_numbers_are_those_of_constants() -> None:
    out, node = OnnxWriter(), TfNode("here", "Op", {})
    assert whole_numbers(node, out.constant(np.array([[1, -1]], np.int32))) == [1, -1]
    with pytest.raises(InputError, match="wanted a constant where the network computes one"):
        whole_numbers(node, out.input("x", (1,)))
