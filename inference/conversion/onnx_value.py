"""A tensor of an ONNX graph, and how it lies against how TensorFlow sees it.

TensorFlow keeps pictures as NHWC, ONNX convolves NCHW. As each value knows its layout, a transpose costs nothing until
someone wants another one: pairs of them never arise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Value:
    """Axis ``order[i]`` of what TensorFlow sees lies at axis i of ``stored``, the shape in the ONNX graph."""

    name: str
    stored: tuple[int, ...]
    dtype: np.dtype[Any]
    order: tuple[int, ...]
    data: Array | None = None
    """The numbers of a constant."""
    natural: bool = False
    """Whole numbers known to be 0 or more."""

    @classmethod
    def of(cls, name: str, shape: Sequence[int], dtype: np.dtype[Any]) -> "Value":
        """Make one that lies as it is seen."""
        return cls(name, tuple(shape), dtype, tuple(range(len(shape))))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape as TensorFlow sees it."""
        return tuple(self.stored[place] for place in np.argsort(self.order))

    @property
    def plain(self) -> bool:
        """Whether it lies as TensorFlow sees it."""
        return self.order == tuple(range(len(self.stored)))

    def place(self, axis: int) -> int:
        """Give where an axis of TensorFlow's, negative ones from the end, lies."""
        return self.order.index(axis % len(self.order))

    def seen_as(self, order: Sequence[int]) -> "Value":
        """Give the same tensor, seen by TensorFlow in another order of axes."""
        return replace(self, order=tuple(order))
