"""The tables of numbers against what is published of them and against the test data."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from posestream.skeletons import (
    BLAZEPOSE33,
    BODY25,
    COCO17,
    CROWDPOSE14,
    HALPE26,
    MPII16,
    OPENPOSE18,
    WHOLEBODY133,
    Skeleton,
)


def short(skeleton: Skeleton) -> str:
    """Give the names as OpenPose's and AlphaPose's papers have them: RSho, LBigToe."""
    sides = {"left": "L", "right": "R"}
    words = [name.split("_") for name in skeleton.keypoints]
    return " ".join(
        sides.get(first, first.capitalize()) + "".join(word.capitalize() for word in rest) for first, *rest in words
    )


def test_coco() -> None:
    assert sum(COCO17.sigmas) == pytest.approx(1.138)
    assert (len(COCO17.keypoints), len(COCO17.bones)) == (17, 19)
    assert COCO17.index("left_ankle") == 15
    assert COCO17.mirrored[5] == 6


def test_openpose() -> None:
    assert short(OPENPOSE18) == (
        "Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist RHip RKnee RAnkle LHip LKnee LAnkle "
        "REye LEye REar LEar"
    )
    assert short(BODY25) == (
        "Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist MidHip RHip RKnee RAnkle LHip LKnee LAnkle "
        "REye LEye REar LEar LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel"
    )
    # The limbs of the model, 17 and 24 without those from ear to shoulder that only fill gaps, are the bones drawn.
    limbs = "1-2 1-5 2-3 3-4 5-6 6-7 1-8 8-9 9-10 1-11 11-12 12-13 1-0 0-14 14-16 0-15 15-17"
    assert drawn(OPENPOSE18) == pairs(limbs)
    limbs = (
        "1-8 1-2 1-5 2-3 3-4 5-6 6-7 8-9 9-10 10-11 8-12 12-13 13-14 1-0 0-15 15-17 0-16 16-18 "
        "14-19 19-20 14-21 11-22 22-23 11-24"
    )
    assert drawn(BODY25) == pairs(limbs)


def drawn(skeleton: Skeleton) -> set[frozenset[int]]:
    return {frozenset(bone) for bone in skeleton.bones}


def pairs(text: str) -> set[frozenset[int]]:
    return {frozenset(int(end) for end in pair.split("-")) for pair in text.split()}


def test_blazepose() -> None:
    coco = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
    assert [BLAZEPOSE33.index(name) for name in COCO17.keypoints] == coco
    connections = (
        "0-1 1-2 2-3 3-7 0-4 4-5 5-6 6-8 9-10 11-12 11-13 13-15 15-17 15-19 15-21 17-19 12-14 14-16 16-18 16-20 16-22 "
        "18-20 11-23 12-24 23-24 23-25 24-26 25-27 26-28 27-29 28-30 29-31 30-32 27-31 28-32"
    )
    assert drawn(BLAZEPOSE33) == pairs(connections)


def test_halpe() -> None:
    assert HALPE26.keypoints[:17] == COCO17.keypoints
    assert short(HALPE26).split()[17:] == [
        "HeadTop", "Neck", "MidHip", "LBigToe", "RBigToe", "LSmallToe", "RSmallToe", "LHeel", "RHeel",
    ]  # fmt: skip
    tenths = [0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89]
    tenths += [0.8] * 3 + [0.89] * 6
    assert HALPE26.sigmas == pytest.approx([value / 10 for value in tenths])


def test_mpii() -> None:
    assert short(MPII16) == (
        "RAnkle RKnee RHip LHip LKnee LAnkle Pelvis Thorax UpperNeck HeadTop "
        "RWrist RElbow RShoulder LShoulder LElbow LWrist"
    )


def test_crowdpose() -> None:
    assert CROWDPOSE14.keypoints == (*COCO17.keypoints[5:], "head_top", "neck")


def test_wholebody() -> None:
    assert WHOLEBODY133.keypoints[:17] == COCO17.keypoints
    places = {"left_big_toe": 17, "right_heel": 22, "right_jaw_1": 23, "chin": 31, "nose_bridge_4": 53}
    places |= {"right_eye_outer": 59, "left_eye_outer": 68, "right_mouth": 71, "left_mouth": 77, "lower_lip": 80}
    places |= {"left_hand_root": 91, "left_thumb_1": 92, "left_pinky_finger_4": 111, "right_hand_root": 112}
    assert {name: WHOLEBODY133.index(name) for name in places} == places
    left, right = WHOLEBODY133.sigmas[91:112], WHOLEBODY133.sigmas[112:]
    assert left == right
    assert sum(WHOLEBODY133.sigmas[23:91]) == pytest.approx(1.137)
    assert sum(left) == pytest.approx(0.553)


@pytest.mark.testdata
def test_against_the_evaluations_in_the_test_data(testdata: Path) -> None:
    crowd = json.loads((testdata / "evaluator/example_crowdpose_val.json").read_text(encoding="utf-8"))
    names = crowd["categories"][0]["keypoints"]
    assert [{"head": "head_top"}.get(name, name) for name in names] == list(CROWDPOSE14.keypoints)
    sets = json.loads((testdata / "evaluator/expected.json").read_text(encoding="utf-8"))["sets"]
    assert CROWDPOSE14.sigmas == pytest.approx(sets["example_crowdpose"]["sigmas"])
    assert COCO17.sigmas == pytest.approx(sets["example_coco"]["sigmas"])
    assert WHOLEBODY133.sigmas[17:23] == pytest.approx(sets["example_wholebody"]["expected"]["foot"]["sigmas"])


@pytest.mark.testdata
def test_the_whole_body_of_the_test_data_is_where_its_names_say(testdata: Path) -> None:
    truth = json.loads((testdata / "coco/person_wholebody.json").read_text(encoding="utf-8"))
    pairs_of_pairs = (
        (("left_big_toe", "left_ankle"), ("right_big_toe", "right_ankle")),
        (("left_eye_outer", "left_eye"), ("right_eye_outer", "right_eye")),
    )
    seen = 0
    for person in map(whole_body, truth["annotations"]):
        for (left, left_of), (right, right_of) in pairs_of_pairs:
            rows = [WHOLEBODY133.index(name) for name in (left, left_of, right, right_of)]
            if (person[rows, 2] > 0).all():
                own = apart(person, left, left_of) + apart(person, right, right_of)
                assert own < apart(person, left, right_of) + apart(person, right, left_of)
                seen += 1
    assert seen >= 5


def whole_body(person: dict[str, Any]) -> NDArray[np.float64]:
    parts = ("keypoints", "foot_kpts", "face_kpts", "lefthand_kpts", "righthand_kpts")
    return np.concatenate([np.array(person[part], np.float64).reshape(-1, 3) for part in parts])


def apart(person: NDArray[np.float64], a: str, b: str) -> float:
    first, second = person[WHOLEBODY133.index(a), :2], person[WHOLEBODY133.index(b), :2]
    return float(np.hypot(*(first - second)))
