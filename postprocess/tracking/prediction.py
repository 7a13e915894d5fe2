"""Where the tracked persons are expected at a moment: the crops to look at between two runs of the detector."""

import numpy as np

from posestream.schemas.checks import Float32
from postprocess.tracking.motion import predict
from postprocess.tracking.settings import DEFAULT_SETTINGS, TrackerSettings
from postprocess.tracking.state import TrackerState

_SCORE_HALF_LIFE_SECONDS = 1.0


def predict_boxes(
    state: TrackerState, captured_at_ns: int, settings: TrackerSettings = DEFAULT_SETTINGS
) -> tuple[Float32, Float32]:
    """Give the expected boxes (N, 4) px and scores (N,) of the live tracks, tentative ones included, at a moment.

    A score is that of the last sight, halved with each second unseen. Tracks that will have been unseen for too long
    and those whose middle will have left the frame are left out. Boxes may reach beyond the frame.
    """
    seconds = max(captured_at_ns - state.captured_at_ns, 0) / 1e9
    motion = predict(state.roster.motion, seconds, settings.motion)
    unseen = state.roster.unseen + seconds
    middles = motion.places[:, :2]
    there = ((middles >= 0) & (middles <= (state.width, state.height))).all(axis=1)
    there &= unseen <= settings.lost_seconds
    scores = state.roster.scores * 0.5 ** (unseen / _SCORE_HALF_LIFE_SECONDS)
    return motion.boxes[there], scores[there].astype(np.float32)
