"""What following persons costs: CPU milliseconds a frame of `track`, median over frames, by number of persons.

Run: python benchmarks/tracking_cost.py [--frames 100] [--seed 7]
Persons walk at random through a 1920x1080 view, seen with noise at 5 frames a second; one in ten sights is missing.
"""

import argparse
import statistics
import time

import numpy as np

from posestream.schemas import FrameStamp, Poses, TimeSource
from posestream.skeletons import COCO17
from postprocess.tracking import TrackerSettings, empty_tracker_state, track

SIZE = (1920, 1080)
STEP_SECONDS = 0.2


def walk(persons: int, frames: int, random: np.random.Generator) -> list[Poses]:
    """Give the poses of persons who walk through the view and turn back at its border."""
    places = random.uniform((0, 0), SIZE, (persons, 2))
    speeds = random.normal(0, 60, (persons, 2))
    body = random.uniform((-20, -80), (20, 80), (persons, len(COCO17.keypoints), 2))
    return [poses_at(places + index * STEP_SECONDS * speeds, body, index, random) for index in range(frames)]


def poses_at(places: np.ndarray, body: np.ndarray, index: int, random: np.random.Generator) -> Poses:
    """Give the poses of one frame; ``places`` (N, 2) are folded back into the view."""
    folded = np.abs((places + SIZE) % (2 * np.array(SIZE)) - SIZE)
    joints = folded[:, None] + body + random.normal(0, 2, body.shape)
    joints = joints[random.random(len(joints)) > 0.1].astype(np.float32)
    seconds = index * STEP_SECONDS
    return Poses(
        stamp=FrameStamp("view", 0, index, seconds, round(seconds * 1e9), TimeSource.FILE, *SIZE),
        skeleton=COCO17,
        model="random walk",
        keypoints=joints,
        keypoint_scores=random.uniform(0.1, 1.0, joints.shape[:2]).astype(np.float32),
        boxes=np.concatenate([joints.min(axis=1), joints.max(axis=1)], axis=1),
        scores=random.uniform(0.4, 1.0, len(joints)).astype(np.float32),
    )


def cost_ms(frames: list[Poses]) -> list[float]:
    """Give the CPU milliseconds of each frame after the first ten (the tracks are confirmed by then)."""
    state, costs = empty_tracker_state(), []
    for poses in frames:
        start = time.process_time_ns()
        state, _ = track(state, poses, TrackerSettings())
        costs.append((time.process_time_ns() - start) / 1e6)
    return costs[10:]


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--frames", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=7)
    options = arguments.parse_args()
    print(f"{'persons':>8} {'median ms':>10} {'p90 ms':>8}")
    for persons in (5, 50, 200):
        costs = cost_ms(walk(persons, options.frames, np.random.default_rng(options.seed)))
        print(f"{persons:8d} {statistics.median(costs):10.2f} {statistics.quantiles(costs, n=10)[-1]:8.2f}")


if __name__ == "__main__":
    main()
