"""The subset of TensorFlow's public graph.proto that published graph models use, built at run time.

Field names and numbers are those of the wire format (tensorflow/core/framework/{graph,node_def,attr_value,
tensor,tensor_shape,types}.proto); the messages live in a package of their own, so a TensorFlow in the same
process is not disturbed. JSON names are those of the tfjs topology file.
"""

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_ONE, _MANY = _Field.LABEL_OPTIONAL, _Field.LABEL_REPEATED
_INT, _FLOAT, _BOOL = _Field.TYPE_INT64, _Field.TYPE_FLOAT, _Field.TYPE_BOOL
_BYTES, _STRING, _ENUM, _MESSAGE = _Field.TYPE_BYTES, _Field.TYPE_STRING, _Field.TYPE_ENUM, _Field.TYPE_MESSAGE

PACKAGE = "posestream_graph"

DATA_TYPES = {
    "DT_INVALID": 0,
    "DT_FLOAT": 1,
    "DT_DOUBLE": 2,
    "DT_INT32": 3,
    "DT_UINT8": 4,
    "DT_STRING": 7,
    "DT_INT64": 9,
    "DT_BOOL": 10,
    "DT_HALF": 19,
}

# message -> (field, number, type, label, name of the message or enum it holds)
_MESSAGES: dict[str, tuple[tuple[str, int, Any, Any, str], ...]] = {
    "Dim": (("size", 1, _INT, _ONE, ""), ("name", 2, _STRING, _ONE, "")),
    "Shape": (("dim", 2, _MESSAGE, _MANY, "Dim"), ("unknownRank", 3, _BOOL, _ONE, "")),
    "Tensor": (
        ("dtype", 1, _ENUM, _ONE, "DataType"),
        ("tensorShape", 2, _MESSAGE, _ONE, "Shape"),
        ("tensorContent", 4, _BYTES, _ONE, ""),
    ),
    "List": (
        ("s", 2, _BYTES, _MANY, ""),
        ("i", 3, _INT, _MANY, ""),
        ("f", 4, _FLOAT, _MANY, ""),
        ("b", 5, _BOOL, _MANY, ""),
        ("type", 6, _ENUM, _MANY, "DataType"),
        ("shape", 7, _MESSAGE, _MANY, "Shape"),
    ),
    "Attr": (
        ("list", 1, _MESSAGE, _ONE, "List"),
        ("s", 2, _BYTES, _ONE, ""),
        ("i", 3, _INT, _ONE, ""),
        ("f", 4, _FLOAT, _ONE, ""),
        ("b", 5, _BOOL, _ONE, ""),
        ("type", 6, _ENUM, _ONE, "DataType"),
        ("shape", 7, _MESSAGE, _ONE, "Shape"),
        ("tensor", 8, _MESSAGE, _ONE, "Tensor"),
    ),
    "AttrEntry": (("key", 1, _STRING, _ONE, ""), ("value", 2, _MESSAGE, _ONE, "Attr")),
    "Node": (
        ("name", 1, _STRING, _ONE, ""),
        ("op", 2, _STRING, _ONE, ""),
        ("input", 3, _STRING, _MANY, ""),
        ("attr", 5, _MESSAGE, _MANY, "AttrEntry"),
    ),
    "Versions": (("producer", 1, _Field.TYPE_INT32, _ONE, ""),),
    "Graph": (("node", 1, _MESSAGE, _MANY, "Node"), ("versions", 4, _MESSAGE, _ONE, "Versions")),
}


@cache
def message_classes() -> dict[str, Any]:
    """Give the message classes by name: Graph, Node, Attr, Tensor, Shape, Dim and List."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{PACKAGE}.proto", package=PACKAGE, syntax="proto2")
    types = file.enum_type.add(name="DataType")
    for name, number in DATA_TYPES.items():
        types.value.add(name=name, number=number)
    for message, fields in _MESSAGES.items():
        entry = file.message_type.add(name=message)
        for name, number, kind, label, holds in fields:
            field = entry.field.add(name=name, number=number, type=kind, label=label, json_name=name)
            if holds:
                field.type_name = f".{PACKAGE}.{holds}"
            if label == _MANY and kind in {_INT, _FLOAT, _BOOL, _ENUM}:
                field.options.packed = True
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        message: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{message}"))
        for message in _MESSAGES
    }
