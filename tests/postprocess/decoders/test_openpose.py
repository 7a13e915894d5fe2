from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.openpose import decode_openpose_body25, decode_openpose_coco18
from synthetic.openpose import (
    BODY,
    COCO,
    Array,
    Layout,
    Points,
    Present,
    among_each_other,
    apart,
    crowd,
    crowd_body25,
    encode,
    encode_split,
    figures,
)
from synthetic.openpose_plain import plain_road

SIZE = (368, 656)
SMALL = (184, 240)
DECODERS = {18: decode_openpose_coco18, 25: decode_openpose_body25}
NAMES = {18: "OpenPose COCO-18", 25: "OpenPose BODY_25"}
NARROW = 7 / np.sqrt(2)  # maps of exp(-d² / 7²)
both = pytest.mark.parametrize("layout", [COCO, BODY], ids=["coco18", "body25"])


def decode(outputs: list[Array], layout: Layout = COCO, size: tuple[int, int] = SIZE) -> DecodedPoses:
    return DECODERS[layout.joints](outputs, DecodeOptions(*size, joints=layout.joints))


def everything(points: Points) -> Present:
    return np.ones(points.shape[:2], np.bool_)


def rows_of(found: DecodedPoses, points: Points, seen: Present) -> list[int]:
    """For each true person the row of the found one whose joints lie nearest; each must be another."""
    has = found.keypoint_scores > 0
    ways = np.abs(found.keypoints[None] - points[:, None]).max(axis=3)
    shared = has[None] & seen[:, None]
    far = np.where(shared, ways, 0).sum(axis=2) / np.maximum(shared.sum(axis=2), 1) + 1e6 * ~shared.any(axis=2)
    rows = far.argmin(axis=1).tolist()
    assert sorted(rows) == list(range(len(points))), f"{len(points)} persons, found {len(found.scores)}"
    assert len(found.scores) == len(points)
    return rows


def error(found: DecodedPoses, points: Points, seen: Present) -> float:
    """Largest error of all joints in px; persons and joints must be exactly those that were encoded."""
    rows = rows_of(found, points, seen)
    assert np.array_equal(found.keypoint_scores[rows] > 0, seen)
    return float(np.abs(found.keypoints[rows] - points)[seen].max())


@both
def test_nobody(layout: Layout) -> None:
    found = decode(
        encode(np.zeros((0, layout.joints, 2)), np.zeros((0, layout.joints), np.bool_), SIZE, layout), layout
    )
    assert found.keypoints.shape == (0, layout.joints, 2)
    assert found.keypoint_scores.shape == (0, layout.joints)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@both
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 12, 20])
@pytest.mark.parametrize("size", [SIZE, (368, 368), (544, 320)])
def test_what_was_encoded_is_decoded(
    layout: Layout, count: int, size: tuple[int, int], reproduces: Callable[..., None]
) -> None:
    points = apart(count, size, count, layout)
    outputs = encode(points, everything(points), size, layout)
    found = decode(outputs, layout, size)
    reproduces(NAMES[layout.joints], outputs, error(found, points, everything(points)), 1.0)


@both
def test_of_narrow_bells_the_upsampled_map_itself_is_a_pixel_and_a_half_off(layout: Layout) -> None:
    """exp(-d² / 7²) falls to .27 within a cell: the cubic's own highest place, here, is that far from the joint."""
    points = apart(4, SIZE, 3, layout)
    outputs = encode(points, everything(points), SIZE, layout, NARROW)
    found = decode(outputs, layout)
    assert 1.0 < error(found, points, everything(points)) <= 1.5
    plain, _ = plain_road(outputs[0], layout)
    assert 1.0 < np.abs(plain[rows_of(found, points, everything(points)), :, :2] - points).max() <= 1.5


@both
@pytest.mark.parametrize("seed", range(6))
def test_joints_that_are_not_to_be_seen_score_nothing_and_lie_within_the_person(layout: Layout, seed: int) -> None:
    points = apart(3, SIZE, seed, layout)
    seen = everything(points)
    leaves = np.setdiff1d(np.arange(2, layout.joints), [first for first, _ in layout.limbs])
    seen[:, leaves] = np.random.default_rng(seed).uniform(size=(3, len(leaves))) < 0.5
    found = decode(encode(points, seen, SIZE, layout), layout)
    assert error(found, points, seen) <= 1.0
    rows = rows_of(found, points, seen)
    for person, row in zip(seen, rows, strict=True):
        middle = found.keypoints[row, person].mean(axis=0)
        assert np.abs(found.keypoints[row, ~person] - middle).max(initial=0) < 1e-3
        ends = found.keypoints[row, person]
        assert np.abs(found.boxes[row] - [*ends.min(axis=0), *ends.max(axis=0)]).max() < 1e-3


