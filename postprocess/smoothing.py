"""Causal smoothing of joints: a One-Euro filter per joint that rides on the moving body.

Slow joints are smoothed hard (no tremble), fast ones hardly (no lag): the cut-off frequency rises with the speed.
Before filtering, the old place is carried along by the body's own motion (``drift``), so a steady walk gives no lag
and a joint that is covered stays on the body. Letters in shapes: N persons, K keypoints.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32

_SHORTEST_STEP = 1e-3


@dataclass(frozen=True)
class SmoothingSettings:
    """How hard to smooth.

    ``min_cutoff_hz`` rules a joint at rest, ``cutoff_per_speed`` adds Hz for each body height per second,
    ``speed_cutoff_hz`` smooths the speed itself. A joint scored below ``min_score`` is not believed: it rides on
    the body; after ``restart_seconds`` of that the next sure sight is taken as it is.
    """

    min_cutoff_hz: float = 2.0
    cutoff_per_speed: float = 6.0
    speed_cutoff_hz: float = 2.0
    min_score: float = 0.2
    restart_seconds: float = 0.6


@dataclass(frozen=True, eq=False)
class Joints:
    """Memory of the filter: places (N, K, 2) px, speeds (N, K, 2) px/s against the body.

    ``hidden_seconds`` (N, K) is the time since the joint was last sure, infinite if it never was.
    """

    places: Float32
    speeds: Float32
    hidden_seconds: Float32


def first_joints(places: Float32, scores: Float32, settings: SmoothingSettings) -> Joints:
    """Give the memory after the first sight of persons (N, K, 2) with scores (N, K)."""
    hidden = np.where(scores >= settings.min_score, 0.0, np.inf).astype(np.float32)
    return Joints(places.copy(), np.zeros_like(places), hidden)


def carry(joints: Joints, drift: NDArray[np.floating], seconds: float) -> Joints:
    """Give the memory after ``seconds`` in which the bodies moved by ``drift`` (N, 2) px and nothing was seen."""
    places = joints.places + drift[:, None].astype(np.float32)
    return Joints(places, joints.speeds, joints.hidden_seconds + np.float32(seconds))


def smooth(
    carried: Joints,
    places: Float32,
    scores: Float32,
    seconds: NDArray[np.floating],
    heights: NDArray[np.floating],
    settings: SmoothingSettings,
) -> Joints:
    """Give the memory after a sight: ``places`` (N, K, 2) with ``scores`` (N, K).

    Args:
        carried: the memory of the same persons, carried to now with `carry`.
        places: where the joints were seen, px.
        scores: how sure each is.
        seconds: (N,) time since each person's last sight; may differ and may be 0 (two frames of one moment).
        heights: (N,) height of each body in px: the unit of speed.
        settings: how hard to smooth.

    Returns:
        The new memory; its ``places`` are the smoothed joints. A joint never sure so far has its raw place.
    """
    step = np.maximum(seconds, _SHORTEST_STEP).astype(np.float32)[:, None, None]
    residual = places - carried.places
    speeds = carried.speeds + _share(settings.speed_cutoff_hz, step) * (residual / step - carried.speeds)
    relative = (
        np.linalg.norm(speeds, axis=2, keepdims=True) / np.maximum(heights, 1.0).astype(np.float32)[:, None, None]
    )
    cutoff = settings.min_cutoff_hz + settings.cutoff_per_speed * relative
    sure = scores >= settings.min_score
    restart = carried.hidden_seconds > settings.restart_seconds + seconds.astype(np.float32)[:, None]
    raw = restart & (sure | np.isinf(carried.hidden_seconds))
    filtered = (sure & ~raw)[..., None]
    moved = carried.places + np.where(filtered, _share(cutoff, step) * residual, np.float32(0))
    return Joints(
        places=np.where(raw[..., None], places, moved).astype(np.float32),
        speeds=np.where(filtered, speeds, np.float32(0)).astype(np.float32),
        hidden_seconds=np.where(sure, np.float32(0), carried.hidden_seconds),
    )


def _share(cutoff_hz: float | Float32, step: Float32) -> Float32:
    """Give the weight of the new value in a low-pass of this cut-off over ``step`` seconds."""
    turn = np.float32(2 * np.pi) * np.asarray(cutoff_hz, np.float32) * step
    weight: Float32 = turn / (turn + np.float32(1))
    return weight
