import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.estimator import PoseEstimator
from posestream.errors import InputError
from posestream.hosts.eval_poses import read_json, results_of_pictures


def nothing(*_: object) -> None:
    return


@pytest.mark.parametrize("content", ["", "{", "[1,]", "\x00"])
def test_a_file_that_is_no_json_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "truth.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"truth\.json: not valid JSON: .") as caught:
        read_json(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json: cannot be read: No such file"):
        read_json(tmp_path / "none.json")
    with pytest.raises(InputError, match="is not a regular file"):
        read_json(tmp_path)
    (tmp_path / "picture.json").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(InputError, match="not valid JSON"):
        read_json(tmp_path / "picture.json")


def test_what_is_json_is_given(tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text(json.dumps({"images": []}))
    assert read_json(tmp_path / "truth.json") == {"images": []}


def test_no_picture_no_result(estimator: PoseEstimator, tmp_path: Path) -> None:
    assert results_of_pictures(tmp_path, {"images": []}, estimator, nothing) == []


def test_every_picture_of_the_truth_is_looked_at(
    estimator: PoseEstimator, picture_of: Callable[..., NDArray[np.uint8]], tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), picture_of([(200, 60), (20, 60)]))
    cv2.imwrite(str(tmp_path / "b.png"), picture_of([]))
    cv2.imwrite(str(tmp_path / "c.png"), picture_of([(100, 60)]))
    # Only names count: the truth of another machine may hold a folder.
    truth = {"images": [{"id": 7, "file_name": "train/a.png"}, {"id": "b", "file_name": "b.png"}]}
    seen: list[tuple[int, int | None, int]] = []
    results = results_of_pictures(tmp_path, truth, estimator, lambda *now: seen.append(now))
    assert [result["image_id"] for result in results] == [7, 7]
    assert sorted(result["keypoints"][0] for result in results) == pytest.approx([40, 220], abs=2)
    assert seen == [(1, 2, 2), (2, 2, 0)]


@pytest.mark.parametrize(
    ("content", "message"), [(None, "the truth names this picture, but it is not there"), (b"no", "not a video or")]
)
def test_a_picture_that_is_missing_or_broken_ends_it(
    estimator: PoseEstimator, tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.png: {message}"):
        results_of_pictures(tmp_path, {"images": [{"id": 1, "file_name": "a.png"}]}, estimator, nothing)
