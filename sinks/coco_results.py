"""coco_results.json: keypoints in the form that COCO's evaluation reads."""

import json
import re
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from posestream.schemas import Poses
from postprocess.skeleton_conversion import coco17_view
from sinks.partial_file import PartialFile, cannot_create

PERSON = 1  # COCO's category id

Result = dict[str, Any]


def image_id(file_name: str) -> int | str:
    """Give COCO's id of an image file: its number if the stem is all digits, else the stem."""
    stem = Path(file_name).stem
    return int(stem) if re.fullmatch(r"[0-9]+", stem) else stem


def coco_results(poses: Poses, image: int | str) -> list[Result]:
    """Give one result a person: 17 times x, y (px of the image) and score, flat, in COCO's order.

    Persons of another skeleton are given COCO's joints; those that cannot be had score 0.
    """
    joints = coco17_view(poses.keypoints, poses.keypoint_scores, poses.skeleton)
    results = []
    for keypoints, keypoint_scores, score in zip(*joints, poses.scores, strict=True):
        flat = [
            value
            for (x, y), joint_score in zip(keypoints.tolist(), keypoint_scores.tolist(), strict=True)
            for value in (round(x, 2), round(y, 2), round(joint_score, 4))
        ]
        results.append({"image_id": image, "category_id": PERSON, "keypoints": flat, "score": round(float(score), 6)})
    return results


class CocoResults:
    """Collects the results of many images and writes them as one JSON list; a context manager.

    Guarantee: the file appears whole when the block ends well, and not at all after an exception.

    Raises:
        UsageError: when the block ends, if the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._results: list[Result] = []

    def write(self, file_name: str, poses: Poses) -> None:
        """Add the persons of one image."""
        self._results.extend(coco_results(poses, image_id(file_name)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            return
        place = PartialFile(self._path)
        try:
            place.part.write_text(json.dumps(self._results, allow_nan=False), encoding="utf-8")
        except OSError as exc:
            raise cannot_create(self._path, exc) from exc
        place.keep()
