"""Persons are found through corrections as on the picture of an ordinary camera."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.estimator import PoseEstimator
from ingest.recording import open_recording
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.schemas import Poses

pytestmark = [pytest.mark.weights, pytest.mark.testdata, pytest.mark.usefixtures("pulled_models")]


def looked_at(path: Path, settings: ReadSettings) -> Poses:
    with PoseEstimator.of_preset("accurate", threads=1) as estimator:
        with open_recording(parse_source(str(path)), settings, 0) as recording:
            frame = next(iter(recording))
        poses = estimator.estimate(frame)
    assert (poses.stamp.width, poses.stamp.height) == (frame.stamp.width, frame.stamp.height)
    return poses


@pytest.fixture
def picture(testdata: Path) -> np.ndarray:
    read = cv2.imread(str(testdata / "tfjs_pose" / "three_people.jpg"))
    assert read is not None
    return np.asarray(read)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_camera_that_hangs_askew_sees_what_an_upright_one_sees(
    picture: np.ndarray, tmp_path: Path, turns: int
) -> None:
    height, width = (side - side % 2 for side in picture.shape[:2])
    upright, hung = tmp_path / "upright.png", tmp_path / "hung.png"
    cv2.imwrite(str(upright), picture[:height, :width])
    cv2.imwrite(str(hung), np.rot90(picture[:height, :width], turns))
    wanted = looked_at(upright, ReadSettings("cam"))
    found = looked_at(hung, ReadSettings("cam", rotate=90.0 * turns))
    assert len(wanted) >= 2
    assert found.keypoints == pytest.approx(wanted.keypoints, abs=1e-3)
    assert found.keypoint_scores == pytest.approx(wanted.keypoint_scores, abs=1e-3)


def test_places_in_a_crop_are_those_of_the_whole_less_its_corner(picture: np.ndarray, tmp_path: Path) -> None:
    height, width = picture.shape[:2]
    path = tmp_path / "wide.png"
    cv2.imwrite(str(path), np.pad(picture, ((0, height % 2), (width, width), (0, 0))))
    wanted = looked_at(path, ReadSettings("cam", crop=(0.0, 0.0, 1.0, 1.0)))
    found = looked_at(path, ReadSettings("cam", crop=(0.25, 0.0, 0.75, 1.0)))
    corner = round(0.25 * width * 3 / 2) * 2
    assert len(found) == len(wanted) >= 2
    seen = np.minimum(found.keypoint_scores, wanted.keypoint_scores).max(axis=1) > 0.3
    apart = np.linalg.norm(found.keypoints + np.array([corner, 0]) - wanted.keypoints, axis=2)[seen]
    assert np.median(apart) < 0.02 * height
