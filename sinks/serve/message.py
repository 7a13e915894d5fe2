"""The live view's message: one frame's skeletons and picture in one piece, so they cannot drift apart.

4 bytes      length of the JSON, big-endian
JSON, UTF-8  the object of poses.jsonl, and "tracks", "bones" and "sides"
the rest     the picture of the same frame as JPEG
"""

import json
import struct
import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from posestream.json_form import tracks_to_json
from posestream.schemas import Frame, Image, Tracks, TrackState
from posestream.skeletons import Skeleton
from sinks.serve.trails import Point

Encoder = Callable[[Image], bytes]

_LENGTH = struct.Struct(">I")


class LiveMessage:
    """One frame for all who watch; made into bytes when the first viewer takes it, then shared.

    Guarantee: the encoder runs at most once, however many viewers; a frame that nobody takes costs nothing.
    It holds on to the frame: its pixels must not be written to again.
    """

    def __init__(self, frame: Frame, tracks: Tracks, trails: Mapping[int, tuple[Point, ...]], encode: Encoder) -> None:
        self._frame = frame
        self._tracks = tracks
        self._trails = trails
        self._encode = encode
        self._lock = threading.Lock()
        self._packed: bytes | None = None

    def packed(self) -> bytes:
        """Give the message's bytes; may take milliseconds, so never called by the pipeline."""
        with self._lock:
            if self._packed is None:
                picture = self._encode(self._frame.image)
                self._packed = pack(live_json(self._tracks, self._trails), picture)
            return self._packed


def pack(head: dict[str, Any], picture: bytes) -> bytes:
    """Join JSON and picture."""
    text = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return _LENGTH.pack(len(text)) + text + picture


def unpack(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Take JSON and picture apart.

    Raises:
        ValueError: if the message is shorter than it says.
    """
    if len(message) < _LENGTH.size:
        raise ValueError(f"live message: wanted at least {_LENGTH.size} bytes, got {len(message)}")
    (length,) = _LENGTH.unpack_from(message)
    end = _LENGTH.size + length
    if len(message) < end:
        raise ValueError(f"live message: wanted {length} bytes of JSON, got {len(message) - _LENGTH.size}")
    return json.loads(message[_LENGTH.size : end]), message[end:]


def live_json(tracks: Tracks, trails: Mapping[int, tuple[Point, ...]]) -> dict[str, Any]:
    """Give the object of poses.jsonl with the smoothed tracks and how to draw them; places in px of the frame."""
    joints = np.concatenate([tracks.keypoints, tracks.keypoint_scores[..., None]], axis=2)
    return tracks_to_json(tracks) | {
        "bones": [list(bone) for bone in tracks.poses.skeleton.bones],
        "sides": joint_sides(tracks.poses.skeleton),
        "tracks": [
            {
                "id": track_id,
                "state": TrackState(state).name.lower(),
                "keypoints": [[round(x, 1), round(y, 1), round(score, 2)] for x, y, score in rows],
                "box": [round(value, 1) for value in box],
                "trail": trails.get(track_id, ()),
            }
            for track_id, state, rows, box in zip(
                tracks.track_ids.tolist(), tracks.states.tolist(), joints.tolist(), tracks.boxes.tolist(), strict=True
            )
        ],
    }


def joint_sides(skeleton: Skeleton) -> list[str]:
    """Say of each keypoint whether it is ``left``, ``right`` or in the ``middle`` of the body, or a ``fine`` one."""
    firsts = [name.partition("_")[0] for name in skeleton.keypoints]
    sides = [first if first in {"left", "right"} else "middle" for first in firsts]
    return ["fine" if joint in skeleton.fine else side for joint, side in enumerate(sides)]