@both
def test_a_person_scores_the_sum_of_joints_and_limbs_by_the_number_of_all(layout: Layout) -> None:
    points = apart(1, SIZE, 5, layout)
    outputs = encode(points, everything(points), SIZE, layout)
    score = decode(outputs, layout).scores[0]
    parts, limbs = layout.joints, len(layout.limbs)
    assert 0.8 * (parts + limbs - 2) / (parts + limbs) < score <= 1
    assert score == pytest.approx(plain_road(outputs[0], layout)[1][0], abs=1e-6)
    doubled = decode([outputs[0] * 2], layout)
    assert doubled.scores.tolist() == [1.0]
    assert doubled.keypoint_scores.max() == 1.0


def test_doubtful_persons_are_dropped() -> None:
    points = apart(3, SIZE, 2)
    seen = everything(points)
    seen[0, 8:14] = False
    outputs = encode(points, seen, SIZE)
    scores = decode(outputs).scores
    bound = float(np.sort(scores)[:2].mean())
    found = decode_openpose_coco18(outputs, DecodeOptions(*SIZE, min_score=bound, joints=18))
    assert found.scores.tolist() == scores[scores >= bound].tolist()
    assert len(found.scores) == 2


@both
def test_one_output_or_two_in_any_order_and_others_beside(layout: Layout) -> None:
    points = apart(4, SIZE, 1, layout)
    fields, maps = encode_split(points, everything(points), SIZE, layout)
    one = decode(encode(points, everything(points), SIZE, layout), layout)
    for outputs in ([fields, maps], [maps, fields], [np.zeros((1, 3), np.float32), maps, fields]):
        other = decode(outputs, layout)
        assert np.array_equal(other.keypoints, one.keypoints)
        assert np.array_equal(other.scores, one.scores)


@pytest.mark.parametrize("lacking", [14, 15])
def test_an_ear_without_an_eye_comes_by_the_shoulder_and_counts_for_nothing(lacking: int) -> None:
    points = apart(2, SIZE, 4)
    seen = everything(points)
    seen[0, lacking] = False
    found = decode(encode(points, seen, SIZE))
    assert error(found, points, seen) <= 1.0
    without = seen.copy()
    without[0, lacking + 2] = False
    bare = decode(encode(points, without, SIZE))
    assert error(bare, points, without) <= 1.0
    assert np.array_equal(np.sort(found.scores), np.sort(bare.scores))


def test_an_ear_that_came_by_the_eye_is_not_replaced() -> None:
    points = apart(2, SIZE, 4)
    fields, maps = encode_split(points, everything(points), SIZE)
    channel = COCO.channels[17]
    swapped = np.stack([points[[0, 1], 2], points[[1, 0], 16]], axis=1)  # each shoulder points to the other's ear
    false = replace(COCO, joints=2, limbs=((0, 1),), channels=(0,))
    fields[:, channel : channel + 2] = encode_split(swapped, np.ones((2, 2), np.bool_), SIZE, false)[0]
    assert error(decode([fields, maps]), points, everything(points)) <= 1.0


@both
def test_two_joints_are_nobody_and_three_are_somebody(layout: Layout) -> None:
    points = apart(3, SIZE, 6, layout)
    seen = np.zeros((3, layout.joints), np.bool_)
    seen[0] = True
    seen[1, [1, 2]] = True
    seen[2, [1, 2, 3]] = True
    found = decode(encode(points, seen, SIZE, layout), layout)
    assert error(found, points[[0, 2]], seen[[0, 2]]) <= 1.0


def test_feet_alone_are_nobody() -> None:
    points = apart(2, SIZE, 6, BODY)
    seen = everything(points)
    seen[1] = False
    seen[1, [11, 22, 23, 24]] = True  # an ankle and its foot: one joint and three extremities
    assert error(decode(encode(points, seen, SIZE, BODY), BODY), points[:1], seen[:1]) <= 1.0


