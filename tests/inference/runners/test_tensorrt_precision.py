"""Precision is read, and a claim that does not hold is refused."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from fake_tensorrt import fake_tensorrt
from onnx import helper, numpy_helper

from inference.adding.onnx_parts import Proto
from inference.runners.tensorrt_precision import check_precision, engine_precision, graph_precision, weights_precision
from posestream.errors import PosestreamError, UsageError


def model_of(*weights: np.ndarray) -> Proto:
    tensors = [numpy_helper.from_array(array, f"w{number}") for number, array in enumerate(weights)]
    return helper.make_model(helper.make_graph([], "g", [], [], tensors))


@pytest.mark.parametrize(
    ("weights", "found"),
    [
        ((), "fp32"),
        ((np.zeros(9, np.float32),), "fp32"),
        ((np.zeros(9, np.float16), np.zeros(3, np.float32)), "fp16"),
        ((np.zeros(3, np.float16), np.zeros(9, np.float32)), "fp32"),
        ((np.zeros((4, 4), np.int8), np.zeros(4, np.float32), np.zeros(99, np.int64)), "int8"),
    ],
)
def test_a_graph_is_what_most_of_its_weights_are(weights: tuple[np.ndarray, ...], found: str) -> None:
    assert weights_precision(model_of(*weights)) == found


def test_a_file_is_read_without_what_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "half.onnx"
    model = model_of(np.zeros(5000, np.float16))
    onnx.save(model, path, save_as_external_data=True, location="gone.data", size_threshold=0)
    (tmp_path / "gone.data").unlink()
    assert graph_precision(path) == "fp16"


def engine_saying(text: str) -> SimpleNamespace:
    inspector = SimpleNamespace(get_engine_information=lambda _format: text)
    return SimpleNamespace(create_engine_inspector=lambda: inspector)


def layer(key: str, *kinds: str) -> dict[str, Any]:
    return {"Name": "l", "Inputs": [{key: kinds[0]}], "Outputs": [{"Name": "y", key: kind} for kind in kinds[1:]]}


@pytest.mark.parametrize(
    ("layers", "found"),
    [
        ([layer("DataType", "Float", "Float")], ("fp32", {"fp32": 2})),
        ([layer("DataType", "Float", "Half"), layer("DataType", "Half", "Float")], ("fp16", {"fp32": 2, "fp16": 2})),
        ([layer("DataType", "Half", "Int8", "Int32")], ("int8", {"fp16": 1, "int8": 1})),
        ([layer("DataType", "BFloat16", "Float")], ("bf16", {"bf16": 1, "fp32": 1})),
        ([layer("DataType", "FP8", "Half")], ("fp8", {"fp8": 1, "fp16": 1})),
        ([layer("Format/Datatype", "Row major linear FP32", "Row major linear FP32")], ("fp32", {"fp32": 2})),
        (
            [layer("Format/Datatype", "Channel major FP16 format where channel % 8 == 0", "Row major linear FP32")],
            ("fp16", {"fp16": 1, "fp32": 1}),
        ),
        (
            [layer("Format/Datatype", "Thirty-two wide channel vectorized row major Int8 format", "Half")],
            ("int8", {"int8": 1, "fp16": 1}),
        ),
    ],
)
def test_an_engine_is_the_lowest_that_occurs(layers: list[Any], found: tuple[str, dict[str, int]]) -> None:
    assert engine_precision(fake_tensorrt(11), engine_saying(json.dumps({"Layers": layers}))) == found


@pytest.mark.parametrize(
    "text",
    ["", "not JSON", "[]", "{}", '{"Layers": ["conv1", "conv2"]}', '{"Layers": []}', '{"Layers": [{"Name": "a"}]}'],
)
def test_an_engine_that_does_not_say_may_claim_nothing(text: str) -> None:
    with pytest.raises(PosestreamError, match="does not say in which precision"):
        engine_precision(fake_tensorrt(11), engine_saying(text))


def test_a_claim_that_does_not_hold_is_refused() -> None:
    check_precision("fp16", "fp16", "net.onnx")
    with pytest.raises(UsageError, match=r"^net\.onnx computes in fp32, not in fp16: .*models precision'$"):
        check_precision("fp16", "fp32", "net.onnx")
