import threading

import numpy as np

from ingest.newest import NewestFrame
from posestream.schemas import Frame, FrameStamp, Image, TimeSource


def frame(index: int) -> Frame:
    stamp = FrameStamp("cam", 0, index, float(index), index, TimeSource.FILE, 2, 2)
    return Frame(stamp, Image(np.zeros((2, 2, 3), np.uint8), "rgb24"))


def test_an_empty_slot_gives_none_at_once_and_after_the_timeout() -> None:
    slot = NewestFrame()
    assert slot.take() is None
    assert slot.take(timeout=0.01) is None
    assert (slot.delivered, slot.dropped) == (0, 0)


def test_the_newest_wins_and_every_frame_is_counted() -> None:
    calls: list[int] = []
    slot = NewestFrame(lambda: calls.append(1))
    newest = frame(2)
    for item in (frame(0), frame(1), newest):
        slot.put(item)
    assert slot.take() is newest
    assert slot.take() is None
    assert (slot.delivered, slot.dropped, len(calls)) == (1, 2, 3)


def test_a_waiting_taker_is_woken() -> None:
    slot = NewestFrame()
    wanted = frame(1)
    putter = threading.Thread(target=slot.put, args=(wanted,))
    putter.start()
    assert slot.take(timeout=30.0) is wanted
    putter.join()
