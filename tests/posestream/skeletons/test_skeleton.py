import pytest

from posestream.errors import UsageError
from posestream.skeletons import COCO17, SKELETONS, Skeleton, skeleton_by_name
from posestream.skeletons.skeleton import both_sides, part_sigmas, twin_of

ALL = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))


@ALL
def test_the_mirror_image_of_the_mirror_image_is_itself(skeleton: Skeleton) -> None:
    twins = skeleton.mirrored
    assert [twins[twin] for twin in twins] == list(range(len(skeleton.keypoints)))
    assert any(twin != own for own, twin in enumerate(twins))


@ALL
def test_bones_are_alike_on_both_sides_and_each_is_there_once(skeleton: Skeleton) -> None:
    twins = skeleton.mirrored
    bones = {frozenset(bone) for bone in skeleton.bones}
    assert {frozenset(twins[end] for end in bone) for bone in bones} == bones
    assert len(bones) == len(skeleton.bones)
    assert all(len(bone) == 2 for bone in bones)


@ALL
def test_what_is_fine_is_so_on_both_sides_and_no_joint_of_coco(skeleton: Skeleton) -> None:
    assert {skeleton.mirrored[joint] for joint in skeleton.fine} == skeleton.fine
    assert not {skeleton.keypoints[joint] for joint in skeleton.fine} & set(COCO17.keypoints)
    assert len(skeleton.fine) == (110 if skeleton.name == "wholebody133" else 0)


def test_sigmas_are_alike_on_both_sides() -> None:
    uneven = [
        name
        for name, skeleton in SKELETONS.items()
        if [skeleton.sigmas[twin] for twin in skeleton.mirrored] != list(skeleton.sigmas)
    ]
    assert uneven == ["wholebody133"]  # published with other sigmas for the right foot and half of the face


@ALL
def test_names_are_unique_and_found_by_name(skeleton: Skeleton) -> None:
    assert [skeleton.index(name) for name in skeleton.keypoints] == list(range(len(skeleton.keypoints)))
    assert skeleton_by_name(skeleton.name) is skeleton


@ALL
def test_every_skeleton_has_the_joints_that_rules_and_looks_need(skeleton: Skeleton) -> None:
    parts = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    assert {f"{side}_{part}" for side in ("left", "right") for part in parts} <= set(skeleton.keypoints)


@ALL
def test_every_keypoint_has_a_bone(skeleton: Skeleton) -> None:
    bare = set(range(len(skeleton.keypoints))) - {end for bone in skeleton.bones for end in bone}
    assert not bare


def test_the_number_of_keypoints_tells_skeletons_apart() -> None:
    # What is remembered of a camera's tracks is forgotten when this number changes.
    assert len({len(skeleton.keypoints) for skeleton in SKELETONS.values()}) == len(SKELETONS)
    assert all(skeleton.name.endswith(str(len(skeleton.keypoints))) for skeleton in SKELETONS.values())


def test_twins_by_name() -> None:
    assert [twin_of(name) for name in ("left_knee", "right_eye_inner", "nose", "mid_hip")] == [
        "right_knee",
        "left_eye_inner",
        "nose",
        "mid_hip",
    ]


def test_what_the_tables_are_made_with() -> None:
    names = ("neck", "left_knee", "right_knee")
    assert part_sigmas((), {}) == ()
    assert part_sigmas(names, {"knee": 0.1, "neck": 0.2}) == (0.2, 0.1, 0.1)
    with pytest.raises(KeyError, match="knee"):
        part_sigmas(names, {"neck": 0.2})
    assert both_sides(names, ()) == ()
    assert both_sides(names, [("neck", "left_knee"), ("left_knee", "right_knee")]) == ((0, 1), (0, 2), (1, 2))
    with pytest.raises(ValueError, match="tail"):
        both_sides(names, [("neck", "tail")])


def test_what_does_not_fit_together() -> None:
    with pytest.raises(ValueError, match=r"^x: 2 keypoints but 1 sigmas$"):
        Skeleton("x", ("a", "b"), (0.1,), ())
    with pytest.raises(ValueError, match=r"^x: a bone ends at a keypoint that is not there$"):
        Skeleton("x", ("a",), (0.1,), ((0, 1),))
    with pytest.raises(UsageError, match=r"^unknown skeleton 'x': there are coco17, openpose18, body25"):
        skeleton_by_name("x")
    with pytest.raises(ValueError, match="not in tuple"):
        COCO17.index("tail")
