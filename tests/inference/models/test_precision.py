"""A file's twin in fewer bits: it has the precision that it claims, it runs, and what cannot be is one line."""

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from inference.models import precision
from inference.models.precision import as_fp16_rounds, to_fp16, to_int8
from inference.runners.onnxruntime import OnnxRuntimeRunner
from inference.runners.tensorrt_precision import graph_precision
from posestream.errors import InputError, PosestreamError, UsageError


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Three convolutions over planes."""
    chance = np.random.default_rng(0)
    weights = [
        numpy_helper.from_array(chance.normal(0, 0.2, (8, 3 if n == 0 else 8, 3, 3)).astype(np.float32), f"w{n}")
        for n in range(3)
    ]
    nodes = []
    for n, (given, made) in enumerate([("x", "a"), ("b", "c"), ("d", "y")]):
        nodes.append(helper.make_node("Conv", [given, f"w{n}"], [made], pads=[1, 1, 1, 1]))
        if made != "y":
            nodes.append(helper.make_node("Relu", [made], [chr(ord(made) + 1)]))
    x = helper.make_tensor_value_info("x", 1, ["n", 3, 16, 16])
    y = helper.make_tensor_value_info("y", 1, ["n", 8, 16, 16])
    model = helper.make_model(
        helper.make_graph(nodes, "g", [x], [y], weights), opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    path = tmp_path / "net.onnx"
    onnx.save(model, path)
    return path


def pictures(count: int) -> list[np.ndarray]:
    return [np.random.default_rng(seed).uniform(0, 1, (1, 3, 16, 16)).astype(np.float32) for seed in range(count)]


def furthest(one: Path, other: Path) -> float:
    """Of the answers, over the largest of them."""
    ours, theirs = (np.array(OnnxRuntimeRunner(path, 1).infer(pictures(4))) for path in (one, other))
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def test_float16(graph: Path, tmp_path: Path) -> None:
    path = to_fp16(graph)
    assert path == tmp_path / "net.fp16.onnx"
    assert graph_precision(path) == "fp16"
    assert graph_precision(graph) == "fp32"
    assert furthest(path, graph) < 2e-3


def test_float16_as_a_device_rounds(graph: Path, tmp_path: Path) -> None:
    path = as_fp16_rounds(graph, tmp_path / "rounded.onnx")
    assert graph_precision(path) == "fp32"
    assert 1e-5 < furthest(path, graph) < 5e-3


def test_int8(graph: Path, tmp_path: Path) -> None:
    path = to_int8(graph, pictures(8), tmp_path / "short.onnx")
    assert path == tmp_path / "short.onnx"
    assert graph_precision(path) == "int8"
    assert furthest(path, graph) < 0.05
    model = onnx.load(path)
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    heads = [node for node in model.graph.node if node.op_type == "Conv" and node.input[1] == "w2"]
    assert len(heads) == 1, "the head keeps its weights as they are"
    points = [numpy_helper.to_array(t) for name, t in weights.items() if "zero_point" in name]
    assert points
    assert not any(point.any() for point in points), "symmetric, as TensorRT wants it"


def test_int8_wants_pictures(graph: Path) -> None:
    with pytest.raises(UsageError, match="needs pictures to calibrate with"):
        to_int8(graph, [])


@pytest.mark.parametrize(("content", "message"), [(None, "cannot be read"), (b"\xff\xff\xff", "not an ONNX file")])
def test_a_file_that_is_no_graph_is_one_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "net.onnx"
    if content is not None:
        path.write_bytes(content)
    for make in (to_fp16, lambda each: to_int8(each, pictures(1)), lambda each: as_fp16_rounds(each, tmp_path / "r")):
        with pytest.raises(InputError, match=message) as caught:
            make(path)
        assert "\n" not in str(caught.value)
    assert {each.name for each in tmp_path.iterdir()} <= {"net.onnx"}


def test_a_picture_that_does_not_fit_is_one_line(graph: Path) -> None:
    with pytest.raises(PosestreamError, match=r"refuses an input of \[1, 4, 16, 16\] float32") as caught:
        to_int8(graph, [np.zeros((1, 4, 16, 16), np.float32)])
    assert "\n" not in str(caught.value)


def test_a_twin_that_answers_otherwise_does_not_stay(
    graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(model: onnx.ModelProto) -> onnx.ModelProto:
        model.graph.node[-1].op_type = "Log"
        del model.graph.node[-1].attribute[:], model.graph.node[-1].input[1:]
        return model

    monkeypatch.setattr(precision, "halved", broken)
    with pytest.raises(PosestreamError, match="beyond the range of its numbers"):
        to_fp16(graph)
    assert {each.name for each in tmp_path.iterdir()} == {"net.onnx"}


def test_without_onnxruntime_the_extra_is_named(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime.quantization", None)  # as if it were not installed
    monkeypatch.delattr("onnxruntime.quantization", raising=False)
    with pytest.raises(UsageError, match=r"pip install 'posestream\[onnxruntime\]'"):
        to_int8(graph, pictures(1))
