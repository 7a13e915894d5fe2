"""What flows between the stages: frozen dataclasses of parallel arrays, checked at birth.

Letters in shapes: N persons, K keypoints of the skeleton, H and W pixels.
Units: keypoints and boxes in pixels of the camera's own frame (x right, y down; boxes x1, y1, x2, y2),
scores in [0, 1], times in seconds or UTC nanoseconds with the unit in the name.
"""

from posestream.schemas.alert import Alert, AlertState, Severity
from posestream.schemas.frame import Frame, FrameStamp, TimeSource
from posestream.schemas.image import Image
from posestream.schemas.poses import Poses
from posestream.schemas.tracks import Tracks, TrackState

__all__ = [
    "Alert",
    "AlertState",
    "Frame",
    "FrameStamp",
    "Image",
    "Poses",
    "Severity",
    "TimeSource",
    "TrackState",
    "Tracks",
]
