import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.conversion.graphdef import message_classes
from inference.conversion.tfjs import read_weights, tfjs_to_graphdef
from inference.runners.openvino import OpenVinoRunner
from posestream.errors import InputError, PosestreamError

Tiny = Any  # conftest's TinyNetwork: test files cannot import each other
Message = Any  # made at run time
Json = Any
Model = dict[str, Json]


def parsed(graph: bytes) -> Model:
    """The nodes of a graph by name."""
    return {node.name: node for node in message_classes()["Graph"].FromString(graph).node}


def attributes(node: Message) -> Model:
    return {entry.key: entry.value for entry in node.attr}


def test_a_graph_without_nodes_is_converted(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"modelTopology": {"node": []}, "weightsManifest": []}')
    assert parsed(tfjs_to_graphdef(path)) == {}


@pytest.mark.parametrize("size", [(8, 8), (5, 12)])
def test_the_converted_network_computes_what_the_layers_say(
    tiny: Tiny, tiny_graph: Path, size: tuple[int, int]
) -> None:
    x = np.random.default_rng(1).normal(0, 1, (1, *size, 3)).astype(np.float32)
    outputs = OpenVinoRunner(tiny_graph, 1).infer([x])[0]
    wanted_map, wanted_mean = tiny.compute(x)
    got = {output.shape: output for output in outputs}
    assert set(got) == {wanted_map.shape, wanted_mean.shape}
    assert np.abs(got[wanted_map.shape] - wanted_map).max() < 1e-5
    assert np.abs(got[wanted_mean.shape] - wanted_mean).max() < 1e-5
    # The numbers say something: the activations were both in use.
    assert (wanted_map < 0).any()
    assert (wanted_map > 0).any()


def test_the_same_model_gives_the_same_bytes(tiny: Tiny, tmp_path: Path) -> None:
    first = tfjs_to_graphdef(tiny.write(tmp_path / "a"))
    assert tfjs_to_graphdef(tiny.write(tmp_path / "b")) == first


def test_fused_convolutions_become_single_steps_and_the_last_keeps_the_name(tiny: Tiny, tmp_path: Path) -> None:
    nodes = parsed(tfjs_to_graphdef(tiny.write(tmp_path)))
    assert [nodes[name].op for name in ("first/unfused", "first/unfused_0", "first")] == ["Conv2D", "BiasAdd", "Relu6"]
    assert list(nodes["first"].input) == ["first/unfused_0"]
    assert list(nodes["first/unfused_0"].input) == ["first/unfused", "wide_bias"]
    assert list(nodes["second/unfused"].input) == ["first", "deep"]
    assert attributes(nodes["second"])["alpha"].f == 0.125
    assert "fused_ops" not in attributes(nodes["first/unfused"])


def test_a_convolution_fused_with_nothing_keeps_its_name(tiny: Tiny, tmp_path: Path) -> None:
    def change(model: Model) -> None:
        first = next(each for each in model["modelTopology"]["node"] if each["name"] == "first")
        first["attr"]["fused_ops"] = {"list": {"s": []}}

    assert parsed(tfjs_to_graphdef(tiny.write(tmp_path, change)))["first"].op == "Conv2D"


def test_a_leaky_relu_without_slope_has_tensorflows(tiny: Tiny, tmp_path: Path) -> None:
    def change(model: Model) -> None:
        second = next(each for each in model["modelTopology"]["node"] if each["name"] == "second")
        del second["attr"]["leakyrelu_alpha"]

    nodes = parsed(tfjs_to_graphdef(tiny.write(tmp_path, change)))
    assert attributes(nodes["second"])["alpha"].f == pytest.approx(0.2)


def test_constants_have_the_type_of_their_node(tiny: Tiny, tmp_path: Path) -> None:
    nodes = parsed(tfjs_to_graphdef(tiny.write(tmp_path)))
    places = attributes(nodes["places"])["value"].tensor
    assert np.frombuffer(places.tensorContent, np.int64).tolist() == [1, 2]
    wide = attributes(nodes["wide"])["value"].tensor
    assert [dim.size for dim in wide.tensorShape.dim] == [3, 3, 3, 4]
    assert np.array_equal(
        np.frombuffer(wide.tensorContent, np.float32), tiny.weights["wide"].astype(np.float32).ravel()
    )


