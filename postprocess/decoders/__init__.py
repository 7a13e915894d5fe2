"""Decoders: a network's raw output -> persons or boxes, in pixels of the network's input.

Each is a pure function ``(outputs, options) -> DecodedPoses | DecodedBoxes``; outputs are matched by shape,
never by name or order. The table below is the register; cards name its keys.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from numpy.typing import NDArray

from postprocess.decoders.alphapose import decode_alphapose
from postprocess.decoders.blazepose_landmark import decode_blazepose_landmark
from postprocess.decoders.centernet import decode_centernet
from postprocess.decoders.heatmap import decode_heatmap_quarter
from postprocess.decoders.heatmap_dark import decode_heatmap_dark
from postprocess.decoders.heatmap_udp import decode_heatmap_udp
from postprocess.decoders.keypoint_rcnn import decode_keypoint_rcnn
from postprocess.decoders.movenet import decode_movenet_multi, decode_movenet_single
from postprocess.decoders.nanodet import decode_nanodet
from postprocess.decoders.openpifpaf import decode_openpifpaf
from postprocess.decoders.openpose import decode_openpose_body25, decode_openpose_coco18
from postprocess.decoders.posenet import decode_posenet_multi, decode_posenet_single
from postprocess.decoders.result import DecodedBoxes, DecodedPoses, DecodeOptions
from postprocess.decoders.rtmdet import decode_rtmdet
from postprocess.decoders.rtmo import decode_rtmo
from postprocess.decoders.simcc import decode_simcc
from postprocess.decoders.simcc_dark import decode_simcc_dark
from postprocess.decoders.yolo_boxes import decode_yolo_boxes
from postprocess.decoders.yolo_pose import decode_yolo_pose
from postprocess.decoders.yolo_pose_end_to_end import decode_yolo_pose_end_to_end

PoseDecoder = Callable[[Sequence[NDArray], DecodeOptions], DecodedPoses]  # type: ignore[type-arg]  # any dtype
BoxDecoder = Callable[[Sequence[NDArray], DecodeOptions], DecodedBoxes]  # type: ignore[type-arg]  # any dtype

POSE_DECODERS: Mapping[str, PoseDecoder] = MappingProxyType(
    {
        "alphapose": decode_alphapose,
        "blazepose_landmark": decode_blazepose_landmark,
        "heatmap_dark": decode_heatmap_dark,
        "heatmap_quarter": decode_heatmap_quarter,
        "heatmap_udp": decode_heatmap_udp,
        "keypoint_rcnn": decode_keypoint_rcnn,
        "movenet_multi": decode_movenet_multi,
        "movenet_single": decode_movenet_single,
        "openpifpaf": decode_openpifpaf,
        "openpose_body25": decode_openpose_body25,
        "openpose_coco18": decode_openpose_coco18,
        "posenet_multi": decode_posenet_multi,
        "posenet_single": decode_posenet_single,
        "rtmo": decode_rtmo,
        "simcc": decode_simcc,
        "simcc_dark": decode_simcc_dark,
        "yolo_pose": decode_yolo_pose,
        "yolo_pose_end_to_end": decode_yolo_pose_end_to_end,
    }
)
BOX_DECODERS: Mapping[str, BoxDecoder] = MappingProxyType(
    {
        "centernet": decode_centernet,
        "nanodet": decode_nanodet,
        "rtmdet": decode_rtmdet,
        "yolo_boxes": decode_yolo_boxes,
    }
)

__all__ = [
    "BOX_DECODERS",
    "POSE_DECODERS",
    "BoxDecoder",
    "DecodeOptions",
    "DecodedBoxes",
    "DecodedPoses",
    "PoseDecoder",
]
