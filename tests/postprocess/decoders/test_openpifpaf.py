from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from posestream.errors import OutputMismatch
from posestream.skeletons import COCO17
from postprocess.decoders import DecodedPoses, DecodeOptions, openpifpaf
from postprocess.decoders.caf import Joint
from postprocess.decoders.openpifpaf import decode_openpifpaf
from postprocess.decoders.pifpaf_growth import grow
from postprocess.decoders.pifpaf_occupancy import Occupancy
from synthetic.openpifpaf import LIMBS, crowd, fields, figure, scales, silence

MIRRORED = list(COCO17.mirrored)
OPTIONS = DecodeOptions(height=481, width=641, min_score=0.15)
SMALL = DecodeOptions(height=193, width=257, min_score=0.15)
TOLERANCE = 0.1
L_SHOULDER, L_ELBOW, L_WRIST, L_HIP, L_KNEE = 5, 7, 9, 11, 13
Array = NDArray[np.float32]
Reproduces = Callable[..., None]


def limb(first: int, second: int) -> int:
    """The channel of CAF of these two joints."""
    return LIMBS.index([first + 1, second + 1])


def decode(people: list[Array], options: DecodeOptions = OPTIONS, **more: object) -> DecodedPoses:
    outputs = fields(np.array(people), options.height, options.width, **more)  # type: ignore[arg-type]
    return decode_openpifpaf(outputs, options)


def matched(found: DecodedPoses, people: list[Array]) -> list[int]:
    """For each of the people the row of the person found that is nearest to all their joints; each is someone's."""
    assert len(found.scores) == len(people)
    rows = [int(np.hypot(*(found.keypoints - person).transpose(2, 0, 1)).mean(axis=1).argmin()) for person in people]
    assert sorted(rows) == list(range(len(people)))
    return rows


def error(found: DecodedPoses, people: list[Array]) -> float:
    return float(np.abs(found.keypoints[matched(found, people)] - np.array(people)).max())


@pytest.mark.parametrize("stride", [8, 16])
def test_nobody(stride: int) -> None:
    found = decode_openpifpaf(silence(stride=stride), OPTIONS)
    assert found.keypoints.shape == (0, 17, 2)
    assert found.keypoint_scores.shape == (0, 17)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize("stride", [8, 16])
@pytest.mark.parametrize(("height", "width"), [(481, 641), (641, 481), (369, 369)])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_was_encoded_is_decoded(count: int, height: int, width: int, stride: int, reproduces: Reproduces) -> None:
    options = DecodeOptions(height=height, width=width, min_score=0.15)
    tall = min(height * 0.8, 2.4 * width / count)
    people = [figure(width * (n + 0.5) / count, 10.3 + n, tall, seed=7 * count + n) for n in range(count)]
    outputs = fields(np.array(people), height, width, stride)
    found = decode_openpifpaf(outputs, options)
    reproduces("OpenPifPaf", outputs, error(found, people), TOLERANCE)
    rows = matched(found, people)
    boxes = [[*person.min(axis=0), *person.max(axis=0)] for person in people]
    assert np.abs(found.boxes[rows] - boxes).max() < TOLERANCE


