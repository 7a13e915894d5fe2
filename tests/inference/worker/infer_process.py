"""An infer worker with a network of its own kind, as a process that tests may kill: python infer_process.py CONFIG ID.

Its estimator sees one person as wide as the picture, and takes the milliseconds that INFER_MS says for a batch.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from posestream.config import load_config
from posestream.hosts.infer import serve_with
from posestream.logs import configure_logs, get_log
from posestream.schemas import Frame, Poses
from posestream.service import ServiceOptions
from posestream.skeletons import COCO17


class OnePerson:
    """Sees one person in every picture."""

    model, skeleton, can_follow, detector_every = "one@1", COCO17, False, 1

    def warm_up(self) -> None:
        """Take as many seconds as WARM_UP_S says."""
        get_log("infer").info("compiling")
        time.sleep(float(os.environ.get("WARM_UP_S", "0")))

    def estimate_many(self, frames: Sequence[Frame]) -> list[Poses]:
        time.sleep(float(os.environ.get("INFER_MS", "0")) / 1000)
        return [self._poses(frame) for frame in frames]

    def _poses(self, frame: Frame) -> Poses:
        box = np.array([[0, 0, frame.stamp.width, frame.stamp.height]], np.float32)
        return Poses(
            stamp=frame.stamp,
            skeleton=self.skeleton,
            model=self.model,
            keypoints=np.repeat(box.reshape(1, 2, 2), [9, 8], axis=1),
            keypoint_scores=np.full((1, 17), 0.5, np.float32),
            boxes=box,
            scores=np.full(1, 0.5, np.float32),
        )


@contextmanager
def opened() -> Iterator[OnePerson]:
    yield OnePerson()


if __name__ == "__main__":
    configure_logs(verbose=True)
    config, worker_id = Path(sys.argv[1]), sys.argv[2]
    sys.exit(serve_with(load_config(config), ServiceOptions(worker_id, config.parent, 0), opened))
