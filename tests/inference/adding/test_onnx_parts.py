import sys
from types import ModuleType

import pytest
from onnx import helper

from inference.adding.onnx_parts import graphs_of, import_onnx, tensors_of
from posestream.errors import UsageError


def names_of(model: object) -> set[str]:
    return {tensor.name for graph in graphs_of(model) for tensor in tensors_of(graph)}


def test_graphs_inside_of_nodes_are_found(own_networks: ModuleType) -> None:
    inner = helper.make_node("Constant", [], ["c"], value=own_networks.tensor("deep", [1.0, 2.0]))
    model = own_networks.nested([inner], [own_networks.tensor("deeper", [3.0])])
    assert len(list(graphs_of(model))) == 3
    assert names_of(model) == {"sure", "deep", "deeper"}


def test_functions_and_their_constants_are_found(own_networks: ModuleType) -> None:
    model = own_networks.single()
    inner = helper.make_node("Constant", [], ["c"], value=own_networks.tensor("in_function", [1.0]))
    model.functions.append(helper.make_function("mine", "Twice", ["a"], ["b"], [inner], [helper.make_opsetid("", 17)]))
    assert names_of(model) == {"nothing", "values", "in_function"}


def test_sparse_tensors_and_lists_of_tensors_are_found(own_networks: ModuleType) -> None:
    model = own_networks.single()
    sparse = helper.make_sparse_tensor(own_networks.tensor("kept", [1.0]), own_networks.tensor("places", [0]), [9])
    model.graph.sparse_initializer.append(sparse)
    node = helper.make_node("Constant", [], ["c"])
    node.attribute.append(helper.make_attribute("sparse_value", sparse))
    node.attribute.append(helper.make_attribute("more", [own_networks.tensor("one", [1.0])]))
    model.graph.node.append(node)
    found = [tensor.name for graph in graphs_of(model) for tensor in tensors_of(graph)]
    assert sorted(found) == ["kept", "kept", "nothing", "one", "places", "places", "values"]


def test_without_onnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UsageError, match=r"pip install 'posestream\[models\]'$"):
        import_onnx()
