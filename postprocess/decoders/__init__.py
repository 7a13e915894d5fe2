"""Decoders: a network's raw output -> persons or boxes, in pixels of the network's input.

Each is a pure function ``(outputs, options) -> DecodedPoses | DecodedBoxes``; outputs are matched by shape,
never by name or order. The table below is the register; cards name its keys.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from numpy.typing import NDArray

from postprocess.decoders.movenet import decode_movenet_multi, decode_movenet_single
from postprocess.decoders.nanodet import decode_nanodet
from postprocess.decoders.result import DecodedBoxes, DecodedPoses, DecodeOptions

PoseDecoder = Callable[[Sequence[NDArray], DecodeOptions], DecodedPoses]  # type: ignore[type-arg]  # any dtype
BoxDecoder = Callable[[Sequence[NDArray], DecodeOptions], DecodedBoxes]  # type: ignore[type-arg]  # any dtype

POSE_DECODERS: Mapping[str, PoseDecoder] = MappingProxyType(
    {"movenet_multi": decode_movenet_multi, "movenet_single": decode_movenet_single}
)
BOX_DECODERS: Mapping[str, BoxDecoder] = MappingProxyType({"nanodet": decode_nanodet})

__all__ = [
    "BOX_DECODERS",
    "POSE_DECODERS",
    "BoxDecoder",
    "DecodeOptions",
    "DecodedBoxes",
    "DecodedPoses",
    "PoseDecoder",
]
