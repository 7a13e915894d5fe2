"""The two published body models of OpenPose: their limbs, and where each limb's field lies among the outputs."""

from dataclasses import dataclass

from postprocess.decoders.part_affinity import Limb


@dataclass(frozen=True)
class BodyModel:
    """``parts`` keypoints; ``limbs`` from part to part in the order in which persons are put together.

    ``fields`` gives for each limb the channel of its field's x, counted from the first field; y is the next one.
    ``gap_limbs`` only fill what a person lacks; ``extremities`` do not count for whether somebody is there.
    """

    parts: int
    limbs: tuple[Limb, ...]
    fields: tuple[int, ...]
    gap_limbs: frozenset[int]
    extremities: frozenset[int] = frozenset()


# Nose, neck, right shoulder, elbow, wrist, left ones, right hip, knee, ankle, left ones, eyes and ears, right first.
COCO_18 = BodyModel(
    parts=18,
    limbs=(
        (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
        (1, 0), (0, 14), (14, 16), (0, 15), (15, 17), (2, 16), (5, 17),
    ),
    fields=(12, 20, 14, 16, 22, 24, 0, 2, 4, 6, 8, 10, 28, 30, 34, 32, 36, 18, 26),
    gap_limbs=frozenset({17, 18}),
)  # fmt: skip

# As above with the middle of the hips (8) before the right hip; from 19 on left big toe, small toe, heel, right ones.
BODY_25 = BodyModel(
    parts=25,
    limbs=(
        (1, 8), (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (8, 9), (9, 10), (10, 11), (8, 12), (12, 13),
        (13, 14), (1, 0), (0, 15), (15, 17), (0, 16), (16, 18), (2, 17), (5, 18), (14, 19), (19, 20), (14, 21),
        (11, 22), (22, 23), (11, 24),
    ),
    fields=(
        0, 14, 22, 16, 18, 24, 26, 6, 2, 4, 8, 10, 12, 30, 32, 36, 34, 38, 20, 28, 40, 42, 44, 46, 48, 50,
    ),
    gap_limbs=frozenset({18, 19}),
    extremities=frozenset(range(19, 25)),
)  # fmt: skip
