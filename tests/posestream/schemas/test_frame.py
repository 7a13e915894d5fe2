from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from posestream.schemas import Frame, FrameStamp, Image


def test_identity(stamp: FrameStamp) -> None:
    assert stamp.event_id == "lobby/0/7"
    frame = Frame(stamp, Image(np.zeros((4, 4, 3), np.uint8), "rgb24"))
    assert frame.stamp == replace(stamp)
    with pytest.raises(FrozenInstanceError):
        stamp.epoch = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"camera_id": ""}, r"^FrameStamp\.camera_id: wanted a name, got an empty text$"),
        ({"epoch": -1}, r"^FrameStamp: wanted epoch and frame_index >= 0, got -1 and 7$"),
        ({"frame_index": -1}, r"^FrameStamp: wanted epoch and frame_index >= 0, got 0 and -1$"),
        ({"width": 0}, r"^FrameStamp: wanted a size of at least 1x1, got 0x360$"),
        ({"height": 0}, r"^FrameStamp: wanted a size of at least 1x1, got 640x0$"),
        ({"pts_seconds": float("nan")}, r"^FrameStamp\.pts_seconds: wanted a finite number, got nan$"),
    ],
)
def test_what_is_no_frame(stamp: FrameStamp, changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(stamp, **changed)  # type: ignore[arg-type]  # the table holds fields of several types