def test_weights_that_are_not_packed_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(np.array([1.5, -2], np.float32).tobytes() + b"\x01\x00" + b"\x07\x00\x00\x00")
    manifest = [
        {"name": "f", "shape": [2], "dtype": "float32"},
        {"name": "b", "shape": [2], "dtype": "bool"},
        {"name": "i", "shape": [], "dtype": "int32"},
    ]
    weights = read_weights({"weightsManifest": [{"paths": ["w.bin"], "weights": manifest}]}, tmp_path)
    assert {name: values.tolist() for name, values in weights.items()} == {"f": [1.5, -2], "b": [True, False], "i": 7}
    assert weights["i"].shape == ()


def first_weight(**changes: Json) -> Callable[[Model], object]:
    return lambda model: model["weightsManifest"][0]["weights"][0].update(changes)


def of_node(name: str, **changes: Json) -> Callable[[Model], object]:
    return lambda model: next(n for n in model["modelTopology"]["node"] if n["name"] == name).update(changes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (dict.clear, "not a tfjs graph model"),
        (lambda model: model.pop("weightsManifest"), "not a tfjs graph model"),
        (lambda model: model.update(modelTopology=[]), "not a tfjs graph model"),
        (lambda model: model["weightsManifest"][0].update(paths=["gone.bin"]), "gone.bin: cannot read the weights"),
        (lambda model: model["weightsManifest"][0].update(paths=["tiny-1.bin"]), "the weights end early"),
        (first_weight(shape=[9999, 9999]), "the weights end early"),
        (first_weight(shape=[-3, 5]), "not a tfjs graph model"),
        (first_weight(shape="many"), "not a tfjs graph model"),
        (first_weight(dtype="complex64"), "not a tfjs graph model"),
        (first_weight(quantization={"dtype": "uint8", "scale": 1, "min": 0}), "quantised as uint8 are not supported"),
        (first_weight(name="other"), "not a tfjs graph model"),
        (of_node("x", op=7), "not a tfjs graph model"),
        (of_node("x", attr={"dtype": {"i": "x"}}), "not a tfjs graph model"),
        (of_node("x", attr=7), "not a tfjs graph model"),
        (of_node("x", input=[7]), "not a tfjs graph model"),
        (of_node("places", attr={"dtype": {"type": "DT_STRING"}}), "not a tfjs graph model"),
        (of_node("first", attr={}), "not a tfjs graph model"),
        (of_node("first", attr={"fused_ops": {"list": {"s": ["?"]}}}), "not a tfjs graph model"),
        (of_node("first", input=["x", "wide"]), "not a tfjs graph model"),
    ],
)
def test_what_is_no_tfjs_model_is_refused_in_one_line(
    tiny: Tiny, tmp_path: Path, change: Callable[[Model], object], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        tfjs_to_graphdef(tiny.write(tmp_path, change))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_json_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"m\.json: not a tfjs graph model \(\w+\)$"):
        tfjs_to_graphdef(path)


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"m\.json: not a tfjs graph model"):
        tfjs_to_graphdef(tmp_path / "m.json")


def test_a_model_cannot_read_other_folders(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(10_000))
    with pytest.raises(InputError, match=r"inside/secret\.bin: cannot read the weights"):
        tfjs_to_graphdef(
            tiny.write(tmp_path / "inside", lambda model: model["weightsManifest"][0].update(paths=["../secret.bin"]))
        )


def test_a_graph_that_does_not_hold_together_is_refused_by_the_runner(tiny: Tiny, tmp_path: Path) -> None:
    path = tmp_path / "m.pb"
    path.write_bytes(tfjs_to_graphdef(tiny.write(tmp_path / "m", of_node("mean", op="NoSuchOp"))))
    with pytest.raises(PosestreamError) as caught:
        OpenVinoRunner(path, 1).infer([np.zeros((1, 8, 8, 3), np.float32)])
    assert "\n" not in str(caught.value)


def test_the_json_of_the_fixture_is_json(tiny: Tiny, tmp_path: Path) -> None:
    assert json.loads(tiny.write(tmp_path).read_text())["format"] == "graph-model"
