from types import ModuleType
from typing import Any

import pytest
from onnx import TensorProto, helper

from inference.adding.onnx_input import check_input, fed_sides
from inference.models.card import InputCard
from posestream.errors import UsageError


def eats(**changes: Any) -> InputCard:  # noqa: ANN401  # fields of a card
    plain = {"layout": "nchw", "dtype": "float32", "channels": "rgb", "size": [256, 192]}
    return InputCard.model_validate(plain | changes)


def open_model(own_networks: ModuleType, sides: list[int | str], kind: int = TensorProto.FLOAT) -> Any:  # noqa: ANN401
    return own_networks.model([helper.make_node("Identity", ["x"], ["y"])], {"y": sides}, [], sides, kind)


@pytest.mark.parametrize(
    ("sides", "card"),
    [
        (["n", 3, 256, 192], eats()),
        ([1, 3, 256, 192], eats()),
        (["n", 3, "h", "w"], eats()),
        (["n", "c", "h", "w"], eats()),
        ([1, 256, 192, 3], eats(layout="nhwc")),
        ([1, 3, "h", "w"], eats(size=None, area=1000)),
        ([1, 3, 256, "w"], eats(size=None, area=1000)),
    ],
)
def test_an_input_that_fits(own_networks: ModuleType, sides: list[int | str], card: InputCard) -> None:
    check_input(open_model(own_networks, sides), card)


@pytest.mark.parametrize(
    ("sides", "kind", "card", "said"),
    [
        ([1, 3, 384, 288], TensorProto.FLOAT, eats(),
         "its input 'x' is [1, 3, 384, 288] float32, the card feeds [1, 3, 256, 192] float32"),
        ([1, 256, 192, 3], TensorProto.FLOAT, eats(),
         "its input 'x' is [1, 256, 192, 3] float32, the card feeds [1, 3, 256, 192] float32"),
        (["n", 3, "h", "w"], TensorProto.UINT8, eats(),
         "its input 'x' is [any, 3, any, any] uint8, the card feeds [1, 3, 256, 192] float32"),
        (["n", 3, "h", "w"], TensorProto.FLOAT16, eats(dtype="int32"),
         "its input 'x' is [any, 3, any, any] float16, the card feeds [1, 3, 256, 192] int32"),
        ([8, 3, 256, 192], TensorProto.FLOAT, eats(),
         "its input 'x' is [8, 3, 256, 192] float32, the card feeds [1, 3, 256, 192] float32"),
        ([1, 1, 3, 256, 192], TensorProto.FLOAT, eats(),
         "its input 'x' is [1, 1, 3, 256, 192] float32, the card feeds [1, 3, 256, 192] float32"),
        ([1, 4, "h", "w"], TensorProto.FLOAT, eats(size=None, area=9),
         "its input 'x' is [1, 4, any, any] float32, the card feeds [1, 3, any, any] float32"),
        ([1, 3, 368, 656], TensorProto.FLOAT, eats(size=None, area=9),
         "its input has a fixed size: write size: [368, 656] in the card instead of area"),
        ([1, 368, 656, 3], TensorProto.FLOAT, eats(layout="nhwc", size=None, area=9),
         "its input has a fixed size: write size: [368, 656] in the card instead of area"),
    ],
)  # fmt: skip
def test_an_input_that_does_not_fit(
    own_networks: ModuleType, sides: list[int | str], kind: int, card: InputCard, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        check_input(open_model(own_networks, sides, kind), card)
    assert str(caught.value) == said


def test_an_input_without_a_shape_is_left_to_the_trial(own_networks: ModuleType) -> None:
    model = open_model(own_networks, ["n", 3, "h", "w"])
    model.graph.input[0].type.tensor_type.ClearField("shape")
    check_input(model, eats())


@pytest.mark.parametrize(("names", "said"), [([], "none"), (["x", "info"], "x, info")])
def test_networks_with_one_input_only(own_networks: ModuleType, names: list[str], said: str) -> None:
    model = open_model(own_networks, [1, 3, 256, 192])
    model.graph.ClearField("input")
    model.graph.input.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in names)
    with pytest.raises(UsageError, match=f"^wanted a network with one input, got {said}$"):
        check_input(model, eats())


def test_weights_that_old_files_list_among_the_inputs_are_none(own_networks: ModuleType) -> None:
    model = open_model(own_networks, [1, 3, 256, 192])
    model.graph.initializer.append(own_networks.tensor("w", [1.0]))
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, [1]))
    check_input(model, eats())


def test_what_a_card_feeds() -> None:
    assert fed_sides(eats()) == (1, 3, 256, 192)
    assert fed_sides(eats(layout="nhwc", size=None, area=5)) == (1, None, None, 3)
