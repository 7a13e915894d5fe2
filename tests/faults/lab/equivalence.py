"""Comparing what the services gave for a recording with what ``posestream analyze`` gives for the same one."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from lab.installation import POSESTREAM
from lab.truth import Verdict
from posestream.schemas import Tracks
from posestream.skeletons import COCO17
from postprocess.oks import oks_matrix

SURE = 0.3
SURE_JOINT = 0.3
AREA_OF_BOX = 0.53  # a person's area over that of the box, as COCO's labels have it on average


@dataclass
class Persons:
    """The sure persons of one frame: keypoints (N, 17, 2) px, their scores (N, 17), boxes (N, 4) px and ids (N,).

    An id is -1 where the person has no confirmed track. Persons below the score that starts a track are left out.
    """

    keypoints: "np.ndarray[Any, Any]"
    scores: "np.ndarray[Any, Any]"
    boxes: "np.ndarray[Any, Any]"
    ids: list[int]


@dataclass
class Agreement:
    """How two runs agree; ``oks`` of every matched pair."""

    frames: int = 0
    oks: list[float] = field(default_factory=list)
    unmatched: int = 0
    pairs: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))


def analysed(clip: Path, folder: Path, *words: str) -> dict[int, Persons]:
    """Run ``posestream analyze`` on a clip; gives its persons by frame index."""
    command = [
        str(POSESTREAM),
        "analyze",
        str(clip),
        "--out",
        str(folder),
        "--preset",
        "fast",
        "--width",
        "640",
        *words,
    ]
    subprocess.run(command, check=True, capture_output=True)
    found = {}
    for line in (folder / "poses.jsonl").read_text().splitlines():
        frame = json.loads(line)
        persons = [one for one in frame["persons"] if one["score"] >= SURE]
        joints = np.array([one["keypoints"] for one in persons], np.float32).reshape(-1, 17, 3)
        boxes = np.array([one["box"] for one in persons], np.float32).reshape(-1, 4)
        ids = [-1 if one["track_id"] is None else int(one["track_id"]) for one in persons]
        found[frame["frame_index"]] = Persons(joints[:, :, :2], joints[:, :, 2], boxes, ids)
    return found


def persons_of(tracks: Tracks) -> Persons:
    """Give the persons of an event of the tracks topic."""
    poses = tracks.poses
    ids = [-1] * len(poses)
    for row in np.flatnonzero(tracks.confirmed):
        ids[int(tracks.pose_indices[row])] = int(tracks.track_ids[row])
    # As poses.jsonl rounds them: a person must not be sure in one run for the fifth digit.
    sure = np.flatnonzero(np.round(poses.scores, 4) >= SURE)
    return Persons(
        poses.keypoints[sure], poses.keypoint_scores[sure], poses.boxes[sure], [ids[int(row)] for row in sure]
    )


def agreement(
    ours: Mapping[int, Persons], theirs: Mapping[int, Persons], pairs: Sequence[tuple[int, int]]
) -> Agreement:
    """Match the persons of pairs of frames (our index, their index) one to one by OKS."""
    found = Agreement()
    for our_index, their_index in pairs:
        left, right = ours[our_index], theirs[their_index]
        found.frames += 1
        if not len(left.ids) or not len(right.ids):
            found.unmatched += abs(len(left.ids) - len(right.ids))
            continue
        sides = left.boxes[:, 2:] - left.boxes[:, :2]
        areas = np.maximum(sides.prod(axis=1) * AREA_OF_BOX, 1.0)
        oks = oks_matrix(left.keypoints, left.scores, right.keypoints, right.scores, areas, COCO17.sigmas, SURE_JOINT)
        for row, column in zip(*linear_sum_assignment(-oks), strict=True):
            if oks[row, column] < 0.5:
                found.unmatched += 2
                continue
            found.oks.append(float(oks[row, column]))
            if left.ids[row] >= 0 and right.ids[column] >= 0:
                found.pairs[left.ids[row], right.ids[column]] += 1
        found.unmatched += abs(len(left.ids) - len(right.ids))
    return found


def judge(found: Agreement, least_oks: float) -> Verdict:
    """Say whether every matched person is the same and the ids are the same partition."""
    verdict = Verdict(counts={"frames": found.frames, "matched": len(found.oks), "unmatched": found.unmatched})
    low = [oks for oks in found.oks if oks < least_oks]
    verdict.must(bool(found.oks), "nobody was matched")
    verdict.must(not low, f"{len(low)} of {len(found.oks)} matched persons below OKS {least_oks}: {sorted(low)[:5]}")
    for side, name in ((0, "ours"), (1, "theirs")):
        partners: dict[int, set[int]] = defaultdict(set)
        for pair in found.pairs:
            partners[pair[side]].add(pair[1 - side])
        split = {one: sorted(others) for one, others in partners.items() if len(others) > 1}
        verdict.must(not split, f"ids of {name} that are several of the other run: {split}")
    return verdict
