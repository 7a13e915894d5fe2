import pytest

from postprocess.decoders.caf import Joint
from postprocess.decoders.pifpaf_occupancy import Occupancy


@pytest.mark.parametrize(
    ("x", "y", "covered"),
    [(20, 10, True), (15.6, 10, True), (24.4, 14.4, True), (15.4, 10, False), (24.6, 10, False), (20, 14.6, False)],
)
def test_a_joint_takes_the_square_around_it(x: float, y: float, covered: bool) -> None:
    taken = Occupancy((3, 33, 49))
    taken.add({1: Joint(20.0, 10.0, 4.0, 0.5), 2: Joint(40.0, 30.0, 4.0, 0.5)})
    assert taken.covers(1, x, y) == covered
    assert not taken.covers(0, x, y)
    assert not taken.covers(2, x, y)
    assert taken.covers(2, 40, 30)


@pytest.mark.parametrize(("x", "y"), [(-5, 10), (60, 10), (20, -1e6), (20, 1e6)])
def test_outside_the_picture_the_edge_counts(x: float, y: float) -> None:
    taken = Occupancy((1, 33, 49))
    assert not taken.covers(0, x, y)
    taken.add({0: Joint(x, y, 4.0, 0.5)})
    assert taken.covers(0, x, y)
    assert taken.covers(0, min(max(x, 0), 48), min(max(y, 0), 32))
    assert not taken.covers(0, 24, 16)
