import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper

from inference.runners.onnxruntime import OnnxRuntimeRunner, import_onnxruntime
from inference.runners.openvino import OpenVinoRunner
from posestream.errors import PosestreamError, UsageError

Tiny = Any  # conftest's TinyNetwork: test files cannot import each other
Array = NDArray[np.float32]


def noise(seed: int, height: int = 8, width: int = 8) -> Array:
    return np.random.default_rng(seed).normal(0, 1, (1, height, width, 3)).astype(np.float32)


def apart(outputs: list[Array], wanted: tuple[Array, Array]) -> float:
    """The largest difference from the wanted map and mean."""
    by_rank = {output.ndim: output for output in outputs}
    return float(max(np.abs(by_rank[each.ndim] - each).max() for each in wanted))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_each_tensor_has_its_own_answer(tiny: Tiny, tiny_onnx: Path, threads: int, count: int) -> None:
    tensors = [noise(seed) for seed in range(count)]
    runner = OnnxRuntimeRunner(tiny_onnx, threads)
    answers = runner.infer(tensors)
    runner.infer([noise(99)] * 3)  # they are the caller's own: a later run changes nothing in them
    runner.close()
    assert len(answers) == count
    for tensor, outputs in zip(tensors, answers, strict=True):
        assert apart(outputs, tiny.compute(tensor)) < 1e-5


def test_tensors_of_several_shapes_are_computed_together(tiny: Tiny, tiny_onnx: Path) -> None:
    tensors = [noise(0, 8, 8), noise(1, 4, 6), noise(2, 8, 8)]
    for tensor, outputs in zip(tensors, OnnxRuntimeRunner(tiny_onnx, 2).infer(tensors), strict=True):
        assert apart(outputs, tiny.compute(tensor)) < 1e-5


def test_it_says_what_openvino_says(tiny_onnx: Path) -> None:
    tensors = [noise(seed, 16, 12) for seed in range(4)]
    ours, theirs = (runner(tiny_onnx, 2).infer(tensors) for runner in (OnnxRuntimeRunner, OpenVinoRunner))
    for left, right in zip(ours, theirs, strict=True):
        assert [output.shape for output in left] == [output.shape for output in right]
        assert max(np.abs(a - b).max() for a, b in zip(left, right, strict=True)) < 1e-5


@pytest.mark.parametrize(
    "tensor",
    [
        np.zeros((1, 8, 8, 5), np.float32),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((1, 8, 8, 3), np.int32),
        np.zeros((3,), np.float32),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_a_tensor_that_does_not_fit_is_one_line_and_harms_nothing(
    tiny: Tiny, tiny_onnx: Path, tensor: Array, count: int
) -> None:
    runner = OnnxRuntimeRunner(tiny_onnx, 2)
    with pytest.raises(PosestreamError) as caught:
        runner.infer([tensor] * count)
    assert str(caught.value).startswith(f"ONNX Runtime refuses an input of {list(tensor.shape)} {tensor.dtype}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    for good in ([noise(1)], [noise(1), noise(2)]):
        assert apart(runner.infer(good)[0], tiny.compute(noise(1))) < 1e-5


@pytest.mark.parametrize("content", [None, b"", b"no graph", bytes(1000)])
def test_a_file_that_is_no_network_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PosestreamError, match=r"model\.onnx: ONNX Runtime cannot read the model: ") as caught:
        OnnxRuntimeRunner(path, 1)
    assert "\n" not in str(caught.value)


def test_a_network_with_two_inputs_is_refused(tmp_path: Path) -> None:
    value = [helper.make_tensor_value_info(name, 1, [1]) for name in ("a", "b", "sum")]
    graph = helper.make_graph([helper.make_node("Add", ["a", "b"], ["sum"])], "two", value[:2], value[2:])
    path = tmp_path / "two.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    with pytest.raises(PosestreamError, match=r"two\.onnx: wanted a network with one input, got 2"):
        OnnxRuntimeRunner(path, 1)


def test_without_onnxruntime_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # as if it were not installed
    with pytest.raises(UsageError, match=r"pip install 'posestream\[onnxruntime\]'"):
        import_onnxruntime()
