from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.compositions import Found
from inference.estimator import PoseEstimator
from posestream.clock import SettableClock
from posestream.errors import ModelMissing, UsageError
from posestream.schemas import Frame, FrameStamp, Image, TimeSource
from posestream.schemas.checks import Float32
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses

Pixels = NDArray[np.uint8]


class BrightSpots:
    """A composition that sees a person in each bright column block, and notes what it was asked."""

    identity = "spots@12345678"
    skeleton = COCO17

    def __init__(self, *, can_follow: bool = True) -> None:
        self.can_follow = can_follow
        self.asked: list[Float32 | None] = []
        self.pictures: list[Pixels] = []
        self.calls: list[int] = []
        self.closed = False
        self.clock = SettableClock()

    def find(self, pictures: Sequence[Pixels], expected: Sequence[Float32 | None]) -> list[Found]:
        self.asked += expected
        self.pictures += pictures
        self.calls.append(len(pictures))
        self.clock.advance(0.005)
        return [self._found(picture) for picture in pictures]

    def _found(self, picture: Pixels) -> Found:
        columns = np.flatnonzero(picture[..., 0].max(axis=0) > 200).astype(np.float32)
        count = len(columns) > 0
        low, high = (columns.min(), columns.max() + 1) if count else (0, 0)
        box = np.array([[low, 0, high, picture.shape[0]]] * count, np.float32).reshape(-1, 4)
        joints = np.repeat(box.reshape(-1, 2, 2), [9, 8], axis=1)
        scores = np.full(len(box), 0.75, np.float32)
        return Found(DecodedPoses(joints, np.full((len(box), 17), 0.8, np.float32), box, scores), {"joints": 5.0})

    def close(self) -> None:
        self.closed = True


def picture(width: int = 32, height: int = 16, at: int | None = 8) -> Pixels:
    pixels = np.zeros((height, width, 3), np.uint8)
    if at is not None:
        pixels[:, at : at + 4] = 255
    return pixels


def frame(pixels: Pixels, index: int = 0, size: tuple[int, int] | None = None, camera: str = "lobby") -> Frame:
    image = Image(pixels, "rgb24")
    width, height = size or (image.width, image.height)
    return Frame(FrameStamp(camera, 7, index, index / 25, index * 40_000_000, TimeSource.ARRIVAL, width, height), image)


def make(detector_every: int = 1, *, can_follow: bool = True) -> tuple[PoseEstimator, BrightSpots]:
    composition = BrightSpots(can_follow=can_follow)
    return PoseEstimator(composition, composition.clock, detector_every), composition


def test_nobody() -> None:
    poses = make()[0](picture(at=None))
    assert len(poses) == 0
    assert poses.inferred
    assert poses.keypoints.shape == (0, 17, 2)


def test_the_poses_carry_the_frame_the_model_and_the_times() -> None:
    estimator, composition = make()
    given = frame(picture(), 3)
    poses = estimator.estimate(given)
    assert poses.stamp is given.stamp
    assert poses.model == estimator.model == "spots@12345678"
    assert poses.skeleton is estimator.skeleton is COCO17
    assert poses.timings_ms == {"convert": 0.0, "joints": 5.0, "looks": 0.0}
    assert poses.scores.tolist() == [0.75]
    assert composition.asked == [None]


@pytest.mark.parametrize("size", [(32, 16), (64, 32), (1920, 1080), (31, 17)])
def test_places_are_those_of_the_source_when_the_image_is_smaller(size: tuple[int, int]) -> None:
    poses = make()[0].estimate(frame(picture(), size=size))
    scale_x, scale_y = size[0] / 32, size[1] / 16
    assert poses.boxes == pytest.approx(np.array([[8 * scale_x, 0, 12 * scale_x, 16 * scale_y]]), rel=1e-6)
    assert poses.keypoints[0, 16] == pytest.approx(np.array([12 * scale_x, 16 * scale_y]), rel=1e-6)


def test_planes_are_shown_as_colours() -> None:
    estimator, composition = make()
    planes = np.full((24, 32), 128, np.uint8)
    planes[:16] = 16
    planes[:16, 8:12] = 235
    stamp = FrameStamp("lobby", 7, 0, 0.0, 0, TimeSource.ARRIVAL, 64, 32)
    poses = estimator.estimate(Frame(stamp, Image(planes, "i420")))
    assert composition.pictures[0].shape == (16, 32, 3)
    assert poses.boxes.tolist() == [[16, 0, 24, 32]]


def test_a_picture_of_rgb_is_not_copied() -> None:
    estimator, composition = make()
    pixels = picture()
    estimator(pixels)
    estimator.estimate(frame(pixels))
    assert all(np.shares_memory(seen, pixels) for seen in composition.pictures)