@both
def test_crossed_arms(layout: Layout) -> None:
    points = figures(np.array([[150.0, 350.0], [450.0, 350.0]]), np.array([300.0, 320.0]), layout)
    points[:, [4, 7]] = points[:, [7, 4]] + [0.0, -40.0]  # right wrist to the left, left wrist to the right
    found = decode(encode(points, everything(points), SIZE, layout), layout)
    assert error(found, points, everything(points)) <= 1.0


@both
def test_limbs_of_two_persons_that_cross(layout: Layout) -> None:
    points = figures(np.array([[250.0, 350.0], [380.0, 352.0]]), np.array([300.0, 310.0]), layout)
    points[0, [6, 7]] = [[300.0, 180.0], [345.0, 240.0]]  # the one's left forearm down to the right ...
    points[1, [6, 7]] = [[345.0, 182.0], [298.0, 238.0]]  # ... the other's down to the left, through it
    knee, foot = (12, []) if layout is COCO else (13, [19, 20, 21])
    for person, leg in enumerate(([[290.0, 270.0], [350.0, 330.0]], [[352.0, 272.0], [292.0, 332.0]])):
        points[person, foot] += leg[1] - points[person, knee + 1]
        points[person, [knee, knee + 1]] = leg
    found = decode(encode(points, everything(points), SIZE, layout), layout)
    assert error(found, points, everything(points)) <= 1.0


def test_a_joint_in_the_very_middle_of_a_cell_is_not_lost() -> None:
    """Two upsampled pixels are equal there, and neither is more than all its neighbours: the first is taken."""
    points = figures(np.array([[204.0, 340.0]]), np.array([300.0]))
    points = np.floor(points / 8) * 8 + 4
    outputs = encode(points, everything(points), SIZE)
    assert error(decode(outputs), points, everything(points)) <= 1.0
    assert len(plain_road(outputs[0], COCO)[1]) == 0


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_a_person_whose_joints_reach_the_edges(corner: tuple[int, int]) -> None:
    points = figures(np.array([[200.0, 300.0]]), np.array([250.0]))
    low, high = points[0].min(axis=0), points[0].max(axis=0)
    points = points + np.where(corner, [SIZE[1] - 2.3, SIZE[0] - 2.3] - high, 2.3 - low)
    outputs = encode(points, everything(points), SIZE)
    found = decode(outputs)
    assert (found.keypoints >= 0).all()
    assert (found.keypoints <= [SIZE[1], SIZE[0]]).all()
    assert error(found, points, everything(points)) <= 4.0  # the edge cell repeats: half a cell is not seen
    same_as_plain(outputs[0], COCO)


def same_as_plain(output: Array, layout: Layout, size: tuple[int, int] = SIZE) -> int:
    """Check the decoder against the word-by-word road: the same persons in the same order; give how many."""
    found = decode([output], layout, size)
    joints, scores = plain_road(output, layout)
    assert found.scores.shape == scores.shape
    has = ~np.isnan(joints[..., 0])
    assert np.array_equal(found.keypoint_scores > 0, has)
    assert np.abs(found.keypoints - joints[..., :2])[has].max(initial=0) < 0.1
    assert np.abs(found.keypoint_scores - joints[..., 2].clip(0, 1))[has].max(initial=0) < 1e-5
    assert np.abs(found.scores - scores).max(initial=0) < 1e-5
    return len(scores)


@both
@pytest.mark.parametrize("seed", range(3))
def test_crowds_are_as_by_the_plain_road(layout: Layout, seed: int) -> None:
    outputs, _ = (crowd if layout is COCO else crowd_body25)(20, seed)
    assert same_as_plain(outputs[0], layout) >= 10


@both
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 6), spread=st.sampled_from([7.0, NARROW]))
def test_overlapping_persons_are_as_by_the_plain_road(layout: Layout, seed: int, count: int, spread: float) -> None:
    points = among_each_other(count, SMALL, seed, layout)
    seen = np.random.default_rng(seed).uniform(size=points.shape[:2]) < 0.85
    output = encode(points, seen, SMALL, layout, spread)[0]
    noise = np.random.default_rng(seed).normal(0, 0.02, output.shape)
    same_as_plain((output + noise).astype(np.float32), layout, SMALL)


@both
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), along=st.sampled_from([0.0, 0.2, 0.4]))
def test_noise_is_as_by_the_plain_road(layout: Layout, seed: int, along: float) -> None:
    channels = layout.joints + 1 + 2 * len(layout.limbs)
    output = np.random.default_rng(seed).normal(0, 0.3, (1, channels, 7, 9))
    output[:, layout.joints + 1 :] += along
    same_as_plain(output.astype(np.float32), layout, (56, 72))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cells=st.tuples(st.integers(-4, 4), st.integers(-4, 4)))