def test_twenty_persons(reproduces: Reproduces) -> None:
    people = [figure(40 + 62 * (n % 10), 5 + 240 * (n // 10), 210, seed=n) for n in range(20)]
    outputs = fields(np.array(people))
    reproduces("OpenPifPaf", outputs, error(decode_openpifpaf(outputs, OPTIONS), people), TOLERANCE)


@pytest.mark.parametrize("count", [1, 5, 20])
def test_a_network_that_errs_a_little_still_shows_all_persons(count: int) -> None:
    outputs, kwargs = crowd(count, seed=count)
    assert len(decode_openpifpaf(outputs, DecodeOptions(**kwargs)).scores) == count  # type: ignore[arg-type]


@pytest.mark.parametrize("gap", [1.1, 1.5, 2.0, -1.1])
@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize("tall", [150, 400])
def test_two_close_persons_are_not_swapped(gap: float, seed: int | None, tall: float) -> None:
    first = figure(300, 30, tall, seed)
    people = [first, (first + np.array([gap * scales(first).max(), 0.7])).astype(np.float32)]
    assert error(decode(people), people) <= TOLERANCE


def test_nearer_than_a_joint_is_large_only_one_keeps_it() -> None:
    first = figure(300, 30, 400)
    found = decode([first, first + np.float32([0.8 * scales(first)[L_HIP], 0])])
    assert (found.keypoint_scores[:, L_HIP] > 0).sum() == 1


def test_persons_one_before_the_other() -> None:
    people = [figure(300, 30, 400, 1), figure(355, 120, 300, 2), figure(240, 80, 350, 3)]
    assert error(decode(people), people) <= TOLERANCE


def planted(with_own: bool) -> tuple[list[Array], list[Array]]:
    """Two persons; all cells of the first one's left forearm lead to the other's wrist.

    The other's own forearm is there only if ``with_own``.
    """
    people = [figure(150, 30, 400), figure(450, 30, 400)]
    outputs = fields(np.array(people))
    forearm = outputs[1][0, limb(L_ELBOW, L_WRIST)]
    first = (forearm[1] > 0) & (np.abs(forearm[2] * 8 - people[0][L_ELBOW, 0]) < 1)
    assert first.sum() > 16
    forearm[4, first], forearm[5, first] = people[1][L_WRIST] / 8
    if not with_own:
        forearm[1, ~first] = 0
    forearm[1, first] *= 0.9
    return people, outputs


def test_a_wrong_limb_is_rejected_as_the_way_back_leads_elsewhere() -> None:
    people, outputs = planted(with_own=True)
    found = decode_openpifpaf(outputs, OPTIONS)
    rows = matched(found, people)
    others = [joint for joint in range(17) if joint != L_WRIST]
    assert np.abs(found.keypoints[rows][:, others] - np.array(people)[:, others]).max() <= TOLERANCE
    assert found.keypoint_scores[rows[0], L_WRIST] == 0
    assert np.abs(found.keypoints[rows[1], L_WRIST] - people[1][L_WRIST]).max() <= TOLERANCE


def test_the_same_limb_is_taken_if_no_way_back_speaks_against_it() -> None:
    people, outputs = planted(with_own=False)
    found = decode_openpifpaf(outputs, OPTIONS)
    rows = matched(found, people)
    assert np.abs(found.keypoints[rows[0], L_WRIST] - people[1][L_WRIST]).max() <= TOLERANCE


def test_of_a_double_nothing_is_left() -> None:
    person = figure(300, 30, 400)
    outputs = fields(np.array([person]))
    size = scales(person)
    shoulder, hip = person[L_SHOULDER] + [90, 0], person[L_HIP] + [0.8 * size[L_HIP], 0]
    cif, caf = outputs
    column, row = (shoulder / 8).astype(int)
    columns = slice(column - 1, column + 3)
    false_joint = np.array([0.9, *shoulder / 8, size[L_SHOULDER] / 8])
    cif[0, L_SHOULDER, 1:, row - 1 : row + 3, columns] = false_joint[:, None, None]
    false_limb = [0.9, *shoulder / 8, *hip / 8, size[L_SHOULDER] / 8, size[L_HIP] / 8]
    caf[0, limb(L_SHOULDER, L_HIP), 1:, row + 4 : row + 8, column - 1 : column + 3] = np.array(false_limb)[
        :, None, None
    ]
    found = decode_openpifpaf(outputs, OPTIONS)
    assert np.abs(found.keypoints - person).max() <= TOLERANCE
    assert len(found.scores) == 1
    everyone = decode_openpifpaf(outputs, DecodeOptions(OPTIONS.height, OPTIONS.width, 0.0))
    assert np.flatnonzero(everyone.keypoint_scores[1]).tolist() == [L_SHOULDER]
    assert np.abs(everyone.keypoints[1, L_SHOULDER] - shoulder).max() <= TOLERANCE


def test_a_joint_that_two_persons_share_stays_with_the_surer() -> None:
    shared = {0: Joint(100.0, 50.0, 8.0, 0.9)}
    weak, sure = shared | {1: Joint(90.0, 40.0, 8.0, 0.5)}, shared | {1: Joint(300.0, 40.0, 8.0, 0.6)}
    left = openpifpaf._without_doubles([weak, sure, dict(shared)], Occupancy((17, 481, 641)))
    assert left == [sure, {1: weak[1]}]


def test_only_one_of_the_cells_that_see_a_person_starts_one(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []
    monkeypatch.setattr(openpifpaf, "grow", lambda joint, *rest: starts.append(joint) or grow(joint, *rest))
    decode([figure(150, 30, 400), figure(450, 30, 400)])
    assert len(starts) == 2


def test_joints_that_nobody_sees_are_absent() -> None:
    sure = np.ones((1, 17), np.float32)
    sure[0, [L_WRIST, 0, 16]] = 0
    person = figure(300, 30, 400)
    found = decode([person], sure=sure)
    assert np.flatnonzero(found.keypoint_scores[0] == 0).tolist() == [0, L_WRIST, 16]
    seen = sure[0] > 0
    assert np.abs(found.keypoints[0, seen] - person[seen]).max() <= TOLERANCE
    assert found.scores[0] == pytest.approx(14 / 17, abs=1e-3)
    assert np.abs(found.boxes[0] - [*person[seen].min(axis=0), *person[seen].max(axis=0)]).max() <= TOLERANCE


@pytest.mark.parametrize(("least", "count"), [(0.0, 1), (1.5 / 17, 0)])
def test_a_lone_joint_is_hardly_a_person(least: float, count: int) -> None:
    sure = np.zeros((1, 17), np.float32)
    sure[0, 0] = 1
    found = decode([figure(300, 30, 400)], DecodeOptions(481, 641, least), sure=sure)
    assert len(found.scores) == count


def test_doubtful_persons_are_dropped_and_the_best_come_first() -> None:
    people = [figure(x, 30, 300) for x in (100, 300, 500)]
    sure = np.repeat(np.array([[0.5], [1.0], [0.7]], np.float32), 17, axis=1)
    found = decode(people, sure=sure)
    assert np.abs(found.keypoints - np.array(people)[[1, 2, 0]]).max() <= TOLERANCE
    assert np.all(np.diff(found.scores) < 0)
    fewer = decode(people, DecodeOptions(481, 641, float(found.scores[1])), sure=sure)
    assert np.array_equal(fewer.keypoints, found.keypoints[:2])


def test_scores_beyond_one_are_cut() -> None:
    person = figure(300, 30, 400)
    found = decode([person], sure=np.full((1, 17), 3.0, np.float32))
    assert 0.999 < found.keypoint_scores.min() <= found.keypoint_scores.max() <= 1
    assert 0.999 < found.scores[0] <= 1


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_persons_at_the_edges_of_the_picture(corner: tuple[int, int]) -> None:
    person, farthest = figure(0, 0, 300), np.float32([OPTIONS.width - 1, OPTIONS.height - 1])
    person += corner * farthest - np.where(corner, person.max(axis=0), person.min(axis=0))
    assert error(decode([person]), [person]) <= TOLERANCE


def test_wild_numbers_do_no_harm() -> None:
    person = figure(300, 30, 400)
    outputs = fields(np.array([person]))
    for field, numbers in zip(outputs, ((2, 3, 4), (2, 3, 4, 5, 6, 7)), strict=True):
        for number in numbers:
            field[0, :, 1, 0, number] = 0.95
            field[0, :, number, 0, number] = -3e38 if number % 2 else 3e38
    found = decode_openpifpaf(outputs, OPTIONS)
    assert np.isfinite(found.keypoints).all()
    assert np.abs(found.keypoints[0] - person).max() <= TOLERANCE


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), dx=st.floats(-70, 70), dy=st.floats(-10, 10), factor=st.floats(0.7, 1.2))
def test_a_person_moved_and_scaled_is_found_so(seed: int, dx: float, dy: float, factor: float) -> None:
    person = figure(128, 15, 140, seed)
    changed = ((person - [128, 15]) * factor + [128 + dx, 15 + dy]).astype(np.float32)
    plain, other = decode([person], SMALL), decode([changed], SMALL)
    assert error(plain, [person]) <= TOLERANCE
    assert error(other, [changed]) <= TOLERANCE


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_picture_gives_mirrored_persons(seed: int) -> None:
    people = [figure(80, 15, 160, seed), figure(150, 20, 150, seed + 1)]
    flipped = [(person[MIRRORED] * [-1, 1] + [SMALL.width - 1, 0]).astype(np.float32) for person in people]
    found = decode(flipped, SMALL)
    back = found.keypoints[matched(found, flipped)][:, MIRRORED] * [-1, 1] + [SMALL.width - 1, 0]
    plain = decode(people, SMALL)
    assert np.abs(back - plain.keypoints[matched(plain, people)]).max() <= TOLERANCE


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(3)))
def test_the_order_of_persons_changes_nothing_else(seed: int, order: list[int]) -> None:
    people = [figure(50 + 75 * n, 15, 150, seed + n) for n in range(3)]
    one, other = decode(people, SMALL), decode([people[n] for n in order], SMALL)
    rows = matched(other, people)
    assert np.abs(other.keypoints[rows] - one.keypoints[matched(one, people)]).max() < 1e-3
    assert np.abs(other.keypoint_scores[rows] - one.keypoint_scores[matched(one, people)]).max() < 1e-3


