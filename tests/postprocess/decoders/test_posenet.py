import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses, DecodeOptions
from postprocess.decoders.posenet import decode_posenet_multi, decode_posenet_single
from synthetic.posenet import crowd, encode, side_by_side

Array = NDArray[np.float32]
Truth = NDArray[np.float64]
MIRRORED = list(COCO17.mirrored)
OPTIONS = DecodeOptions(513, 513, min_score=0.25)
SIDES = (513, 513)
TOLERANCE = 1e-2
MIDDLE = np.array([100, 150])
MEAN_SURE = 1 / (1 + np.exp(-6.0))


def matched(found: DecodedPoses, truth: Truth, counted: NDArray[np.bool_] | None = None) -> tuple[float, list[int]]:
    """The largest error in px over the joints that count, and which found person is which true one."""
    assert len(found.scores) == len(truth)
    weights = np.ones(truth.shape[:2], bool) if counted is None else counted
    errors = np.linalg.norm(found.keypoints[None] - truth[:, None], axis=-1) * weights[:, None]
    places = errors.max(axis=-1).argmin(axis=1).tolist()
    assert sorted(places) == list(range(len(truth)))
    return max((errors[row, place].max() for row, place in enumerate(places)), default=0.0), places


def a_few(seed: int, persons: int = 3) -> Truth:
    """Persons of about 100x200 px in the middle of the picture."""
    return side_by_side(persons, (201, 301), rows=1, seed=seed) + MIDDLE


@pytest.mark.parametrize("persons", range(1, 21))
def test_what_was_encoded_is_decoded(persons: int, reproduces: Callable[..., None]) -> None:
    truth = side_by_side(persons, SIDES, rows=2 if persons > 2 else 1, seed=persons)
    outputs = encode(truth, SIDES, 16)
    found = decode_posenet_multi(outputs, OPTIONS)
    reproduces("PoseNet multi", outputs, matched(found, truth)[0], TOLERANCE)
    assert found.scores == pytest.approx([MEAN_SURE] * persons, abs=1e-6)
    assert found.keypoint_scores == pytest.approx(np.full((persons, 17), MEAN_SURE), abs=1e-6)
    assert (np.diff(found.scores) <= 0).all() or persons == 0


@pytest.mark.parametrize(
    ("sides", "stride", "persons", "rows"),
    [((257, 257), 8, 12, 2), ((513, 289), 8, 20, 4), ((289, 513), 16, 9, 1), ((513, 513), 32, 6, 1)],
)
def test_other_sides_and_strides(
    sides: tuple[int, int], stride: int, persons: int, rows: int, reproduces: Callable[..., None]
) -> None:
    truth = side_by_side(persons, sides, rows=rows)
    outputs = encode(truth, sides, stride)
    found = decode_posenet_multi(outputs, DecodeOptions(*sides, min_score=0.25))
    reproduces("PoseNet multi", outputs, matched(found, truth)[0], TOLERANCE)


def test_the_boxes_of_neighbours_lie_5_px_apart() -> None:
    truth = side_by_side(20, SIDES, rows=2)
    found = decode_posenet_multi(encode(truth, SIDES, 16), OPTIONS)
    boxes = found.boxes[matched(found, truth)[1]]
    assert boxes[1:10, 0] - boxes[:9, 2] == pytest.approx(np.full(9, 5), abs=TOLERANCE)
    assert boxes[10:, 1] - boxes[:10, 3] == pytest.approx(np.full(10, 5), abs=TOLERANCE)