def test_a_picture_that_is_a_view_is_taken() -> None:
    mirrored = make()[0](picture()[:, ::-1])
    assert mirrored.boxes.tolist() == [[20, 0, 24, 16]]
    assert make()[0](picture().transpose(1, 0, 2)[::2]).stamp.height == 16


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        (np.zeros((4, 4, 3), np.float32), TypeError, "Image.pixels: wanted uint8 array, got float32 array"),
        (np.zeros((4, 4), np.uint8), ValueError, r"Image.pixels: wanted shape \(any, any, 3\), got \(4, 4\)"),
        (np.zeros((4, 4, 4), np.uint8), ValueError, r"wanted shape \(any, any, 3\), got \(4, 4, 4\)"),
        (np.zeros((0, 4, 3), np.uint8), ValueError, "wanted at least one pixel"),
    ],
)
def test_what_is_no_picture_is_refused(wrong: Pixels, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        make()[0](wrong)


def test_the_same_frames_give_the_same_poses() -> None:
    frames = [frame(picture(at=at), index) for index, at in enumerate((8, 9, None, 3, 20))]
    runs = [[estimator.estimate(each) for each in frames] for estimator in (make(3)[0], make(3)[0])]
    for one, other in zip(*runs, strict=True):
        assert np.array_equal(one.keypoints, other.keypoints)
        assert np.array_equal(one.boxes, other.boxes)


def test_detectors_rest_between_their_turns() -> None:
    estimator, composition = make(detector_every=3)
    for index in range(7):
        estimator.estimate(frame(picture(), index))
    assert [asked is None for asked in composition.asked] == [True, False, False, True, False, False, True]
    assert composition.asked[1] is not None
    # px of the picture, with a margin
    assert composition.asked[1] == pytest.approx(np.array([[7.6, -1.6, 12.4, 17.6]]), abs=1e-3)


def test_expected_places_are_those_of_the_picture_not_of_the_source() -> None:
    estimator, composition = make(detector_every=2)
    for index in range(2):
        estimator.estimate(frame(picture(), index, size=(320, 160)))
    assert composition.asked[1] == pytest.approx(np.array([[7.6, -1.6, 12.4, 17.6]]), abs=1e-3)


def test_the_interval_may_change_while_running() -> None:
    estimator, composition = make(detector_every=1)
    for index in range(6):
        estimator.detector_every = 1 if index < 2 else 4
        estimator.estimate(frame(picture(), index))
    assert [asked is None for asked in composition.asked] == [True, True, True, False, False, False]


def test_a_composition_that_cannot_follow_looks_at_every_frame_anew() -> None:
    estimator, composition = make(detector_every=3, can_follow=False)
    assert not estimator.can_follow
    for index in range(4):
        estimator.estimate(frame(picture(), index))
    assert composition.asked == [None] * 4


def test_pictures_without_a_camera_are_never_followed() -> None:
    estimator, composition = make(detector_every=3)
    for _ in range(3):
        estimator(picture())
    assert composition.asked == [None] * 3


def test_no_frames_at_once() -> None:
    estimator, composition = make()
    assert estimator.estimate_many([]) == []
    assert composition.calls == []


@pytest.mark.parametrize(
    ("every", "cameras", "calls"),
    [
        (1, "aabb", [4]),  # nothing follows from the frame before
        (3, "abcd", [4]),
        (3, "abab", [2, 2]),  # the second frame of a camera needs the answer to its first
        (3, "aaa", [1, 1, 1]),
    ],
)
def test_frames_at_once_give_what_they_give_one_by_one(every: int, cameras: str, calls: list[int]) -> None:
    frames = [frame(picture(at=4 + 3 * n), n, (64, 32), camera) for n, camera in enumerate(cameras)]
    single, _ = make(every)
    together, composition = make(every)
    for given, one, other in zip(
        frames, [single.estimate(each) for each in frames], together.estimate_many(frames), strict=True
    ):
        assert other.stamp is given.stamp
        assert np.array_equal(one.boxes, other.boxes)
        assert np.array_equal(one.keypoints, other.keypoints)
        assert other.appearance is not None
        assert np.array_equal(one.appearance, other.appearance)
    assert composition.calls == calls


def test_leaving_closes_the_networks() -> None:
    estimator, composition = make()
    with estimator as entered:
        assert entered is estimator
        assert not composition.closed
    assert composition.closed


def test_a_preset_without_its_models_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSESTREAM_CACHE", str(tmp_path))
    with pytest.raises(ModelMissing, match="run 'posestream models pull' once with a network"):
        PoseEstimator.of_preset()
    with pytest.raises(UsageError, match="unknown preset 'best'"):
        PoseEstimator.of_preset("best")


class Bodies(BrightSpots):
    """Gives metres, too, and follows places of its own kind."""

    def _found(self, picture: Pixels) -> Found:
        poses = super()._found(picture).poses
        metres = np.full((len(poses.scores), 17, 3), 0.5, np.float32)
        places = np.full((len(poses.scores), 4), 9, np.float32)
        return Found(replace(poses, keypoints_3d=metres), {}, places)


def test_metres_stay_metres_and_a_composition_follows_in_its_own_way() -> None:
    composition = Bodies()
    estimator = PoseEstimator(composition, composition.clock, detector_every=2)
    poses = [estimator.estimate(frame(picture(), index, (64, 32))) for index in range(2)]
    for each in poses:
        assert each.keypoints_3d is not None
        assert each.keypoints_3d.tolist() == [[[0.5] * 3] * 17]
    assert composition.asked[0] is None
    assert composition.asked[1] is not None
    assert composition.asked[1].tolist() == [[9] * 4]
