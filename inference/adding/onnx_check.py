"""Is this ONNX file harmless and whole? Asked before an engine reads it.

Nothing is computed here. What a graph may blow up to when it runs is for the limits of the process that tries it.
"""

import math
from collections.abc import Iterator
from pathlib import Path

from inference.adding.onnx_parts import Proto, graphs_of, import_onnx, tensors_of
from posestream.errors import InputError

MOST_BYTES = 2**31 - 1
"""Of an ONNX file: what protobuf reads."""
MOST_NODES = 50_000
MOST_DECLARED = 4 * 2**30
"""Bytes of one tensor, as far as the file says."""
DOMAINS = frozenset({"", "ai.onnx"})
"""Of operators that an engine has itself; others come from a library, and libraries are code."""
_PACKED = 8  # values at most in one number of a typed field: eight 4-bit ones in 32 bits


def read_onnx(path: Path) -> Proto:
    """Parse an ONNX file, without the files beside it, and check what it holds.

    Raises:
        InputError: if it is none, is damaged, or wants what is not allowed; the message has no path.
    """
    onnx = import_onnx()
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"wanted at most {MOST_BYTES} bytes; larger weights belong into a file beside it")
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as exc:  # protobuf's own kinds differ between its implementations
        raise InputError("not an ONNX file, or damaged") from exc
    if not model.ir_version or not model.graph.node:
        raise InputError("not an ONNX file, or damaged: it holds no graph")
    for problem in _problems(model):
        raise InputError(problem)
    return model


def check_whole(path: Path) -> None:
    """Let onnx check the file and those beside it: names, types, versions, places of the weights.

    Raises:
        InputError: with its first line.
    """
    onnx = import_onnx()
    try:
        onnx.checker.check_model(str(path))
    except Exception as exc:  # ValidationError, and whatever its C++ side throws
        raise InputError(f"onnx's checker says: {_first_line(exc)}") from exc


def _problems(model: Proto) -> Iterator[str]:
    """Say what is wrong; nobody asks for more than the first."""
    if model.training_info:
        yield "it holds training steps: export it for inference"
    own = {(function.domain, function.name) for function in model.functions}
    nodes = 0
    for graph in graphs_of(model):
        nodes += len(graph.node)
        if nodes > MOST_NODES:
            yield f"more than {MOST_NODES} operators"
        for node in graph.node:
            if node.domain not in DOMAINS and (node.domain, node.op_type) not in own:
                yield f"operator {node.domain}.{node.op_type} is not of the ONNX standard: it would need a library"
        for tensor in tensors_of(graph):
            yield from _tensor_problems(tensor)
        for info in (*graph.input, *graph.output, *graph.value_info) if hasattr(graph, "initializer") else ():
            yield from _shape_problems(info)


def _tensor_problems(tensor: Proto) -> Iterator[str]:
    onnx = import_onnx()
    name, dims = tensor.name or "a constant", list(tensor.dims)
    if any(side < 0 for side in dims):
        yield f"tensor '{name}' has a negative side"
    count = math.prod(dims)
    size = declared_bytes(tensor)
    if size > MOST_DECLARED:
        yield f"tensor '{name}' declares {_gib(size)}, at most {_gib(MOST_DECLARED)} are read"
    elif tensor.data_location == onnx.TensorProto.EXTERNAL:
        return  # the file beside it is measured when it is brought
    elif tensor.HasField("raw_data"):
        if len(tensor.raw_data) != size:
            yield f"tensor '{name}' declares {size} bytes and has {len(tensor.raw_data)}"
    elif count > _PACKED * _numbers(tensor):
        yield f"tensor '{name}' declares {count} values and has {_numbers(tensor)}"


def declared_bytes(tensor: Proto) -> int:
    """Give the bytes that a tensor's sides and type stand for."""
    onnx = import_onnx()
    if tensor.data_type == onnx.TensorProto.STRING:
        return math.prod(tensor.dims)
    try:
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except (KeyError, ValueError, TypeError):
        raise InputError(f"tensor '{tensor.name or 'a constant'}' is of an unknown type") from None
    bits = 4 if "int4" in kind.name or "float4" in kind.name else 2 if "int2" in kind.name else 8 * kind.itemsize
    return int(-(-math.prod(tensor.dims) * bits // 8))


def _numbers(tensor: Proto) -> int:
    fields = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
    return sum(len(getattr(tensor, field)) for field in fields)


def _shape_problems(info: Proto) -> Iterator[str]:
    sides = [dim.dim_value for dim in info.type.tensor_type.shape.dim]
    if any(side < 0 for side in sides):
        yield f"'{info.name}' has a negative side"
    elif math.prod(max(side, 1) for side in sides) * 4 > MOST_DECLARED:
        size = math.prod(max(side, 1) for side in sides) * 4
        yield f"'{info.name}' declares {_gib(size)}, at most {_gib(MOST_DECLARED)} are computed"


def _gib(size: int) -> str:
    return f"{size / 2**30:.0f} GiB" if size < 2**50 else "more memory than any machine has"


def _first_line(exc: Exception) -> str:
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return "".join(char if char.isprintable() else "?" for char in lines[0])[:200] if lines else type(exc).__name__