@pytest.mark.parametrize("persons", [1, 4, 20])
@pytest.mark.parametrize("seed", range(3))
def test_occluded_joints_are_found_by_the_others_and_score_little(
    persons: int, seed: int, reproduces: Callable[..., None]
) -> None:
    truth = side_by_side(persons, SIDES, rows=2 if persons > 2 else 1, seed=seed)
    seen = np.random.default_rng(seed).uniform(size=truth.shape[:2]) < 0.7
    seen[:, 5:9] = True
    outputs = encode(truth, SIDES, 16, seen)
    found = decode_posenet_multi(outputs, DecodeOptions(*SIDES, min_score=0.2))
    error, places = matched(found, truth)
    reproduces("PoseNet multi", outputs, error, TOLERANCE)
    assert np.array_equal(found.keypoint_scores[places] > 0.5, seen)
    assert found.scores[places] == pytest.approx(np.where(seen, MEAN_SURE, 1 - MEAN_SURE).mean(axis=1), abs=1e-6)


def test_joints_the_network_says_nothing_of_leave_the_others_alone(reproduces: Callable[..., None]) -> None:
    truth = a_few(1)
    labelled = np.ones(truth.shape[:2], bool)
    labelled[0, [3, 9, 13, 15]] = labelled[1, [15, 16]] = labelled[2, [7, 9, 8, 10]] = False
    outputs = encode(truth, SIDES, 16, labelled=labelled)
    found = decode_posenet_multi(outputs, OPTIONS)
    error, places = matched(found, truth, labelled)
    reproduces("PoseNet multi", outputs, error, TOLERANCE)
    assert found.scores[places] == pytest.approx(labelled.mean(axis=1), abs=0.01)


