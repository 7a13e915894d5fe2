"""In which precision a graph and an engine really compute: read from them, never from their names."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from inference.adding.onnx_parts import Proto, graphs_of, import_onnx, tensors_of
from inference.runners.tensorrt_api import TensorRt
from posestream.errors import PosestreamError, UsageError

Precision = Literal["fp32", "fp16", "int8"]
_KINDS = (
    ("int8", ("int8",)),
    ("bf16", ("bf16", "bfloat16")),
    ("fp8", ("fp8",)),
    ("fp16", ("fp16", "half")),
    ("fp32", ("fp32", "float")),
)
"""Kind -> how TensorRT's inspector writes it, in the order in which they are looked for."""


def graph_precision(graph: Path) -> Precision:
    """Give the precision in which most of a graph's weights are stored."""
    return weights_precision(import_onnx().load(str(graph), load_external_data=False))


def weights_precision(model: Proto) -> Precision:
    """Give the precision in which most weights of a loaded graph are stored; without any, float32."""
    types = import_onnx().TensorProto
    names: dict[int, Precision] = {types.FLOAT: "fp32", types.FLOAT16: "fp16", types.INT8: "int8", types.UINT8: "int8"}
    counts: Counter[Precision] = Counter({"fp32": 0})
    for graph in graphs_of(model):
        for tensor in tensors_of(graph):
            if tensor.data_type in names:
                counts[names[tensor.data_type]] += math.prod(tensor.dims)
    return counts.most_common(1)[0][0]


def engine_precision(trt: TensorRt, engine: Any) -> tuple[str, dict[str, int]]:  # noqa: ANN401  # untyped library
    """Give an engine's precision, and how many tensors between its layers have which.

    The lowest that occurs: in a strongly typed network nothing but the graph can have asked for it. How much of the
    graph did is for `graph_precision` to say.

    Raises:
        PosestreamError: if the engine does not say: then nobody may claim a precision.
    """
    text = engine.create_engine_inspector().get_engine_information(trt.LayerInformationFormat.JSON)
    try:
        layers = json.loads(text)["Layers"]
    except (ValueError, KeyError, TypeError) as exc:
        raise PosestreamError("the engine does not say in which precision its layers compute") from exc
    counts = Counter(kind for layer in layers for kind in _kinds_of(layer))
    for kind, _ in _KINDS:
        if counts[kind]:
            return kind, dict(counts)
    raise PosestreamError("the engine does not say in which precision its layers compute")


def check_precision(claimed: Precision, found: str, what: str) -> None:
    """Refuse a claim that does not hold.

    Raises:
        UsageError: naming what is claimed, what is true and how to get the other.
    """
    if claimed != found:
        raise UsageError(
            f"{what} computes in {found}, not in {claimed}: make a graph of that precision with "
            "'posestream models precision'"
        )


def _kinds_of(layer: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
    """Give the kinds of what a layer reads and writes; whole numbers have none."""
    if not isinstance(layer, dict):
        return  # its name alone: an engine built to say no more
    for tensor in (*layer.get("Inputs", ()), *layer.get("Outputs", ())):
        # TensorRT 11 says "DataType"; 10 says both in one: "Row major linear FP16 format (kLINEAR)".
        text = " ".join(str(value) for key, value in tensor.items() if "datatype" in key.lower()).lower()
        for kind, words in _KINDS:
            if any(word in text for word in words):
                yield kind
                break
