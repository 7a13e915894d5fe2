from collections.abc import Callable

from posestream.schemas import Frame, Tracks
from sinks.serve.events import Event
from sinks.serve.message import LiveMessage
from sinks.serve.slots import EventSlot, FrameSlot


def test_a_frame_slot_holds_the_newest_and_counts_what_it_drops(
    make_tracks: Callable[..., Tracks], make_frame: Callable[..., Frame]
) -> None:
    woken: list[int] = []
    slot = FrameSlot(lambda: woken.append(1))
    assert slot.take() is None
    tracks = make_tracks()
    messages = [LiveMessage(make_frame(tracks), tracks, {}, lambda _image: b"") for _ in range(3)]
    for message in messages:
        slot.put(message)
    assert slot.take() is messages[-1]
    assert slot.take() is None
    assert (slot.dropped, len(woken)) == (2, 3)


def test_an_event_slot_keeps_order_and_only_the_newest_figures() -> None:
    slot = EventSlot(lambda: None)
    assert slot.take() == ([], False)
    events = [
        Event(1, "camera", {}, "lobby"),
        Event(2, "alert", {}),
        Event(3, "camera", {}, "lobby"),
        Event(4, "alert", {}),
    ]
    for event in events:
        slot.put(event)
    assert slot.take() == (events[1:], False)
    assert slot.take() == ([], False)


def test_an_event_slot_that_overflows_says_so_once() -> None:
    slot = EventSlot(lambda: None, most=2)
    for number in range(4):
        slot.put(Event(number, "alert", {}))
    events, overflown = slot.take()
    assert overflown
    assert len(events) <= 2
    assert slot.take() == ([], False)


def test_closing_wakes() -> None:
    woken: list[int] = []
    for slot in (FrameSlot(lambda: woken.append(1)), EventSlot(lambda: woken.append(1))):
        slot.close()
        assert slot.closed
    assert len(woken) == 2