def test_a_joint_cut_off_from_its_person_is_a_poor_person_of_its_own() -> None:
    truth = a_few(1, persons=1)
    labelled = np.ones((1, 17), bool)
    labelled[0, 7] = False  # no way leads over the elbow to the wrist
    outputs = encode(truth, SIDES, 16, labelled=labelled)
    found = decode_posenet_multi(outputs, DecodeOptions(*SIDES))
    assert len(found.scores) == 2
    assert found.scores.min() < 0.1
    assert len(decode_posenet_multi(outputs, OPTIONS).scores) == 1


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("height", [12, 40, 400])
def test_outputs_in_every_order_decode_the_same(seed: int, height: int) -> None:
    truth = side_by_side(1, (height, height // 2 + 1), rows=1, seed=seed) + MIDDLE / 2
    outputs = encode(truth, SIDES, 16)
    noisy, _ = crowd(5, seed)
    for tensors in (list(outputs), noisy):
        first = decode_posenet_multi(tensors, OPTIONS)
        for order in itertools.permutations(tensors):
            found = decode_posenet_multi(order, OPTIONS)
            assert np.array_equal(found.keypoints, first.keypoints)
            assert np.array_equal(found.keypoint_scores, first.keypoint_scores)
    assert matched(decode_posenet_multi(outputs, OPTIONS), truth)[0] < TOLERANCE


@pytest.mark.parametrize("joint", range(17))
def test_the_order_is_seen_even_where_one_joint_alone_is_sure(joint: int) -> None:
    truth = a_few(2, persons=1)
    seen = np.arange(17)[None] == joint
    logits, offsets, forward, backward = encode(truth, SIDES, 16, seen)
    for outputs in ((logits, offsets, forward, backward), (logits, offsets, backward, forward)):
        found = decode_posenet_multi(outputs, DecodeOptions(*SIDES))
        assert matched(found, truth)[0] < TOLERANCE


def test_a_crowd_as_a_real_network_sees_it() -> None:
    outputs, options = crowd(20)
    found = decode_posenet_multi(outputs, DecodeOptions(**options))  # type: ignore[arg-type]
    assert matched(found, side_by_side(20, SIDES, rows=2))[0] < 4  # the noise of offsets alone reaches 2 px


def test_nobody() -> None:
    found = decode_posenet_multi(encode(np.zeros((0, 17, 2)), SIDES, 16), OPTIONS)
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


def test_persons_at_the_edges_of_the_picture() -> None:
    truth = side_by_side(2, SIDES, rows=1)
    for corner in ([0, 0], [0, 100], [-3, -2]):  # joints may lie on the outermost px, and a little beyond
        found = decode_posenet_multi(encode(truth + corner, SIDES, 16), OPTIONS)
        inside = (truth + corner >= -8).all(axis=-1) & (truth + corner <= 520).all(axis=-1)
        assert matched(found, truth + corner, inside)[0] < TOLERANCE


def test_a_joint_of_an_earlier_person_counts_only_once() -> None:
    truth = a_few(3, persons=2)
    truth[1, 0] = truth[0, 0] + [12, 0]  # noses within 20 px; both are sure
    found = decode_posenet_multi(encode(truth, SIDES, 8), OPTIONS)
    assert matched(found, truth)[0] < TOLERANCE
    assert found.scores == pytest.approx([MEAN_SURE, MEAN_SURE * 16 / 17], abs=1e-6)
    assert found.keypoint_scores.min() == pytest.approx(MEAN_SURE, abs=1e-6)


def test_doubtful_persons_are_dropped() -> None:
    truth = a_few(4)
    seen = np.ones(truth.shape[:2], bool)
    seen[1, 5:] = False
    outputs = encode(truth, SIDES, 16, seen)
    assert len(decode_posenet_multi(outputs, DecodeOptions(*SIDES, min_score=0.25)).scores) == 3
    assert len(decode_posenet_multi(outputs, DecodeOptions(*SIDES, min_score=0.35)).scores) == 2
    assert len(decode_posenet_multi(outputs, DecodeOptions(*SIDES, min_score=1.0)).scores) == 0
    lowest = float(decode_posenet_multi(outputs, OPTIONS).scores.min())
    assert len(decode_posenet_multi(outputs, DecodeOptions(*SIDES, min_score=lowest)).scores) == 3


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-90, 90), dy=st.floats(-140, 140), factor=st.floats(0.8, 1.1))
def test_moved_and_scaled_persons_are_found_moved_and_scaled(seed: int, dx: float, dy: float, factor: float) -> None:
    truth = (a_few(seed) - 256) * factor + 256 + [dx, dy]
    found = decode_posenet_multi(encode(truth, SIDES, 16), OPTIONS)
    error, places = matched(found, truth)
    assert error < TOLERANCE
    boxes = np.concatenate([truth.min(axis=1), truth.max(axis=1)], axis=1)
    assert np.abs(found.boxes[places] - boxes).max() < TOLERANCE


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_person_has_left_and_right_swapped(seed: int) -> None:
    truth = a_few(seed)
    seen = np.random.default_rng(seed).uniform(size=truth.shape[:2]) < 0.8
    seen[:, :5] = True
    flipped = truth[:, MIRRORED] * [-1, 1] + [512, 0]
    options = DecodeOptions(*SIDES, min_score=0.2)
    found = decode_posenet_multi(encode(flipped, SIDES, 16, seen[:, MIRRORED]), options)
    error, places = matched(found, flipped)
    assert error < TOLERANCE
    assert np.array_equal(found.keypoint_scores[places][:, MIRRORED] > 0.5, seen)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_the_order_of_persons_changes_nothing(seed: int, order: list[int]) -> None:
    truth = a_few(seed, persons=4)
    one = decode_posenet_multi(encode(truth, SIDES, 16), OPTIONS)
    other = decode_posenet_multi(encode(truth[order], SIDES, 16), OPTIONS)
    assert np.array_equal(other.keypoints, one.keypoints)
    assert np.array_equal(other.scores, one.scores)


def test_many_persons_are_a_loop_of_one() -> None:
    truth = side_by_side(8, SIDES, rows=2)
    together = decode_posenet_multi(encode(truth, SIDES, 16), OPTIONS)
    _, places = matched(together, truth)
    for row, place in enumerate(places):
        alone = decode_posenet_multi(encode(truth[row : row + 1], SIDES, 16), OPTIONS)
        assert np.abs(alone.keypoints[0] - together.keypoints[place]).max() < TOLERANCE
        assert alone.scores[0] == pytest.approx(together.scores[place], abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("sides", "stride"), [((257, 257), 16), ((257, 513), 32), ((161, 129), 8)])
