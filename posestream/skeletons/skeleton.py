"""A skeleton: the names of the keypoints, the bones between them and the OKS sigmas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_OTHER_SIDE = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Skeleton:
    """K named keypoints in a network's order.

    A keypoint of one side is named ``left_...`` or ``right_...``, one of the midline has neither; the same name means
    the same place of the body in every skeleton.
    ``sigmas`` are the per-keypoint standard deviations of the labellers, relative to the object's scale,
    as the COCO keypoint evaluation defines them (OKS = exp(-d² / (2 s² (2 sigma)²))).
    ``bones`` are pairs of keypoint indices to draw; ``mirrored`` gives for each keypoint its left-right twin.
    ``fine`` are the keypoints of a face or hand that lie too close together to be drawn like the body's.
    """

    name: str
    keypoints: tuple[str, ...]
    sigmas: tuple[float, ...]
    bones: tuple[tuple[int, int], ...]
    fine: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Check that names, sigmas and bones fit together."""
        if len(self.sigmas) != len(self.keypoints):
            raise ValueError(f"{self.name}: {len(self.keypoints)} keypoints but {len(self.sigmas)} sigmas")
        if any(not 0 <= end < len(self.keypoints) for bone in self.bones for end in bone):
            raise ValueError(f"{self.name}: a bone ends at a keypoint that is not there")

    def index(self, keypoint: str) -> int:
        """Give the row of a keypoint by name; raises ValueError if there is none."""
        return self.keypoints.index(keypoint)

    @property
    def mirrored(self) -> tuple[int, ...]:
        """For each keypoint the index of its twin on the other side (itself on the midline)."""
        return tuple(self.keypoints.index(twin_of(name)) for name in self.keypoints)


def twin_of(keypoint: str) -> str:
    """Give the name of a keypoint's twin on the other side: left_knee -> right_knee, nose -> nose."""
    side, _, part = keypoint.partition("_")
    return f"{_OTHER_SIDE[side]}_{part}" if side in _OTHER_SIDE else keypoint


def part_sigmas(keypoints: Sequence[str], by_part: Mapping[str, float]) -> tuple[float, ...]:
    """Give the sigma of each keypoint by its part: that of ``knee`` for left_knee and right_knee.

    Raises:
        KeyError: if a part has none.
    """
    return tuple(by_part[_part_of(keypoint)] for keypoint in keypoints)


def both_sides(keypoints: Sequence[str], bones: Sequence[tuple[str, str]]) -> tuple[tuple[int, int], ...]:
    """Give bones named for the left side and the midline as pairs of indices, those of the right side included.

    Raises:
        ValueError: if a bone ends at a keypoint that is not there.
    """
    rows = list(keypoints)
    pairs: dict[frozenset[int], tuple[int, int]] = {}
    for a, b in bones:
        for pair in ((rows.index(a), rows.index(b)), (rows.index(twin_of(a)), rows.index(twin_of(b)))):
            pairs.setdefault(frozenset(pair), pair)
    return tuple(pairs.values())


def _part_of(keypoint: str) -> str:
    side, _, part = keypoint.partition("_")
    return part if side in _OTHER_SIDE else keypoint