def test_moved_by_whole_cells_persons_are_found_moved(seed: int, cells: tuple[int, int]) -> None:
    points = figures(np.array([[200.0, 320.0], [400.0, 300.0]]), np.array([240.0, 220.0]), COCO, 0.02, seed)
    step = np.array(cells) * 8.0
    one = decode(encode(points, everything(points), SIZE))
    other = decode(encode(points + step, everything(points), SIZE))
    rows = [rows_of(each, at, everything(points)) for each, at in ((one, points), (other, points + step))]
    assert np.abs(other.keypoints[rows[1]] - one.keypoints[rows[0]] - step).max() < 1e-3
    assert np.abs(other.boxes[rows[1]] - one.boxes[rows[0]] - np.tile(step, 2)).max() < 1e-3


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), factor=st.floats(0.7, 1.4))
def test_a_scaled_person_is_found_scaled(seed: int, factor: float) -> None:
    points = figures(np.array([[200.0, 250.0]]), np.array([220.0]), COCO, 0.02, seed)
    found = decode(encode(points * factor, everything(points), SIZE))
    assert error(found, points * factor, everything(points)) <= 1.0


@both
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_person_has_left_and_right_swapped(layout: Layout, seed: int) -> None:
    points = apart(3, SIZE, seed, layout)
    flipped = points[:, layout.mirrored] * [-1, 1] + [SIZE[1], 0]
    one = decode(encode(points, everything(points), SIZE, layout), layout)
    other = decode(encode(flipped, everything(points), SIZE, layout), layout)
    back = other.keypoints[:, layout.mirrored] * [-1, 1] + [SIZE[1], 0]
    rows = rows_of(one, points, everything(points)), rows_of(other, flipped, everything(points))
    assert np.abs(back[rows[1]] - one.keypoints[rows[0]]).max() < 1e-3


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_the_order_of_persons_changes_nothing(seed: int, order: list[int]) -> None:
    points = apart(4, SIZE, seed)
    one = decode(encode(points, everything(points), SIZE))
    other = decode(encode(points[order], everything(points), SIZE))
    assert np.abs(other.keypoints - one.keypoints).max() < 1e-3
    assert np.abs(other.scores - one.scores).max() < 1e-5


ZEROS: Callable[..., NDArray[np.float32]] = np.zeros


@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        ([ZEROS((1, 56, 46, 82), np.float32)], "[1, 56, 46, 82]"),
        ([ZEROS((1, 57, 46, 81), np.float32)], "[1, 57, 46, 81]"),
        ([ZEROS((1, 78, 92, 164), np.float32)], "[1, 78, 92, 164]"),
        ([ZEROS((2, 57, 46, 82), np.float32)], "[2, 57, 46, 82]"),
        ([ZEROS((57, 46, 82), np.float32)], "[57, 46, 82]"),
        ([ZEROS((1, 38, 46, 82), np.float32)], "[1, 38, 46, 82]"),
        ([ZEROS((1, 19, 46, 82), np.float32), ZEROS((1, 52, 46, 82), np.float32)], "[1, 52, 46, 82]"),
        ([np.full((1, channels, 46, 82), np.nan, np.float32) for channels in (57, 78)], "NaN or infinity"),
        ([np.full((1, channels, 46, 82), np.inf, np.float32) for channels in (19, 38, 26, 52)], "NaN or infinity"),
    ],
)
@both
def test_a_foreign_network_is_refused(layout: Layout, outputs: list[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"openpose_\w+: wanted .*, got .*; does the card") as caught:
        decode(outputs, layout)
    assert got in str(caught.value)


@both
def test_a_skeleton_of_other_joints_is_refused(layout: Layout) -> None:
    with pytest.raises(OutputMismatch, match=rf"wanted a skeleton of {layout.joints} joints, got 17"):
        DECODERS[layout.joints]([], DecodeOptions(*SIZE))


def test_sides_that_are_not_a_multiple_of_eight_are_refused() -> None:
    with pytest.raises(OutputMismatch, match="wanted sides that are multiples of 8, got 368 x 660"):
        decode([np.zeros((1, 57, 46, 82), np.float32)], COCO, (368, 660))
