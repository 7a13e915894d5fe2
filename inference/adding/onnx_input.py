"""Does an ONNX file eat what its card feeds?"""

from inference.adding.onnx_parts import Proto, import_onnx
from inference.models.card import InputCard
from posestream.errors import UsageError

Sides = tuple[int | None, ...]
"""None stands for a side that the file leaves open."""


def check_input(model: Proto, card: InputCard) -> None:
    """Compare the network's only input with the card's.

    Raises:
        UsageError: naming what the file wants and what the card feeds.
    """
    onnx = import_onnx()
    filled = {tensor.name for tensor in model.graph.initializer}
    inputs = [info for info in model.graph.input if info.name not in filled]
    if len(inputs) != 1:
        names = ", ".join(info.name for info in inputs[:5]) or "none"
        raise UsageError(f"wanted a network with one input, got {names}")
    tensor = inputs[0].type.tensor_type
    kind = onnx.TensorProto.DataType.Name(tensor.elem_type).lower()
    wants = {"float": "float32"}.get(kind, kind)
    # Without a shape anything goes: the trial will tell.
    sides = tuple(dim.dim_value or None for dim in tensor.shape.dim) if tensor.HasField("shape") else (None,) * 4
    feeds = fed_sides(card)
    fits = len(sides) == 4 and all(None in {want, fed} or want == fed for want, fed in zip(sides, feeds, strict=True))
    if wants != card.dtype or not fits:
        raise UsageError(
            f"its input '{inputs[0].name}' is {_text(sides)} {wants}, the card feeds {_text(feeds)} {card.dtype}"
        )
    if card.size is None and None not in sides:
        place = slice(1, 3) if card.layout == "nhwc" else slice(2, 4)
        raise UsageError(f"its input has a fixed size: write size: {list(sides[place])} in the card instead of area")


def fed_sides(card: InputCard) -> Sides:
    """Give the sides of the tensors that a card feeds."""
    rows, columns = card.size or (None, None)
    return (1, rows, columns, 3) if card.layout == "nhwc" else (1, 3, rows, columns)


def _text(sides: Sides) -> str:
    return "[" + ", ".join("any" if side is None else str(side) for side in sides) + "]"
