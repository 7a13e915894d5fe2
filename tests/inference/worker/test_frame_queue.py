import threading

import pytest
from fakes import job

from inference.worker.batching import Batching
from inference.worker.claim import Claim
from inference.worker.frame_queue import FrameQueue, Room
from inference.worker.lines import NewestLine, WholeLine
from posestream.clock import SettableClock, SystemClock


def queue(room: Room = Room(3, 1), batching: Batching = Batching(2), cameras: int = 9) -> FrameQueue:  # noqa: B008  # frozen
    return FrameQueue(WholeLine(), room, batching, SettableClock(), lambda: cameras)


def test_nothing_waits() -> None:
    empty = queue()
    assert empty.take(0.0) == empty.remove(None) == []
    assert not empty.is_full
    assert not empty.is_closed


def test_batches_are_taken_in_order() -> None:
    line = queue()
    jobs = [job(index=index) for index in range(3)]
    for each in jobs:
        assert line.put(each) == []
    assert line.is_full
    assert line.take(0.0) == jobs[:2]
    assert not line.is_full
    assert line.take(0.0) == jobs[2:]


def test_it_is_full_by_bytes_too() -> None:
    line = queue(Room(100, 1))
    line.put(job(payload=bytes(1_048_575)))
    assert not line.is_full
    line.put(job(index=1))
    assert line.is_full
    assert not line.wait_for_room(0.0)
    line.take(0.0)
    assert line.wait_for_room(0.0)


def test_what_is_replaced_is_given_back() -> None:
    line = FrameQueue(NewestLine(), Room(9, 1), Batching(2), SettableClock(), lambda: 1)
    first, second = job(index=0), job(index=1)
    assert line.put(first) == []
    assert line.put(second) == [first]


def test_a_closed_claim_puts_nothing_in_line() -> None:
    line, claim = queue(), Claim(0, None)
    late = job(claim=claim)
    claim.close()
    assert line.put(late) == [late]
    assert line.take(0.0) == []


@pytest.mark.parametrize("closes", [False, True])
def test_who_waits_is_woken(*, closes: bool) -> None:
    line, given = queue(), job()
    threading.Timer(0.05, line.close if closes else lambda: line.put(given)).start()
    assert line.take(30.0) == ([] if closes else [given])


def test_what_is_in_line_may_be_taken_after_closing() -> None:
    line, given = queue(batching=Batching(2, 100.0)), job()
    line.put(given)
    line.close()
    assert line.take(30.0) == [given]


def test_the_first_waits_for_others_until_the_deadline() -> None:
    clock = SystemClock()
    line = FrameQueue(WholeLine(), Room(9, 1), Batching(2, 0.2), clock, lambda: 9)
    first = job(received_at=clock.monotonic())
    line.put(first)
    assert line.take(0.0) == [first]
    assert clock.monotonic() - first.received_at >= 0.2
    second, third = (job(index=index, received_at=clock.monotonic() + 60) for index in (1, 2))
    line.put(second)
    threading.Timer(0.05, lambda: line.put(third)).start()
    assert line.take(0.0) == [second, third]
