"""ONNX files made by the tests themselves, of the shapes that real systems have, and their cards.

The networks see one thing: light. A soft white dot in the picture is where all their joints are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

JOINTS = 17
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
Proto = Any
Json = dict[str, Any]


def tensor(name: str, values: Any) -> Proto:  # noqa: ANN401  # whatever numpy takes
    """An initialiser; whole numbers become int64, others float32."""
    array = np.asarray(values)
    return numpy_helper.from_array(array.astype(np.int64 if array.dtype.kind == "i" else np.float32), name)


def model(
    nodes: Sequence[Proto],
    outputs: dict[str, Sequence[int | str]],
    weights: Sequence[Proto],
    sides: Sequence[int | str] = ("n", 3, 256, 192),
    kind: int = TensorProto.FLOAT,
) -> Proto:
    """A model with the input ``x``."""
    graph = helper.make_graph(
        nodes,
        "made_by_a_test",
        [helper.make_tensor_value_info("x", kind, sides)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def light(stride: int) -> tuple[Proto, list[Proto]]:
    """The node that makes ``light`` (n, 17, h / stride, w / stride) of normalised RGB: 0 black, 1 white."""
    weight = np.tile(np.array(STD, np.float32).reshape(1, 3, 1, 1) / 765, (JOINTS, 1, 1, 1))
    bias = np.full(JOINTS, sum(MEAN) / 765, np.float32)
    node = helper.make_node("Conv", ["x", "weight", "bias"], ["light"], strides=[stride, stride])
    return node, [tensor("weight", weight), tensor("bias", bias)]


def simcc() -> Proto:
    """RTMPose's outputs: (n, 17, 384) and (n, 17, 512)."""
    node, weights = light(1)
    nodes = [node]
    for name, axis in (("simcc_x", 2), ("simcc_y", 3)):
        nodes += [
            helper.make_node("ReduceMax", ["light"], [f"{name}_row"], axes=[axis], keepdims=0),
            helper.make_node("Unsqueeze", [f"{name}_row", "last"], [f"{name}_one"]),
            helper.make_node("Concat", [f"{name}_one", f"{name}_one"], [f"{name}_two"], axis=3),
            helper.make_node("Reshape", [f"{name}_two", "flat"], [name]),
        ]
    weights += [tensor("last", [3]), tensor("flat", [0, JOINTS, -1])]
    return model(nodes, {"simcc_x": ["n", JOINTS, 384], "simcc_y": ["n", JOINTS, 512]}, weights)


def heatmap() -> Proto:
    """HRNet's output: (n, 17, 64, 48)."""
    node, weights = light(4)
    return model([node, helper.make_node("Identity", ["light"], ["maps"])], {"maps": ["n", JOINTS, 64, 48]}, weights)


def constant(values: NDArray[np.float32], sides: Sequence[int | str] = (1, 3, 64, 64)) -> Proto:
    """A network whose answer is always the same."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["none"]),
        helper.make_node("Add", ["none", "values"], ["answer"]),
    ]
    weights = [tensor("nothing", 0.0), tensor("values", values)]
    return model(nodes, {"answer": list(values.shape)}, weights, sides)


def multi(*boxes: tuple[float, float, float, float]) -> Proto:
    """MoveNet MultiPose's output [1, 6, 56]: a person in each box x1, y1, x2, y2 (shares), joints in its middle."""
    rows = np.zeros((1, 6, 56), np.float32)
    for row, (x1, y1, x2, y2) in zip(rows[0], boxes, strict=False):
        row[:] = [*[(y1 + y2) / 2, (x1 + x2) / 2, 0.9] * JOINTS, y1, x1, y2, x2, 0.8]
    return constant(rows)


def single() -> Proto:
    """MoveNet SinglePose's output [1, 1, 17, 3]: all joints in the middle."""
    return constant(np.tile(np.array([0.5, 0.5, 0.9], np.float32), (1, 1, JOINTS, 1)))


def yolo(box: tuple[float, float, float, float]) -> Proto:
    """YOLO-pose v8's output [1, 56, 2100] for 320 x 320: nine anchors find a box (px), all joints are in its middle."""
    rows = np.zeros((1, 5 + 3 * JOINTS, 2100), np.float32)
    (x1, y1, x2, y2), middle = box, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    rows[0, :, 700:709] = np.array([*middle, x2 - x1, y2 - y1, 0.9, *[*middle, 0.8] * JOINTS], np.float32)[:, None]
    return constant(rows, (1, 3, 320, 320))


def nested(inner: Sequence[Proto], weights: Sequence[Proto] = ()) -> Proto:
    """A network with these nodes inside of a branch: hidden from who looks at the main graph only."""
    branches = {
        name: helper.make_graph([*nodes, helper.make_node("Identity", ["x"], [f"{name}_answer"])], name, [],
                                [helper.make_tensor_value_info(f"{name}_answer", TensorProto.FLOAT, None)], tensors)
        for name, nodes, tensors in (("then_branch", inner, weights), ("else_branch", [], []))
    }  # fmt: skip
    node = helper.make_node("If", ["sure"], ["answer"], **branches)
    sure = numpy_helper.from_array(np.array(True), "sure")  # noqa: FBT003  # a constant
    return model([node], {"answer": [1, 3, 64, 64]}, [sure], (1, 3, 64, 64))


def external(made: Proto, name: str, location: str, **entries: object) -> Proto:
    """The same with the values of one initialiser said to lie in a file; nothing is written."""
    (found,) = [each for each in made.graph.initializer if each.name == name]
    found.ClearField("raw_data")
    found.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        entry = found.external_data.add()
        entry.key, entry.value = key, str(value)
    return made


def raw(made: Proto, name: str) -> bytes:
    """The bytes of one initialiser."""
    (found,) = [each for each in made.graph.initializer if each.name == name]
    return bytes(found.raw_data)


def save(made: Proto, path: Path) -> Path:
    """Write a model without asking onnx whether it is right."""
    path.write_bytes(made.SerializeToString())
    return path


CARD: Json = {
    "name": "mine",
    "summary": "made by a test",
    "task": "crop-pose",
    "source": {"kind": "file", "origin": "made by a test"},
    "format": "onnx",
    "licence": {"name": "Apache-2.0", "note": "none"},
    "input": {
        "layout": "nchw", "dtype": "float32", "channels": "rgb", "size": [256, 192], "mean": list(MEAN),
        "std": list(STD), "padding": 1.25, "grid": "centres",
    },
    "decoder": "simcc",
    "skeleton": "coco17",
    "min_score": 0.0,
}  # fmt: skip
PLAIN_INPUT: Json = {"layout": "nchw", "dtype": "float32", "channels": "rgb", "size": [64, 64]}
SINGLE: Json = CARD | {"decoder": "movenet_single", "input": PLAIN_INPUT}
MULTI: Json = SINGLE | {"name": "finder", "task": "picture-pose", "decoder": "movenet_multi", "min_score": 0.1}
YOLO: Json = MULTI | {
    "name": "yolo",
    "decoder": "yolo_pose",
    "min_score": 0.25,
    "input": {
        "layout": "nchw", "dtype": "float32", "channels": "rgb", "size": [320, 320], "std": [255, 255, 255],
        "fit": "centre", "pad": 114,
    },
}  # fmt: skip


def write_card(folder: Path, card: Json = CARD, **changes: Any) -> Path:  # noqa: ANN401  # whatever YAML holds
    """Write a card as YAML; gives its path."""
    path = folder / f"{changes.get('name', card['name'])}.yaml"
    path.write_text(yaml.safe_dump(card | changes, sort_keys=False))
    return path
