"""A node of a GraphDef as the emitters see it, and what an emitter is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from inference.conversion.onnx_value import Value
from inference.conversion.onnx_writer import OnnxWriter
from posestream.errors import InputError


@dataclass(frozen=True)
class TfNode:
    """A node of TensorFlow's: its attributes are messages of graphdef.py."""

    name: str
    op: str
    attributes: dict[str, Any]
    alone: bool = True
    """Whether its first input goes nowhere else, so that the two may become one."""

    def number(self, key: str, default: int = 0) -> int:
        """Give a whole number."""
        return int(self.attributes[key].i) if key in self.attributes else default

    def real(self, key: str, default: float) -> float:
        """Give a real number."""
        return float(self.attributes[key].f) if key in self.attributes else default

    def numbers(self, key: str) -> tuple[int, ...]:
        """Give a list of whole numbers; empty where the node says nothing."""
        return tuple(self.attributes[key].list.i) if key in self.attributes else ()

    def word(self, key: str, default: str = "") -> str:
        """Give a text."""
        return bytes(self.attributes[key].s).decode() if key in self.attributes else default

    def flag(self, key: str) -> bool:
        """Give a yes or no; no where the node says nothing."""
        return key in self.attributes and bool(self.attributes[key].b)

    def kind(self, key: str) -> int:
        """Give a type's number in graphdef.DATA_TYPES; 0 where the node says nothing."""
        return int(self.attributes[key].type) if key in self.attributes else 0

    def refuse(self, why: str) -> InputError:
        """Give the error that says why this node cannot be written."""
        return InputError(f"operation {self.op} ({self.name}): {why}")


Emitter = Callable[[OnnxWriter, TfNode, Sequence[Value]], Value | list[Value]]
"""Writes one node of TensorFlow's; what comes out is seen as TensorFlow sees it."""


def whole_numbers(node: TfNode, value: Value) -> list[int]:
    """Give the numbers of a constant input, flat; raises InputError if it is none."""
    if value.data is None:
        raise node.refuse("wanted a constant where the network computes one")
    return [int(number) for number in value.data.reshape(-1)]