def test_single_pose(seed: int, sides: tuple[int, int], stride: int, reproduces: Callable[..., None]) -> None:
    truth = side_by_side(1, sides, rows=1, seed=seed)
    seen = np.random.default_rng(seed).uniform(size=(1, 17)) < 0.8
    outputs = encode(truth, sides, stride, seen)
    found = decode_posenet_single(outputs, DecodeOptions(*sides))
    error = np.linalg.norm((found.keypoints - truth)[seen], axis=-1).max()
    reproduces("PoseNet single", outputs, error, TOLERANCE)
    assert found.keypoint_scores == pytest.approx(np.where(seen, MEAN_SURE, 1 - MEAN_SURE), abs=1e-6)
    assert found.scores == pytest.approx(found.keypoint_scores.mean(axis=1))
    assert np.array_equal(found.boxes[0], [*found.keypoints[0].min(axis=0), *found.keypoints[0].max(axis=0)])


def test_single_pose_needs_no_displacements_and_finds_someone_in_any_picture() -> None:
    logits, offsets, _, _ = encode(np.zeros((0, 17, 2)), SIDES, 16)
    found = decode_posenet_single([offsets, logits], OPTIONS)
    assert found.keypoints.shape == (1, 17, 2)
    assert found.scores[0] < 0.01


def damaged(part: str, value: float) -> list[Array]:
    maps = encode(a_few(0), SIDES, 16)
    getattr(maps, part)[0, 3, 4, 5] = value
    return list(maps)


@pytest.mark.parametrize("decode", [decode_posenet_multi, decode_posenet_single])
@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        ([], "no output"),
        (encode(np.zeros((0, 17, 2)), SIDES, 16)[1:], "[1, 33, 33, 34], [1, 33, 33, 32]"),
        (encode(np.zeros((0, 17, 2)), SIDES, 16)[:1], "got [1, 33, 33, 17]"),
        ([part.transpose(0, 3, 1, 2) for part in encode(np.zeros((0, 17, 2)), SIDES, 16)], "[1, 17, 33, 33]"),
        (encode(np.zeros((0, 17, 2)), (273, 273), 16), "maps of 18x18"),
        (encode(np.zeros((0, 17, 2)), (513, 497), 16), "maps of 33x32"),
        ([part[..., 1:] for part in encode(np.zeros((0, 17, 2)), SIDES, 16)], "[1, 33, 33, 16]"),  # 16 joints
        (damaged("logits", np.nan), "NaN or infinity"),
        (damaged("offsets", np.inf), "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(decode: object, outputs: Sequence[Array], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"wanted .*, got .*; does the card name the right decoder") as caught:
        decode(outputs, OPTIONS)  # type: ignore[operator]
    assert got in str(caught.value)


@pytest.mark.parametrize("part", ["forward", "backward"])
def test_displacements_that_are_not_finite_are_refused(part: str) -> None:
    with pytest.raises(OutputMismatch, match="NaN or infinity"):
        decode_posenet_multi(damaged(part, np.nan), OPTIONS)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_there_are_two_displacements(count: int) -> None:
    logits, offsets, forward, _ = encode(a_few(0), SIDES, 16)
    with pytest.raises(OutputMismatch, match=r"two outputs of shape \[1, 33, 33, 32\]"):
        decode_posenet_multi([logits, offsets, *[forward] * count], OPTIONS)


def test_other_outputs_beside_do_no_harm() -> None:
    truth = a_few(0)
    outputs = [np.zeros((1, 3), np.float32), *encode(truth, SIDES, 16)]
    assert matched(decode_posenet_multi(outputs, OPTIONS), truth)[0] < TOLERANCE


@pytest.mark.parametrize("decode", [decode_posenet_multi, decode_posenet_single])
def test_a_card_with_another_skeleton_is_refused(decode: object) -> None:
    with pytest.raises(OutputMismatch, match="wanted a skeleton of 17 joints, got 33 joints"):
        decode(encode(a_few(0), SIDES, 16), DecodeOptions(*SIDES, joints=33))  # type: ignore[operator]
