"""Tracking: the same person keeps the same number from frame to frame."""

from postprocess.tracking.prediction import predict_boxes
from postprocess.tracking.settings import TrackerSettings
from postprocess.tracking.state import TrackerState, empty_tracker_state
from postprocess.tracking.tracker import track

__all__ = ["TrackerSettings", "TrackerState", "empty_tracker_state", "predict_boxes", "track"]
