"""tfjs graph model -> TensorFlow GraphDef bytes, with numpy and protobuf alone.

A tfjs graph model is a JSON topology beside binary weight shards. Two things differ from a frozen GraphDef:
the weights lie outside (partly as float16), and convolutions may be fused with bias and activation.
"""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import json_format
from numpy.typing import NDArray

from inference.conversion.graphdef import DATA_TYPES, message_classes
from posestream.errors import InputError

_WEIGHT_TYPES = {"float32": "f4", "int32": "i4", "bool": "?"}
_CONSTANT_TYPES = {"DT_FLOAT": "f4", "DT_INT32": "i4", "DT_INT64": "i8", "DT_BOOL": "?"}
_CONVOLUTIONS = {"_FusedConv2D": "Conv2D", "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative"}
_CONVOLUTION_ATTRIBUTES = ("T", "strides", "padding", "explicit_paddings", "dilations", "data_format")
_LEAKY_RELU_ALPHA = {"f": 0.2}  # TensorFlow's own where the node says nothing
_PRODUCER = 1500  # a GraphDef version that readers of today accept


def read_weights(model: dict[str, Any], folder: Path) -> dict[str, NDArray[Any]]:
    """Give the constants of a tfjs model by name, float16 widened to float32.

    Raises:
        InputError: if a shard is missing, too short or quantised in a way that is not known.
    """
    weights: dict[str, NDArray[Any]] = {}
    for group in model["weightsManifest"]:
        try:
            # Only the names: a model file has no say in which folders are read.
            shard = b"".join((folder / Path(path).name).read_bytes() for path in group["paths"])
        except OSError as exc:
            raise InputError(f"{exc.filename}: cannot read the weights: {exc.strerror}") from exc
        at = 0
        for entry in group["weights"]:
            wanted = np.dtype(_WEIGHT_TYPES[entry["dtype"]])
            packed = entry.get("quantization", {}).get("dtype")
            if packed not in {None, "float16"}:
                raise InputError(f"{entry['name']}: weights quantised as {packed} are not supported")
            stored = np.dtype("f2") if packed else wanted
            count = int(np.prod(entry["shape"], dtype=np.int64))
            if at + count * stored.itemsize > len(shard):
                raise InputError(f"{folder}: the weights end early; pull the model again")
            values = np.frombuffer(shard, stored, count, at)
            weights[entry["name"]] = values.astype(wanted).reshape(entry["shape"])
            at += count * stored.itemsize
    return weights


class _GraphWriter:
    """Collects nodes of a GraphDef."""

    def __init__(self) -> None:
        self.classes = message_classes()
        self.graph = self.classes["Graph"]()
        self.graph.versions.producer = _PRODUCER

    def add(self, name: str, op: str, inputs: list[str], attributes: dict[str, Any]) -> None:
        """Add a node; an attribute is a tfjs JSON object or a ready message."""
        node = self.graph.node.add(name=name, op=op)
        node.input.extend(inputs)
        for key, value in sorted(attributes.items()):
            entry = node.attr.add(key=key)
            if isinstance(value, dict):
                json_format.ParseDict(value, entry.value, ignore_unknown_fields=True)
            else:
                entry.value.CopyFrom(value)

    def add_constant(self, name: str, type_name: str, values: NDArray[Any]) -> None:
        """Add a Const node (tfjs stores int64 constants as int32: widened here)."""
        array = np.ascontiguousarray(values.astype(_CONSTANT_TYPES[type_name])).reshape(values.shape)
        value = self.classes["Attr"]()
        value.tensor.dtype = DATA_TYPES[type_name]
        value.tensor.tensorContent = array.tobytes()
        value.tensor.tensorShape.SetInParent()
        for size in values.shape:
            value.tensor.tensorShape.dim.add(size=int(size))
        self.add(name, "Const", [], {"dtype": {"type": type_name}, "value": value})

    def add_unfused(self, node: dict[str, Any]) -> None:
        """Write a fused convolution as convolution, BiasAdd and activation; the last one keeps the name."""
        attributes, inputs = node["attr"], node["input"]
        steps = [base64.b64decode(text, validate=True).decode() for text in attributes["fused_ops"]["list"]["s"]]
        extra_inputs = list(inputs[2:])
        previous = f"{node['name']}/unfused" if steps else node["name"]
        kept = {key: attributes[key] for key in _CONVOLUTION_ATTRIBUTES if key in attributes}
        self.add(previous, _CONVOLUTIONS[node["op"]], inputs[:2], kept)
        for number, step in enumerate(steps):
            name = node["name"] if number == len(steps) - 1 else f"{node['name']}/unfused_{number}"
            step_attributes: dict[str, Any] = {"T": {"type": "DT_FLOAT"}}
            if step == "LeakyRelu":
                step_attributes["alpha"] = attributes.get("leakyrelu_alpha", _LEAKY_RELU_ALPHA)
            step_inputs = [previous, extra_inputs.pop(0)] if step == "BiasAdd" else [previous]
            self.add(name, step, step_inputs, step_attributes)
            previous = name


def tfjs_to_graphdef(model_json: Path) -> bytes:
    """Convert the tfjs graph model at ``model_json`` (its shards lie beside it); the result is deterministic.

    Raises:
        InputError: if the file is no tfjs graph model or its weights do not fit.
    """
    try:
        model = json.loads(model_json.read_text(encoding="utf-8"))
        return _graph_of(model["modelTopology"]["node"], read_weights(model, model_json.parent))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, json_format.Error) as exc:
        # A stranger's file can be wrong at any depth; what it lacks is in the cause.
        raise InputError(f"{model_json}: not a tfjs graph model ({type(exc).__name__})") from exc


def _graph_of(nodes: list[dict[str, Any]], weights: dict[str, NDArray[Any]]) -> bytes:
    writer = _GraphWriter()
    for node in nodes:
        attributes, op = dict(node.get("attr", {})), node["op"]
        if op == "Const":
            writer.add_constant(node["name"], attributes["dtype"]["type"], weights[node["name"]])
        elif op in _CONVOLUTIONS:
            writer.add_unfused(node)
        else:
            writer.add(node["name"], op, list(node.get("input", [])), attributes)
    return bytes(writer.graph.SerializeToString(deterministic=True))
