"""The door for programs: the stages as library calls.

``PoseEstimator`` turns pictures into ``Poses``; see the README for ten lines that work.
"""

from inference.estimator import PoseEstimator
from posestream.schemas import Alert, Frame, FrameStamp, Image, Poses, Tracks

__all__ = ["Alert", "Frame", "FrameStamp", "Image", "PoseEstimator", "Poses", "Tracks"]
