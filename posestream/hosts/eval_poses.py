"""``posestream eval poses``: the networks against labelled pictures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inference.estimator import PoseEstimator
from ingest.folder import FolderRecording
from ingest.settings import ReadSettings
from posestream.errors import InputError
from sinks.results import coco_results


def read_json(path: Path) -> Any:  # noqa: ANN401  # whatever JSON the file holds; its reader checks it
    """Read a JSON file; raises InputError with one line."""
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is not a regular file")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise InputError(f"{path}: cannot be read: {exc.strerror}") from exc
    except RecursionError:
        raise InputError(f"{path}: not valid JSON: nested too deeply") from None
    except ValueError as exc:
        raise InputError(f"{path}: not valid JSON: {' '.join(str(exc).split())}") from exc


def results_of_pictures(
    images: Path, truth: dict[str, Any], estimator: PoseEstimator, progress: Callable[[int, int | None, int], None]
) -> list[dict[str, Any]]:
    """Look at every picture that the truth names; give COCO results with the truth's image ids.

    Raises:
        InputError: if a picture is missing or cannot be read: figures over a part would mislead.
    """
    results: list[dict[str, Any]] = []
    entries = truth["images"]
    for number, entry in enumerate(entries):
        path = images / Path(str(entry["file_name"])).name
        if not path.is_file():
            raise InputError(f"{path}: the truth names this picture, but it is not there")
        with FolderRecording([path], str(path), ReadSettings(camera_id="eval"), 0) as recording:
            for frame in recording:
                poses = estimator(frame.image.pixels)
                results += coco_results(poses, entry["id"])
                progress(number + 1, len(entries), len(poses))
    return results
