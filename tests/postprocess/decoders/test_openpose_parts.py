import pytest

from posestream.skeletons import SKELETONS
from postprocess.decoders.openpose_parts import BODY_25, COCO_18, BodyModel
from synthetic.openpose import BODY, COCO, Layout


@pytest.mark.parametrize(("model", "layout"), [(COCO_18, COCO), (BODY_25, BODY)])
def test_each_limb_has_a_field_of_its_own(model: BodyModel, layout: Layout) -> None:
    assert sorted(model.fields) == list(range(0, 2 * len(model.limbs), 2))
    assert (model.parts, model.limbs, model.fields) == (layout.joints, layout.limbs, layout.channels)


@pytest.mark.parametrize(("model", "ears"), [(COCO_18, {(2, 16), (5, 17)}), (BODY_25, {(2, 17), (5, 18)})])
def test_without_those_from_ear_to_shoulder_the_limbs_are_a_tree(model: BodyModel, ears: set[tuple[int, int]]) -> None:
    assert {model.limbs[limb] for limb in model.gap_limbs} == ears
    reached = {1}
    for limb, (first, second) in enumerate(model.limbs):
        if limb not in model.gap_limbs:
            assert first in reached
            assert second not in reached
            reached.add(second)
    assert reached == set(range(model.parts))


def test_feet_are_the_extremities() -> None:
    assert COCO_18.extremities == frozenset()
    assert BODY_25.extremities == frozenset({19, 20, 21, 22, 23, 24})


@pytest.mark.parametrize(("name", "model", "layout"), [("openpose18", COCO_18, COCO), ("body25", BODY_25, BODY)])
def test_the_joints_are_those_of_the_skeleton(name: str, model: BodyModel, layout: Layout) -> None:
    keypoints = SKELETONS[name].keypoints
    assert len(keypoints) == model.parts
    assert SKELETONS[name].mirrored == layout.mirrored
    assert {keypoints[part] for limb in model.gap_limbs for part in model.limbs[limb]} == {
        f"{side}_{part}" for side in ("left", "right") for part in ("ear", "shoulder")
    }
    assert {keypoints[part].partition("_")[2] for part in model.extremities} <= {"big_toe", "small_toe", "heel"}
