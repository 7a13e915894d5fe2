"""Motion of boxes: a batched Kalman filter, constant velocity, on centre x, centre y, width and height.

The four numbers of a box move independently of each other, so each has its own filter of two values (place and
velocity) and its covariance is three numbers: no matrices, no loop over tracks. Noise is in heights of the person,
as near persons move more pixels than far ones. Letters in shapes: T tracks, N poses.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posestream.schemas.checks import Float32

Float64 = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class MotionNoise:
    """Standard deviations in body heights (h).

    ``sight``: of a seen box's numbers; ``acceleration``: white, h/s² in one second's root; ``birth_speed``: of an
    unknown velocity, h/s; ``size_memory_seconds``: after which time a change of size is forgotten.
    """

    sight: float = 0.05
    acceleration: float = 0.65
    birth_speed: float = 1.0
    size_memory_seconds: float = 0.5


@dataclass(frozen=True, eq=False)
class Motion:
    """places (T, 4) px: centre x, centre y, width, height; velocities (T, 4) px/s.

    ``covariances`` (T, 4, 3): variance of the place, covariance of both, variance of the velocity.
    """

    places: Float64
    velocities: Float64
    covariances: Float64

    @property
    def boxes(self) -> Float32:
        """Boxes (T, 4) px: x1, y1, x2, y2."""
        half = self.places[:, 2:] / 2
        return np.concatenate([self.places[:, :2] - half, self.places[:, :2] + half], axis=1).astype(np.float32)

    @property
    def heights(self) -> Float64:
        """Heights (T,) px, at least 1."""
        heights: Float64 = np.maximum(self.places[:, 3], 1.0)
        return heights


def places_of(boxes: NDArray[np.floating]) -> Float64:
    """Give centre x, centre y, width, height (N, 4) of boxes x1, y1, x2, y2 (N, 4)."""
    low, high = boxes[:, :2].astype(np.float64), boxes[:, 2:].astype(np.float64)
    return np.concatenate([(low + high) / 2, np.maximum(high - low, 1.0)], axis=1)


def first_motion(boxes: NDArray[np.floating], noise: MotionNoise) -> Motion:
    """Give the motion of boxes (N, 4) seen for the first time: at rest, as far as is known."""
    places = places_of(boxes)
    covariances = np.zeros((len(places), 4, 3))
    heights = places[:, 3, None]
    covariances[..., 0] = (noise.sight * heights) ** 2
    covariances[..., 2] = (noise.birth_speed * heights) ** 2
    return Motion(places, np.zeros_like(places), covariances)


def predict(motion: Motion, seconds: float, noise: MotionNoise) -> Motion:
    """Give the motion ``seconds`` later with nothing seen; sizes keep at least one pixel."""
    memory = noise.size_memory_seconds
    kept = float(np.exp(-seconds / memory))
    keep = np.array([1.0, 1.0, kept, kept])
    gain = np.array([seconds, seconds, memory * (1 - kept), memory * (1 - kept)])
    places = motion.places + gain * motion.velocities
    places[:, 2:] = np.maximum(places[:, 2:], 1.0)
    push = (noise.acceleration * motion.heights[:, None]) ** 2
    spread, both, pace = (motion.covariances[..., index] for index in range(3))
    covariances = np.stack(
        [
            spread + 2 * gain * both + gain**2 * pace + push * seconds**3 / 3,
            keep * (both + gain * pace) + push * seconds**2 / 2,
            keep**2 * pace + push * seconds,
        ],
        axis=-1,
    )
    return Motion(places, keep * motion.velocities, covariances)


def correct(motion: Motion, rows: Rows, boxes: NDArray[np.floating], noise: MotionNoise) -> Motion:
    """Give the motion after track ``rows[i]`` was seen as ``boxes[i]``; rows are unique."""
    spread, both, pace = (motion.covariances[rows, :, index] for index in range(3))
    total = spread + _sight_variance(motion, noise)[rows, None]
    surprise = places_of(boxes) - motion.places[rows]
    pull, push = spread / total, both / total
    places, velocities, covariances = (array.copy() for array in (motion.places, motion.velocities, motion.covariances))
    places[rows] += pull * surprise
    places[:, 2:] = np.maximum(places[:, 2:], 1.0)
    velocities[rows] += push * surprise
    covariances[rows] = np.stack([(1 - pull) * spread, (1 - pull) * both, pace - push * both], axis=-1)
    return Motion(places, velocities, covariances)


def surprise_sigmas(motion: Motion, boxes: NDArray[np.floating], noise: MotionNoise) -> Float64:
    """Give how unexpected each place is (T, N): distance of the centres in standard deviations."""
    seen = places_of(boxes)
    total = motion.covariances[:, :2, 0] + _sight_variance(motion, noise)[:, None]
    squares = [(seen[None, :, axis] - motion.places[:, axis, None]) ** 2 / total[:, axis, None] for axis in (0, 1)]
    return np.sqrt(squares[0] + squares[1])


def _sight_variance(motion: Motion, noise: MotionNoise) -> Float64:
    variance: Float64 = (noise.sight * motion.heights) ** 2
    return variance
