"""One node of an ONNX graph looked at alone: what shapes come out, and what numbers where all inputs are constants."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from inference.conversion.onnx_value import Array, Value
from posestream.errors import InputError, UsageError

OPSET = 17
"""TensorRT, OpenVINO and ONNX Runtime have read it for years."""
IR_VERSION = 8
"""That of files with opset 17."""
TYPES = {np.dtype(kind): number for kind, number in (("f4", 1), ("i4", 6), ("i8", 7), ("?", 9))}
"""Type of numbers -> its number in onnx.proto."""
_KINDS = {number: kind for kind, number in TYPES.items()}
_MOST_LOOKED_INTO = 64  # numbers of a constant that can be a shape or the like

Proto = Any
"""A message of onnx.proto."""


def import_onnx() -> Any:  # noqa: ANN401  # its classes are made at run time
    """Give the module, or say which extra brings it."""
    try:
        import onnx  # noqa: PLC0415  # only who converts pays for it
        import onnx.reference  # noqa: PLC0415
        import onnx.shape_inference  # noqa: PLC0415
    except ImportError as exc:
        raise UsageError("making an ONNX file needs onnx: pip install 'posestream[models]'") from exc
    return onnx


def outputs_of(node: Proto, inputs: Sequence[Value]) -> list[Value]:
    """Give what comes out of a node, without its numbers.

    Raises:
        InputError: if the inputs do not fit the node, or a shape cannot be known before the network runs.
    """
    onnx = import_onnx()
    kinds = {value.name: onnx.helper.make_tensor_type_proto(TYPES[value.dtype], value.stored) for value in inputs}
    small = [value for value in inputs if value.data is not None and value.data.size <= _MOST_LOOKED_INTO]
    numbers = {value.name: onnx.numpy_helper.from_array(value.data, value.name) for value in small}
    schema = onnx.defs.get_schema(node.op_type, OPSET)
    opset = [onnx.helper.make_opsetid("", OPSET)]
    try:
        answers = onnx.shape_inference.infer_node_outputs(
            schema, node, kinds, numbers, opset_imports=opset, ir_version=IR_VERSION
        )
    except onnx.shape_inference.InferenceError as exc:
        raise InputError(f"{node.name}: its inputs do not fit: {str(exc).splitlines()[0]}") from exc
    return [_known(node, name, answers[name].tensor_type) for name in node.output]


def computed(node: Proto, inputs: Sequence[Value], outputs: Sequence[Value]) -> list[Array]:
    """Give the numbers that come out of a node of constants, by onnx's own reference."""
    onnx = import_onnx()
    declared = [
        [onnx.helper.make_tensor_value_info(value.name, TYPES[value.dtype], value.stored) for value in values]
        for values in (inputs, outputs)
    ]
    graph = onnx.helper.make_graph([node], "constant", *declared)
    opset = onnx.helper.make_opsetid("", OPSET)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    answers = onnx.reference.ReferenceEvaluator(model).run(None, {value.name: value.data for value in inputs})
    return [np.asarray(answer, value.dtype) for answer, value in zip(answers, outputs, strict=True)]


def _known(node: Proto, name: str, kind: Proto) -> Value:
    if not kind.HasField("shape") or any(not size.HasField("dim_value") for size in kind.shape.dim):
        raise InputError(f"{node.name}: what comes out has no shape that is known before the network runs")
    return Value.of(name, [size.dim_value for size in kind.shape.dim], _KINDS[kind.elem_type])
