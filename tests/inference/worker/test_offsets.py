import pytest

from inference.worker.offsets import DoneOffsets


@pytest.mark.parametrize(
    ("start", "taken", "done", "committable"),
    [
        (None, [], [], None),
        (5, [], [], 5),
        (5, [5, 6, 7], [], 5),
        (5, [5, 6, 7], [5], 6),
        (5, [5, 6, 7], [6, 7], 5),
        (5, [5, 6, 7], [7, 6, 5], 8),
        (None, [3, 4], [4], None),
        (None, [3, 9], [3], 4),  # nothing lies between: waiting for 4 would be for ever
        (None, [3, 9], [9, 3], 10),
    ],
)
def test_all_before_it_is_done(start: int | None, taken: list[int], done: list[int], committable: int | None) -> None:
    offsets = DoneOffsets(start)
    for offset in taken:
        offsets.take(offset)
    for offset in done:
        offsets.done(offset)
    assert offsets.committable == committable


def test_what_is_passed_over_needs_no_work() -> None:
    offsets = DoneOffsets(5)
    offsets.skip_to(40)
    assert offsets.committable == 40
    offsets.take(40)
    offsets.skip_to(90)
    assert offsets.committable == 40  # the one before is still open
    offsets.take(90)
    offsets.done(40)
    assert offsets.committable == 41
    offsets.done(90)
    assert offsets.committable == 91
