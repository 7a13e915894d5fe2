import pytest

from inference.worker.batching import Batching


@pytest.mark.parametrize(
    ("size", "deadline", "waiting", "waited", "cameras", "wait"),
    [
        (4, 0.1, 0, 0.0, 9, 0.0),  # nothing to wait for
        (4, 0.0, 1, 0.0, 9, 0.0),  # on a CPU what is there goes
        (4, 0.1, 4, 0.0, 9, 0.0),
        (4, 0.1, 2, 0.03, 9, 0.07),
        (4, 0.1, 2, 0.2, 9, 0.0),
        (4, 0.1, 1, 0.0, 1, 0.0),  # no other camera will come
        (4, 0.1, 2, 0.0, 2, 0.0),
        (4, 0.1, 1, 0.0, 0, 0.0),
    ],
)
def test_how_long_to_wait(size: int, deadline: float, waiting: int, waited: float, cameras: int, wait: float) -> None:
    assert Batching(size, deadline).wait_seconds(waiting, waited, cameras) == pytest.approx(wait)


@pytest.mark.parametrize(("size", "deadline"), [(0, 0.0), (1, -1.0)])
def test_what_is_no_batch_is_refused(size: int, deadline: float) -> None:
    with pytest.raises(ValueError, match="size of at least 1"):
        Batching(size, deadline)
