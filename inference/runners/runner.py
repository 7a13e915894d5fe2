"""The face of all runners, and one for tests that needs no engine."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

Tensor = NDArray[Any]


class Runner(Protocol):
    """Computes one network."""

    def infer(self, tensors: Sequence[Tensor]) -> list[list[Tensor]]:
        """Give the outputs of each input tensor, in order; the arrays are the caller's own.

        Raises:
            PosestreamError: if the engine refuses a tensor.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds."""
        ...


class FunctionRunner:
    """A runner whose network is a function: for tests and for trying compositions."""

    def __init__(self, function: Callable[[Tensor], list[Tensor]]) -> None:
        self._function = function

    def infer(self, tensors: Sequence[Tensor]) -> list[list[Tensor]]:
        """Apply the function to each tensor."""
        return [self._function(tensor) for tensor in tensors]

    def close(self) -> None:
        """Nothing to free."""
