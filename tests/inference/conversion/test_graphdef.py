from google.protobuf import json_format

from inference.conversion.graphdef import DATA_TYPES, message_classes


def test_an_empty_graph_has_no_bytes() -> None:
    assert message_classes()["Graph"]().SerializeToString() == b""


def test_the_wire_format_is_tensorflows() -> None:
    # node_def.proto: name = 1, op = 2, input = 3, attr = 5; attr_value.proto: type = 6; types.proto: DT_FLOAT = 1.
    graph = message_classes()["Graph"]()
    node = graph.node.add(name="x", op="Add", input=["a"])
    node.attr.add(key="T").value.type = DATA_TYPES["DT_FLOAT"]
    attribute = b"\x0a\x01T" + b"\x12\x02" + b"\x30\x01"
    inner = b"\x0a\x01x" + b"\x12\x03Add" + b"\x1a\x01a" + b"\x2a" + bytes([len(attribute)]) + attribute
    assert graph.SerializeToString() == b"\x0a" + bytes([len(inner)]) + inner


def test_whole_numbers_of_a_list_are_packed() -> None:
    # attr_value.proto: list.i = 3 [packed = true]
    listed = message_classes()["Attr"]()
    json_format.ParseDict({"list": {"i": ["1", "2", "300"]}}, listed)
    assert listed.SerializeToString() == b"\x0a\x06\x1a\x04\x01\x02\xac\x02"


def test_the_classes_are_made_once() -> None:
    assert message_classes() is message_classes()
