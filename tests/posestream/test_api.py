"""The door for programs, used as the README says."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from posestream.api import FrameStamp, PoseEstimator, Poses


def test_the_door_gives_the_kernel_s_own_types() -> None:
    assert Poses.__module__.startswith("posestream.schemas")
    assert FrameStamp.__module__.startswith("posestream.schemas")


@pytest.mark.weights
@pytest.mark.testdata
@pytest.mark.usefixtures("pulled_models")
def test_poses_of_one_picture_in_under_ten_lines(testdata: Path) -> None:
    picture = cv2.cvtColor(cv2.imread(str(testdata / "coco" / "images" / "000000197388.jpg")), cv2.COLOR_BGR2RGB)
    with PoseEstimator.of_preset("fast") as estimate:
        poses = estimate(picture)
        nobody = estimate(np.zeros((480, 640, 3), np.uint8))
    assert len(poses) >= 1
    assert poses.keypoints.shape == (len(poses), 17, 2)
    height, width = picture.shape[:2]
    assert (poses.keypoints[poses.keypoint_scores > 0.5] <= (width, height)).all()
    assert (nobody.keypoints.shape, nobody.boxes.shape) == ((0, 17, 2), (0, 4))
