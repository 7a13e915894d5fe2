import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper

from inference.runners.openvino import LARGE_SORT, MOST_SHAPES, OpenVinoRunner, import_openvino
from posestream.errors import PosestreamError, UsageError

Tiny = Any  # conftest's TinyNetwork: test files cannot import each other
Array = NDArray[np.float32]


def noise(seed: int, height: int = 8, width: int = 8) -> Array:
    return np.random.default_rng(seed).normal(0, 1, (1, height, width, 3)).astype(np.float32)


def apart(outputs: list[Array], wanted: tuple[Array, Array]) -> float:
    """The largest difference from the wanted map and mean."""
    by_rank = {output.ndim: output for output in outputs}
    return float(max(np.abs(by_rank[each.ndim] - each).max() for each in wanted))


@pytest.mark.parametrize("threads", [1, 2])
def test_no_tensors_no_answers(tiny_graph: Path, threads: int) -> None:
    assert OpenVinoRunner(tiny_graph, threads).infer([]) == []


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_each_tensor_has_its_own_answer(tiny: Tiny, tiny_graph: Path, threads: int, count: int) -> None:
    tensors = [noise(seed) for seed in range(count)]
    answers = OpenVinoRunner(tiny_graph, threads).infer(tensors)
    assert len(answers) == count
    for tensor, outputs in zip(tensors, answers, strict=True):
        assert apart(outputs, tiny.compute(tensor)) < 1e-5


@pytest.mark.parametrize("count", [1, 3])
def test_the_answers_are_copies(tiny: Tiny, tiny_graph: Path, count: int) -> None:
    runner = OpenVinoRunner(tiny_graph, 2)
    tensors = [noise(seed) for seed in range(count)]
    first = runner.infer(tensors)
    for later in range(3):
        runner.infer([noise(seed + 100 + later) for seed in range(count)])
    runner.close()
    for tensor, outputs in zip(tensors, first, strict=True):
        assert apart(outputs, tiny.compute(tensor)) < 1e-5
        assert all(output.flags.owndata for output in outputs)


def test_tensors_of_several_shapes_are_computed_together(tiny: Tiny, tiny_graph: Path) -> None:
    tensors = [noise(0, 8, 8), noise(1, 4, 6), noise(2, 8, 8)]
    for tensor, outputs in zip(tensors, OpenVinoRunner(tiny_graph, 2).infer(tensors), strict=True):
        assert apart(outputs, tiny.compute(tensor)) < 1e-5


def test_the_same_tensor_gives_the_same_numbers(tiny_graph: Path) -> None:
    one, other = (OpenVinoRunner(tiny_graph, 2).infer([noise(1), noise(2)]) for _ in range(2))
    for left, right in zip(one, other, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize(
    "tensor",
    [
        np.zeros((1, 8, 8, 5), np.float32),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((1, 1, 8, 8, 3), np.float32),
        np.zeros((3,), np.float32),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_a_tensor_that_does_not_fit_is_one_line_and_harms_nothing(
    tiny: Tiny, tiny_graph: Path, tensor: Array, count: int
) -> None:
    runner = OpenVinoRunner(tiny_graph, 2)
    with pytest.raises(PosestreamError) as caught:
        runner.infer([tensor] * count)
    assert str(caught.value).startswith(f"OpenVINO refuses an input of {list(tensor.shape)}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    for good in ([noise(1)], [noise(1), noise(2)]):
        assert apart(runner.infer(good)[0], tiny.compute(noise(1))) < 1e-5


@pytest.mark.parametrize("count", [50, LARGE_SORT + 50])
def test_the_best_of_many_values(tmp_path: Path, count: int) -> None:
    values = [
        helper.make_tensor_value_info(*one) for one in (("x", 1, [1, count]), ("best", 1, [1, 9]), ("at", 7, [1, 9]))
    ]
    nine = helper.make_tensor("nine", 7, [1], [9])
    graph = helper.make_graph(
        [helper.make_node("TopK", ["x", "nine"], ["best", "at"])], "g", values[:1], values[1:], [nine]
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), tmp_path / "g.onnx")
    runner = OpenVinoRunner(tmp_path / "g.onnx", 1)
    x = np.random.default_rng(count).permutation(count).astype(np.float32)[None]
    best, at = runner.infer([x])[0]
    assert best[0].tolist() == list(range(count - 1, count - 10, -1))
    assert x[0, at[0]].tolist() == best[0].tolist()


def test_few_shapes_are_kept_and_the_busy_ones_stay(tiny_graph: Path) -> None:
    runner = OpenVinoRunner(tiny_graph, 2)
    busy = noise(0, 4, 4)
    runner.infer([busy])
    kept = runner._single[busy.shape]
    for width in range(5, 5 + 2 * MOST_SHAPES):
        runner.infer([noise(0, 4, width)])
        runner.infer([noise(0, 4, width), noise(1, 4, width)])
        runner.infer([busy])
    assert len(runner._single) == len(runner._many) == MOST_SHAPES
    assert runner._single[busy.shape] is kept


def test_a_closed_runner_keeps_nothing(tiny_graph: Path) -> None:
    runner = OpenVinoRunner(tiny_graph, 2)
    runner.infer([noise(0)])
    runner.infer([noise(0), noise(1)])
    runner.close()
    assert not runner._single
    assert not runner._many


@pytest.mark.parametrize("content", [None, b"", b"no graph", bytes(1000)])
def test_a_file_that_is_no_network_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.pb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PosestreamError, match=r"model\.pb: OpenVINO cannot read the model: ") as caught:
        OpenVinoRunner(path, 1)
    assert "\n" not in str(caught.value)


def test_without_openvino_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)  # as if it were not installed
    with pytest.raises(UsageError, match=r"pip install 'posestream\[openvino\]'"):
        import_openvino()
