from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from inference.conversion.onnx_writer import OnnxWriter
from posestream.errors import InputError

Model = Any  # made at run time
X = np.random.default_rng(8).normal(0, 1, (1, 4, 5, 3)).astype(np.float32)


@pytest.fixture
def out() -> OnnxWriter:
    writer = OnnxWriter()
    writer.scope = "here"
    return writer


def parsed(content: bytes) -> Model:
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    return model


def kinds(content: bytes) -> list[str]:
    return [node.op_type for node in parsed(content).graph.node]


def run(content: bytes) -> list[Any]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return list(session.run(None, {"x": X}))


def test_a_pair_of_transposes_leaves_nothing_behind(out: OnnxWriter) -> None:
    lying = out.one("Relu", out.laid(out.input("x", X.shape), (0, 3, 1, 2))).seen_as((0, 3, 1, 2))
    again = out.one("Sqrt", out.laid(lying, (0, 3, 1, 2))).seen_as((0, 3, 1, 2))
    content = out.model({"y": again})
    assert kinds(content) == ["Transpose", "Relu", "Sqrt", "Transpose", "Identity"]
    np.testing.assert_allclose(run(content)[0], np.sqrt(np.maximum(X, 0)))


def test_of_several_reshapes_the_last_one_counts(out: OnnxWriter) -> None:
    x = out.input("x", X.shape)
    flat = out.reshaped(out.reshaped(x, (20, 3)), (60,))
    assert kinds(out.model({"y": flat})) == ["Reshape", "Identity"]
    assert out.reshaped(flat, X.shape) == x
    assert out.reshaped(x, X.shape) == x


def test_constants_are_computed_at_once(out: OnnxWriter) -> None:
    out.input("x", X.shape)
    five = out.one("Add", out.integers([2]), out.integers([3]))
    assert five.data is not None
    assert five.data.tolist() == [5]
    assert not out.nodes


def test_only_what_an_output_needs_is_written(out: OnnxWriter) -> None:
    x = out.input("x", X.shape)
    out.one("Exp", x)
    out.constant(np.zeros(1000, np.float32))
    content = out.model({"y": out.one("Relu", x)})
    assert kinds(content) == ["Relu", "Identity"]
    assert len(content) < 400


def test_a_number_stays_a_number(out: OnnxWriter) -> None:
    content = out.model({"y": out.one("Mul", out.input("x", X.shape), out.constant(np.array(2, np.float32)))})
    (two,) = parsed(content).graph.initializer
    assert list(two.dims) == []
    np.testing.assert_allclose(run(content)[0], X * 2)


def test_names_tell_the_node_of_tensorflow_and_are_given_once(out: OnnxWriter) -> None:
    x = out.input("x", X.shape)
    assert [out.one("Relu", x).name for _ in range(3)] == ["here/Relu", "here/Relu_1", "here/Relu_2"]


def test_casts_are_written_where_the_type_changes(out: OnnxWriter) -> None:
    x = out.input("x", X.shape)
    assert out.cast(x, "f4") is x
    assert out.cast(x, "i4").dtype == np.int32


def test_whole_numbers_know_whether_they_are_natural(out: OnnxWriter) -> None:
    assert out.integers([0, 3]).natural
    assert not out.integers([0, -3]).natural
    assert not out.constant(np.ones(2, np.float32)).natural
    assert out.cast(out.integers([0, 3]), "i4").natural
    assert not out.cast(out.integers([0, 3]), "f4").natural


def test_one_input_is_wanted(out: OnnxWriter) -> None:
    with pytest.raises(InputError, match="wanted a network with one input, got none"):
        out.model({})
    out.input("x", X.shape)
    with pytest.raises(InputError, match="wanted a network with one input"):
        out.input("z", X.shape)
