from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from onnx import TensorProto, helper

from inference.adding import onnx_check
from inference.adding.onnx_check import check_whole, declared_bytes, read_onnx
from posestream.errors import InputError

Proto = Any


def refusal(path: Path, check: Callable[[Path], object] = read_onnx) -> str:
    with pytest.raises(InputError) as caught:
        check(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def refused(own_networks: ModuleType, tmp_path: Path) -> Callable[[Proto], str]:
    """Gives why a model is refused."""
    return lambda model: refusal(own_networks.save(model, tmp_path / "a.onnx"))


@pytest.mark.parametrize("kind", ["simcc", "heatmap", "single"])
def test_a_good_file_is_read(own_networks: ModuleType, tmp_path: Path, kind: str) -> None:
    path = own_networks.save(getattr(own_networks, kind)(), tmp_path / "a.onnx")
    assert read_onnx(path).graph.input[0].name == "x"
    check_whole(path)


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff" * 100, b"not a model", b"PK\x03\x04" + b"x" * 500])
def test_what_is_no_onnx_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(content)
    assert refusal(path).startswith("not an ONNX file, or damaged")


def test_a_file_that_ends_too_early_anywhere(own_networks: ModuleType, tmp_path: Path) -> None:
    whole = own_networks.simcc().SerializeToString()
    path = tmp_path / "a.onnx"
    for length in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        try:
            read_onnx(path)
        except InputError:
            continue
        refusal(path, check_whole)  # what parses by chance lacks something that is used


def test_too_large_a_file_is_not_parsed(own_networks: ModuleType, tmp_path: Path, monkeypatch: Any) -> None:  # noqa: ANN401
    path = own_networks.save(own_networks.single(), tmp_path / "a.onnx")
    monkeypatch.setattr(onnx_check, "MOST_BYTES", 100)
    assert refusal(path) == "wanted at most 100 bytes; larger weights belong into a file beside it"


def test_too_many_operators(own_networks: ModuleType, refused: Callable[[Proto], str], monkeypatch: Any) -> None:  # noqa: ANN401
    monkeypatch.setattr(onnx_check, "MOST_NODES", 10)
    identity = helper.make_node("Identity", ["x"], ["y"])
    assert refused(own_networks.nested([identity] * 10)) == "more than 10 operators"


@pytest.mark.parametrize("domain", ["mmdeploy", "com.microsoft", "ai.onnx.ml", "org.openvinotoolkit"])
def test_operators_of_a_library_are_refused_however_deep(
    own_networks: ModuleType, refused: Callable[[Proto], str], domain: str
) -> None:
    node = helper.make_node("Secret", ["x"], ["y"], domain=domain)
    said = f"operator {domain}.Secret is not of the ONNX standard: it would need a library"
    assert refused(own_networks.nested([node])) == said
    assert refused(own_networks.model([node], {"y": [1]}, [])) == said


def test_a_function_of_the_files_own_is_no_library(own_networks: ModuleType, tmp_path: Path) -> None:
    model = own_networks.model([helper.make_node("Same", ["x"], ["y"], domain="mine")], {"y": ["n", 3, 256, 192]}, [])
    inner = helper.make_node("Identity", ["a"], ["b"])
    model.functions.append(helper.make_function("mine", "Same", ["a"], ["b"], [inner], [helper.make_opsetid("", 17)]))
    model.opset_import.append(helper.make_opsetid("mine", 1))
    path = own_networks.save(model, tmp_path / "a.onnx")
    read_onnx(path)
    check_whole(path)
    model.functions[0].node[0].domain = "elsewhere"
    assert refusal(own_networks.save(model, path)).startswith("operator elsewhere.Identity is not of the ONNX standard")


def test_training_steps_are_refused(own_networks: ModuleType, refused: Callable[[Proto], str]) -> None:
    model = own_networks.single()
    model.training_info.add()
    assert refused(model) == "it holds training steps: export it for inference"


@pytest.mark.parametrize(
    ("dims", "said"),
    [
        ([50_000, 50_000], "tensor 'values' declares 9 GiB, at most 4 GiB are read"),
        ([2**31, 2**31, 2**31], "tensor 'values' declares more memory than any machine has, at most 4 GiB are read"),
        ([-1, 51], "tensor 'values' has a negative side"),
        ([1, 1, 17, 4], "tensor 'values' declares 272 bytes and has 204"),
        ([], "tensor 'values' declares 4 bytes and has 204"),
    ],
)
def test_a_tensor_of_other_sides_than_its_values(
    own_networks: ModuleType, refused: Callable[[Proto], str], dims: list[int], said: str
) -> None:
    model = own_networks.single()
    del model.graph.initializer[1].dims[:]
    model.graph.initializer[1].dims.extend(dims)
    assert refused(model) == said


def test_numbers_in_a_typed_field_are_counted(own_networks: ModuleType, refused: Callable[[Proto], str]) -> None:
    tensor = helper.make_tensor("wide", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0])
    model = own_networks.single()
    model.graph.initializer.append(tensor)
    assert declared_bytes(tensor) == 12
    model.graph.initializer[-1].dims[0] = 1000
    assert refused(model) == "tensor 'wide' declares 1000 values and has 3"


@pytest.mark.parametrize(
    ("kind", "size"),
    [("FLOAT", 20), ("FLOAT16", 10), ("DOUBLE", 40), ("INT8", 5), ("BOOL", 5), ("INT4", 3), ("UINT4", 3),
     ("FLOAT4E2M1", 3), ("BFLOAT16", 10), ("FLOAT8E4M3FN", 5), ("STRING", 5), ("INT64", 40)],
)  # fmt: skip
def test_the_bytes_of_a_tensor_follow_from_its_type(kind: str, size: int) -> None:
    assert declared_bytes(TensorProto(data_type=getattr(TensorProto, kind), dims=[5])) == size


@pytest.mark.parametrize("kind", [0, 99, -5])
def test_a_type_that_does_not_exist(own_networks: ModuleType, refused: Callable[[Proto], str], kind: int) -> None:
    model = own_networks.single()
    model.graph.initializer[0].data_type = kind
    assert refused(model) == "tensor 'nothing' is of an unknown type"


@pytest.mark.parametrize("field", ["input", "output"])
@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ([1, 3, 60_000, 60_000], "declares 40 GiB, at most 4 GiB are computed"),
        ([2**40, 2**40], "declares more memory than any machine has, at most 4 GiB are computed"),
        ([1, -7], "has a negative side"),
    ],
)
def test_inputs_and_outputs_of_ten_gigabytes(
    own_networks: ModuleType, refused: Callable[[Proto], str], field: str, sides: list[int], said: str
) -> None:
    model = own_networks.single()
    shape = getattr(model.graph, field)[0].type.tensor_type.shape
    shape.ClearField("dim")
    for side in sides:
        shape.dim.add().dim_value = side
    assert said in refused(model)


def test_what_the_checker_finds_is_one_line(own_networks: ModuleType, tmp_path: Path) -> None:
    model = own_networks.single()
    model.graph.node[0].op_type = "Nonsense"
    said = refusal(own_networks.save(model, tmp_path / "a.onnx"), check_whole)
    assert said.startswith("onnx's checker says: ")
    assert "Nonsense" in said
