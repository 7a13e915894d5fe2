"""Against the published figures of SORT on TUD-Campus: boxes only, human truth."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from posestream.schemas import FrameStamp, Poses, TimeSource
from posestream.skeletons import COCO17
from postprocess.boxes import iou_matrix
from postprocess.tracking import TrackerSettings, empty_tracker_state, track

pytestmark = pytest.mark.testdata

FRAMES = 71
FPS = 25
Found = dict[int, tuple[np.ndarray, np.ndarray]]  # by frame: ids (N,), boxes (N, 4)


def rows_of(file: Path) -> Found:
    rows = np.loadtxt(file, delimiter=",")
    rows[:, 4:6] += rows[:, 2:4]
    here = {frame: rows[rows[:, 0] == frame] for frame in range(1, FRAMES + 1)}
    return {frame: (some[:, 1].astype(int), some[:, 2:6].astype(np.float32)) for frame, some in here.items()}


def detections(file: Path) -> Iterator[Poses]:
    rows = np.loadtxt(file, delimiter=",")
    for frame in range(1, FRAMES + 1):
        some = rows[rows[:, 0] == frame]
        boxes = np.concatenate([some[:, 2:4], some[:, 2:4] + some[:, 4:6]], axis=1).astype(np.float32)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        seconds = (frame - 1) / FPS
        yield Poses(
            stamp=FrameStamp("campus", 0, frame - 1, seconds, round(seconds * 1e9), TimeSource.FILE, 640, 480),
            skeleton=COCO17,
            model="boxes",
            keypoints=np.repeat(middles[:, None], 17, axis=1),
            keypoint_scores=np.zeros((len(some), 17), np.float32),
            boxes=boxes,
            scores=some[:, 6].astype(np.float32),
        )


def figures(truth: Found, found: Found) -> dict[str, float]:
    """Give MOTA, IDF1 and identity switches at IoU .5, as CLEAR MOT and the identity measures define them."""
    last: dict[int, int] = {}
    together: Counter[tuple[int, int]] = Counter()
    hits = switches = 0
    for frame, (people, places) in truth.items():
        ids, boxes = found[frame]
        overlap = iou_matrix(places, boxes)
        together.update((int(people[row]), int(ids[column])) for row, column in np.argwhere(overlap >= 0.5))
        kept = np.array([last.get(int(one), -1) for one in people])[:, None] == ids[None, :]
        rows, columns = linear_sum_assignment(np.where(overlap >= 0.5, overlap + 1000 * kept, 0), maximize=True)
        for row, column in zip(rows, columns, strict=True):
            if overlap[row, column] >= 0.5:
                hits += 1
                switches += last.get(int(people[row]), int(ids[column])) != ids[column]
                last[int(people[row])] = int(ids[column])
    real, said = (sum(len(ids) for ids, _ in one.values()) for one in (truth, found))
    people, names = (sorted({pair[side] for pair in together}) for side in (0, 1))
    shared = np.array([[together[one, name] for name in names] for one in people])
    identical = shared[linear_sum_assignment(shared, maximize=True)].sum()
    misses, false = real - hits, said - hits
    return {
        "MOTA": 1 - (misses + false + switches) / real,
        "IDF1": 2 * identical / (real + said),
        "switches": switches,
        "false": false,
        "misses": misses,
    }


def followed(file: Path, settings: TrackerSettings) -> Found:
    state, found = empty_tracker_state(), {}
    for poses in detections(file):
        state, tracks = track(state, poses, settings)
        sure = tracks.confirmed
        found[poses.stamp.frame_index + 1] = (tracks.track_ids[sure], tracks.boxes[sure])
    return found


def test_the_measure_agrees_with_the_published_evaluation(testdata: Path) -> None:
    campus = testdata / "mot15/TUD-Campus"
    got = figures(rows_of(campus / "gt/gt.txt"), rows_of(campus / "ref_result/result.txt"))
    wanted = {"MOTA": 0.526462, "IDF1": 0.557659, "switches": 7, "false": 13, "misses": 150}
    assert got == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("strong", [0.3, 0.6])
def test_better_than_sort(testdata: Path, strong: float) -> None:
    campus = testdata / "mot15/TUD-Campus"
    settings = TrackerSettings(high_score=strong, birth_score=strong)
    got = figures(rows_of(campus / "gt/gt.txt"), followed(campus / "det/det.txt", settings))
    assert got["MOTA"] >= 0.627
    assert got["IDF1"] >= 0.70
    assert got["switches"] <= 6