def test_persons_apart_are_found_as_if_each_were_alone() -> None:
    people = [figure(100 + 200 * n, 20 + 10 * n, 380, n) for n in range(3)]
    together = decode(people)
    for row, person in zip(matched(together, people), people, strict=True):
        alone = decode([person])
        assert np.abs(alone.keypoints[0] - together.keypoints[row]).max() < 1e-3
        assert np.abs(alone.keypoint_scores[0] - together.keypoint_scores[row]).max() < 1e-3


def test_outputs_in_any_order_and_others_beside_do_no_harm() -> None:
    outputs = fields(np.array([figure(300, 30, 400)]))
    one = decode_openpifpaf(outputs, OPTIONS)
    other = decode_openpifpaf([np.zeros((1, 3), np.float32), *outputs[::-1]], OPTIONS)
    assert np.array_equal(one.keypoints, other.keypoints)


@pytest.mark.parametrize(
    ("change", "got"),
    [
        (lambda cif, caf: [], "no output"),  # noqa: ARG005
        (lambda cif, caf: [cif], "[1, 17, 5, 61, 81]"),  # noqa: ARG005
        (lambda cif, caf: [cif[:, :16], caf], "[1, 16, 5, 61, 81]"),
        (lambda cif, caf: [cif, caf[:, :18]], "[1, 18, 8, 61, 81]"),
        (lambda cif, caf: [cif, caf[..., :80]], "[1, 19, 8, 61, 80]"),
        (lambda cif, caf: [cif, caf[:, :, :7]], "[1, 19, 7, 61, 81]"),
        (lambda cif, caf: [cif[..., :80], caf[..., :80]], "fields of 61x80"),
        (lambda cif, caf: [cif * np.float32(np.nan), caf], "NaN or infinity"),
        (lambda cif, caf: [cif, caf + np.float32(np.inf)], "NaN or infinity"),
    ],
)
def test_a_foreign_network_is_refused(change: Callable[..., list[Array]], got: str) -> None:
    with pytest.raises(OutputMismatch, match=r"wanted .*, got .*; does the card name the right decoder") as caught:
        decode_openpifpaf(change(*silence()), OPTIONS)
    assert got in str(caught.value)


def test_another_skeleton_is_refused() -> None:
    with pytest.raises(OutputMismatch, match="17 joints"):
        decode_openpifpaf(silence(), DecodeOptions(481, 641, 0.15, joints=133))
