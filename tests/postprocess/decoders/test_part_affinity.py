import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postprocess.decoders.heatmap_peaks import Peaks
from postprocess.decoders.part_affinity import Pairs, best_pairs
from synthetic.openpose import Array, Points
from synthetic.openpose_plain import plain_limbs, upsampled

SIZE = (20, 30)
LIMB = ((0, 1),)


def peaks_at(firsts: Points, seconds: Points) -> Peaks:
    points = np.concatenate([firsts, seconds])
    parts = np.repeat([0, 1], [len(firsts), len(seconds)])
    return Peaks(parts, points.reshape(-1, 2), np.ones(len(points)))


def field(x: float = 0.0, y: float = 0.0) -> Array:
    """One limb's field that is the same all over, [1, 2, h, w]."""
    return np.broadcast_to(np.array([x, y], np.float32)[:, None, None], (1, 2, *SIZE)).copy()


def chosen(pairs: Pairs, firsts: int) -> list[tuple[int, int]]:
    return list(zip(pairs.firsts.tolist(), (pairs.seconds - firsts).tolist(), strict=True))


def test_no_peaks_no_pairs() -> None:
    for firsts, seconds in (([], []), ([[9.0, 9.0]], []), ([], [[9.0, 9.0]])):
        pairs = best_pairs(peaks_at(np.reshape(firsts, (-1, 2)), np.reshape(seconds, (-1, 2))), field(1), LIMB)
        assert pairs.limbs.shape == pairs.firsts.shape == pairs.seconds.shape == pairs.scores.shape == (0,)


@pytest.mark.parametrize(
    ("fields", "score"),
    [(field(1), 1.0), (field(0.5, 3), 0.5), (field(0.06), 0.06), (field(0.04, 1), 0), (field(-1), 0)],
)
def test_the_score_is_how_far_the_field_goes_along(fields: Array, score: float) -> None:
    pairs = best_pairs(peaks_at(np.array([[20.0, 40.0]]), np.array([[100.0, 40.0]])), fields, LIMB)
    assert pairs.scores.tolist() == (pytest.approx([score]) if score else [])


@pytest.mark.parametrize(("length", "against", "found"), [(239.0, [15], 1), (239.0, [15, 27], 0), (50.0, [15], 0)])
def test_nearly_all_points_must_count(length: float, against: list[int], found: int) -> None:
    """Of 25 points along 239 px one may miss, of 16 along 50 px none; cells 15 and 27 lie at such points."""
    fields = field(1)
    fields[0, 0, :, against] = -0.5
    start = 0.0 if length > 100 else 100.0
    pairs = best_pairs(peaks_at(np.array([[start, 80.0]]), np.array([[start + length, 80.0]])), fields, LIMB)
    assert len(pairs.limbs) == found


@pytest.mark.parametrize(("gap", "score"), [(0.0, [0.05 + 1e-6]), (1.2, [0.05 + 1e-6]), (1.4, [])])
def test_ends_that_all_but_coincide_belong_together_even_without_a_field(gap: float, score: list[float]) -> None:
    """The mean side is sqrt(160 240) = 196 px, and its 150th part 1.31 px."""
    pairs = best_pairs(peaks_at(np.array([[20.0, 40.0]]), np.array([[20.0 + gap, 40.0]])), field(), LIMB)
    assert pairs.scores.tolist() == pytest.approx(score)


def test_the_best_pair_goes_first_and_none_is_taken_twice() -> None:
    fields = field()
    fields[0, 0, 5] = 0.8
    fields[0, 0, 12] = 0.4
    firsts, seconds = np.array([[20.0, 100.0], [20.0, 44.0]]), np.array([[120.0, 44.0], [180.0, 44.0], [120.0, 100.0]])
    pairs = best_pairs(peaks_at(firsts, seconds), fields, LIMB)
    assert chosen(pairs, 2) == [(1, 0), (0, 2)]
    assert (np.diff(pairs.scores) <= 0).all()


def test_a_peak_may_serve_several_limbs() -> None:
    peaks = peaks_at(np.array([[20.0, 40.0]]), np.array([[100.0, 40.0]]))
    pairs = best_pairs(peaks, np.concatenate([field(1), field(-1)]), ((0, 1), (1, 0)))
    assert pairs.limbs.tolist() == [0, 1]
    assert pairs.firsts.tolist() == [0, 1]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    counts=st.tuples(st.integers(0, 12), st.integers(0, 12)),
    mean=st.sampled_from([0.0, 0.3]),
    sparse=st.booleans(),
)
def test_pairs_are_those_of_the_field_upsampled_whole(
    seed: int, counts: tuple[int, int], mean: float, sparse: bool
) -> None:
    chance = np.random.default_rng(seed)
    fields = chance.normal(mean, 0.3, (1, 2, *SIZE)).astype(np.float32)
    if sparse:
        fields[:, :, chance.uniform(size=SIZE) < 0.7] = 0
    firsts, seconds = (chance.uniform(1, [SIZE[1] * 8 - 1, SIZE[0] * 8 - 1], (count, 2)) for count in counts)
    pairs = best_pairs(peaks_at(firsts, seconds), fields, LIMB)
    rows = [[(x, y, 1.0) for x, y in points.tolist()] for points in (firsts, seconds)]
    plain = plain_limbs(rows[0], rows[1], upsampled(fields[0]))
    assert chosen(pairs, counts[0]) == [(a, b) for a, b, _ in plain]
    assert pairs.scores.tolist() == pytest.approx([score for _, _, score in plain], abs=1e-5)
