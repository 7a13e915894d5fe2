import pytest

from posestream.errors import UsageError
from posestream.skeletons import COCO17, SKELETONS, Skeleton, skeleton_by_name

ALL = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))


@ALL
def test_the_mirror_image_of_the_mirror_image_is_itself(skeleton: Skeleton) -> None:
    twins = skeleton.mirrored
    assert [twins[twin] for twin in twins] == list(range(len(skeleton.keypoints)))
    assert any(twin != own for own, twin in enumerate(twins))


@ALL
def test_twins_are_alike(skeleton: Skeleton) -> None:
    twins = skeleton.mirrored
    assert [skeleton.sigmas[twin] for twin in twins] == list(skeleton.sigmas)
    bones = {frozenset(bone) for bone in skeleton.bones}
    assert {frozenset(twins[end] for end in bone) for bone in bones} == bones


@ALL
def test_names_are_unique_and_found_by_name(skeleton: Skeleton) -> None:
    assert [skeleton.index(name) for name in skeleton.keypoints] == list(range(len(skeleton.keypoints)))
    assert skeleton_by_name(skeleton.name) is skeleton


def test_coco_is_as_coco_has_it() -> None:
    assert sum(COCO17.sigmas) == pytest.approx(1.138)
    assert (len(COCO17.keypoints), len(COCO17.bones)) == (17, 19)
    assert COCO17.index("left_ankle") == 15
    assert COCO17.mirrored[5] == 6


def test_what_does_not_fit_together() -> None:
    with pytest.raises(ValueError, match=r"^x: 2 keypoints but 1 sigmas$"):
        Skeleton("x", ("a", "b"), (0.1,), ())
    with pytest.raises(ValueError, match=r"^x: a bone ends at a keypoint that is not there$"):
        Skeleton("x", ("a",), (0.1,), ((0, 1),))
    with pytest.raises(UsageError, match=r"^unknown skeleton 'x': there are coco17"):
        skeleton_by_name("x")
    with pytest.raises(ValueError, match="not in tuple"):
        COCO17.index("tail")
