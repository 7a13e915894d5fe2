import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from posestream.errors import UsageError
from posestream.schemas import Tracks
from posestream.skeletons import BODY25, COCO17, CROWDPOSE14, HALPE26, Skeleton
from sinks.coco_results import coco_results
from sinks.results import CocoResults, image_id


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("000000000785.jpg", 785),
        ("folder/000000040083.png", 40083),
        ("lobby.jpg", "lobby"),
        ("frame_12.jpg", "frame_12"),
        ("٣.jpg", "٣"),
    ],
)
def test_image_id(name: str, wanted: int | str) -> None:
    assert image_id(name) == wanted


def test_no_image_gives_an_empty_list(tmp_path: Path) -> None:
    with CocoResults(tmp_path / "coco_results.json"):
        pass
    assert json.loads((tmp_path / "coco_results.json").read_text()) == []


def test_one_result_a_person(tmp_path: Path, make_tracks: Callable[..., Tracks]) -> None:
    with CocoResults(tmp_path / "coco_results.json") as results:
        results.write("000000000785.jpg", make_tracks([(100, 20), (200, 30)]).poses)
        results.write("empty.jpg", make_tracks().poses)
    first, second = json.loads((tmp_path / "coco_results.json").read_text())
    assert (first["image_id"], first["category_id"], first["score"]) == (785, 1, 0.9)
    assert len(first["keypoints"]) == 51
    assert first["keypoints"][:3] == [100.0, 31.2, 0.9]  # the nose
    assert second["keypoints"][:3] == [200.0, 41.2, 0.9]


@pytest.mark.parametrize("skeleton", [BODY25, HALPE26, CROWDPOSE14])
def test_persons_of_another_skeleton_have_the_joints_of_coco(
    make_tracks: Callable[..., Tracks], skeleton: Skeleton
) -> None:
    (coco,) = coco_results(make_tracks([(100, 20)]).poses, 1)
    (other,) = coco_results(make_tracks([(100, 20)], skeleton=skeleton).poses, 1)
    wanted, got = (np.array(one["keypoints"]).reshape(17, 3) for one in (coco, other))
    both = [name in skeleton.keypoints for name in COCO17.keypoints]
    assert sum(both) >= 12
    np.testing.assert_array_equal(got[both], wanted[both])
    assert not got[np.logical_not(both), 2].any()
    assert (got[:, :2] > 0).all()


def test_an_exception_leaves_nothing(tmp_path: Path, make_tracks: Callable[..., Tracks]) -> None:
    def fail() -> None:
        with CocoResults(tmp_path / "coco_results.json") as results:
            results.write("1.jpg", make_tracks([(100, 20)]).poses)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write here"), CocoResults(tmp_path / "none" / "coco_results.json"):
        pass
