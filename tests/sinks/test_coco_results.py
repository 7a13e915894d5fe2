import json
from collections.abc import Callable
from pathlib import Path

import pytest

from posestream.errors import UsageError
from posestream.schemas import Tracks
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
