"""The real networks on real pictures: how good the presets are, and what they do at the edges."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.estimator import PoseEstimator
from posestream.hosts.eval_poses import results_of_pictures
from posestream.schemas import Frame, FrameStamp, Image, Poses, TimeSource
from postprocess.metrics import evaluate_poses, read_truth

pytestmark = [pytest.mark.weights, pytest.mark.testdata]
PRESETS = ("fast", "accurate", "3d")


@pytest.fixture(scope="module", params=PRESETS)
def preset(request: pytest.FixtureRequest, pulled_models: None) -> Iterator[tuple[str, PoseEstimator]]:  # noqa: ARG001  # only asks
    """Name and estimator of each preset in turn."""
    with PoseEstimator.of_preset(request.param) as estimator:
        yield request.param, estimator


@pytest.fixture(scope="module")
def accurate(pulled_models: None) -> Iterator[PoseEstimator]:  # noqa: ARG001  # only asks
    with PoseEstimator.of_preset("accurate") as estimator:
        yield estimator


@pytest.fixture(scope="module")
def truth(testdata: Path) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((testdata / "coco" / "person_keypoints.json").read_text())
    return tree


def read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(cv2.imread(str(path))[..., ::-1], np.uint8)


def test_the_presets_are_as_good_as_promised(
    preset: tuple[str, PoseEstimator], testdata: Path, truth: dict[str, Any]
) -> None:
    name, estimator = preset
    wanted = {
        "fast": {"AP": 0.45, "PCK@0.2": 0.78},
        "accurate": {"AP": 0.74, "PCK@0.2": 0.86},
        "3d": {"AP": 0.46, "PCK@0.2": 0.77},
    }[name]
    figures = measured(estimator, testdata, truth)
    for figure, least in wanted.items():
        assert figures[figure] >= least, (name, figure, figures)


@pytest.mark.usefixtures("pulled_posenet")
def test_posenet_is_as_good_as_it_was_elsewhere(testdata: Path, truth: dict[str, Any]) -> None:
    with PoseEstimator.of_preset("posenet") as estimator:
        figures = measured(estimator, testdata, truth)
    assert figures["AP"] >= 0.5, figures
    assert figures["PCK@0.2"] >= 0.77, figures


def measured(estimator: PoseEstimator, testdata: Path, truth: dict[str, Any]) -> dict[str, Any]:
    rows = results_of_pictures(testdata / "coco" / "images", truth, estimator, lambda *_: None)
    figures: dict[str, Any] = evaluate_poses(read_truth(truth), rows).as_json()
    assert figures["images"] == 4
    return figures


@pytest.mark.parametrize("size", [(480, 640), (1, 1), (2, 900), (1080, 608)])
def test_nobody_is_in_a_black_picture(preset: tuple[str, PoseEstimator], size: tuple[int, int]) -> None:
    assert len(preset[1](np.zeros((*size, 3), np.uint8))) == 0


def test_the_same_picture_gives_the_same_poses(preset: tuple[str, PoseEstimator], testdata: Path) -> None:
    picture = read(testdata / "coco" / "images" / "000000197388.jpg")
    with PoseEstimator.of_preset(preset[0]) as another:
        one, other, again = preset[1](picture), another(picture), preset[1](picture)
    assert len(one) > 0
    for poses in (other, again):
        assert np.array_equal(one.keypoints, poses.keypoints)
        assert np.array_equal(one.scores, poses.scores)


@pytest.fixture(scope="module")
def crowd(testdata: Path, truth: dict[str, Any]) -> NDArray[np.uint8]:
    """Eight whole persons, cut out of the pictures, side by side in two rows."""
    names = {image["id"]: Path(image["file_name"]).name for image in truth["images"]}
    tall = [a for a in truth["annotations"] if a["num_keypoints"] >= 13 and a["bbox"][3] > 120]
    tall.sort(key=lambda a: -a["area"])
    canvas = np.full((640, 960, 3), 110, np.uint8)
    for place in range(8):
        found = tall[place % len(tall)]
        x, y, width, height = found["bbox"]
        picture = read(testdata / "coco" / "images" / names[found["image_id"]])
        cut = picture[int(y) : int(y + height), int(x) : int(x + width)]
        scale = min(220 / cut.shape[1], 290 / cut.shape[0])
        small = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        top, left = 15 + place // 4 * 315, 10 + place % 4 * 238
        canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


def test_the_accurate_preset_finds_more_than_six_persons(accurate: PoseEstimator, crowd: NDArray[np.uint8]) -> None:
    found = accurate(crowd)
    assert len(found) > 6
    assert (found.boxes[:, 2:] > found.boxes[:, :2]).all()


def at(picture: NDArray[np.uint8], index: int) -> Frame:
    stamp = FrameStamp("walk", 0, index, index / 5, index * 200_000_000, TimeSource.FILE, *picture.shape[1::-1])
    return Frame(stamp, Image(picture, "rgb24"))


def test_persons_who_stand_still_are_followed_where_they_are(testdata: Path, pulled_models: None) -> None:  # noqa: ARG001  # only asks
    picture = read(testdata / "coco" / "images" / "000000197388.jpg")
    with PoseEstimator.of_preset("accurate", detector_every=4) as estimator:
        frames: list[Poses] = [estimator.estimate(at(picture, index)) for index in range(4)]
    sure = frames[0].scores >= 0.4
    assert sure.any()
    for later in frames[1:]:
        assert "detect" in later.timings_ms
        for joints, scores in zip(frames[0].keypoints[sure], frames[0].keypoint_scores[sure], strict=True):
            seen = scores >= 0.5
            apart = np.linalg.norm(later.keypoints[:, seen] - joints[seen], axis=2)
            assert np.median(apart, axis=1).min() < 6.0


def test_pictures_at_once_give_the_poses_that_they_give_alone(
    preset: tuple[str, PoseEstimator], testdata: Path
) -> None:
    """Several tensors take another road through the engine than one: nearly the same sums."""
    pictures = [read(path) for path in sorted((testdata / "coco" / "images").iterdir())[:3]]
    frames = [at(picture, index) for index, picture in enumerate([*pictures, pictures[0][:, ::-1].copy()])]
    alone = [preset[1].estimate(frame) for frame in frames]
    together = preset[1].estimate_many(frames)
    assert sum(map(len, alone)) > 3
    for one, other in zip(alone, together, strict=True):
        assert one.stamp is other.stamp
        assert len(one) == len(other)
        assert np.allclose(one.scores, other.scores, atol=1e-3)
        assert np.allclose(one.keypoints, other.keypoints, atol=0.5)
        assert np.allclose(one.boxes, other.boxes, atol=0.5)
