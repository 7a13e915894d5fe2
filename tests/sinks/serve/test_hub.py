from collections.abc import Callable

import pytest

from posestream.clock import SettableClock
from posestream.config import ZoneConfig
from posestream.schemas import Alert, Frame, Image, Tracks
from sinks.serve import CameraFigures, LiveHub
from sinks.serve.hub import MOST_LISTENERS, MOST_VIEWERS
from sinks.serve.message import unpack
from sinks.serve.trails import LENGTH

MakeTracks = Callable[..., Tracks]
MakeFrame = Callable[[Tracks], Frame]


class CountingEncoder:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, image: Image) -> bytes:
        self.calls += 1
        return f"{image.width}x{image.height}".encode()


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def hub(encoder: CountingEncoder) -> LiveHub:
    return LiveHub(encode=encoder, clock=SettableClock())


def ignore() -> None:
    """Nobody waits."""


def test_without_viewers_nothing_is_encoded(
    hub: LiveHub, encoder: CountingEncoder, make_tracks: MakeTracks, make_frame: MakeFrame
) -> None:
    tracks = make_tracks([(100, 20)])
    hub.publish(make_frame(tracks), tracks, [])
    assert encoder.calls == 0
    assert hub.knows("lobby")


def test_two_viewers_share_one_encoding(
    hub: LiveHub, encoder: CountingEncoder, make_tracks: MakeTracks, make_frame: MakeFrame
) -> None:
    slots = [hub.watch("lobby", ignore), hub.watch("lobby", ignore)]
    other = hub.watch("yard", ignore)
    tracks = make_tracks([(100, 20)], frame_index=7)
    hub.publish(make_frame(tracks), tracks, [])
    assert encoder.calls == 0  # the pipeline does not encode
    messages = [slot.take() for slot in slots if slot]
    packed = {message.packed() for message in messages if message}
    assert encoder.calls == 1
    head, picture = unpack(packed.pop())
    assert not packed
    assert (head["frame_index"], picture) == (7, b"320x240")
    assert other is not None
    assert other.take() is None


def test_a_slow_viewer_gets_the_newest_frame_only(
    hub: LiveHub, encoder: CountingEncoder, make_tracks: MakeTracks, make_frame: MakeFrame
) -> None:
    slot = hub.watch("lobby", ignore)
    assert slot is not None
    for number in range(5):
        tracks = make_tracks([(100 + number, 20)], frame_index=number)
        hub.publish(make_frame(tracks), tracks, [])
    message = slot.take()
    assert message is not None
    head, _ = unpack(message.packed())
    assert head["frame_index"] == 4
    assert [point[0] for point in head["tracks"][0]["trail"]] == [100.0, 101.0, 102.0, 103.0, 104.0]
    assert (encoder.calls, slot.dropped) == (1, 4)


def test_trails_are_bounded_and_begin_anew(hub: LiveHub, make_tracks: MakeTracks, make_frame: MakeFrame) -> None:
    slot = hub.watch("lobby", ignore)
    assert slot is not None
    for number in range(LENGTH + 10):
        tracks = make_tracks([(100, 20)], frame_index=number)
        hub.publish(make_frame(tracks), tracks)
    message = slot.take()
    assert message is not None
    assert len(unpack(message.packed())[0]["tracks"][0]["trail"]) == LENGTH
    for tops in ([], [(50, 20)]):
        tracks = make_tracks(tops)
        hub.publish(make_frame(tracks), tracks)
    message = slot.take()
    assert message is not None
    assert len(unpack(message.packed())[0]["tracks"][0]["trail"]) == 1


def test_who_left_gets_nothing_more(hub: LiveHub, make_tracks: MakeTracks, make_frame: MakeFrame) -> None:
    slot = hub.watch("lobby", ignore)
    assert slot is not None
    hub.unwatch("lobby", slot)
    hub.unwatch("lobby", slot)
    tracks = make_tracks()
    hub.publish(make_frame(tracks), tracks)
    assert slot.take() is None


def test_figures_and_the_age_of_the_picture(make_tracks: MakeTracks, make_frame: MakeFrame) -> None:
    clock = SettableClock()
    hub = LiveHub(clock=clock)
    assert hub.cameras() == []
    zone = ZoneConfig(id="door", polygon=((0, 0), (1, 0), (1, 1)))
    hub.publish_figures(CameraFigures("lobby", "The lobby", "connecting", zones=(zone,), latency_ms=12.34))
    assert hub.cameras()[0]["picture_age_seconds"] is None
    tracks = make_tracks()
    hub.publish(make_frame(tracks), tracks)
    clock.advance(2.5)
    (camera,) = hub.cameras()
    assert (camera["id"], camera["label"], camera["state"]) == ("lobby", "The lobby", "connecting")
    assert (camera["picture_age_seconds"], camera["latency_ms"], camera["inference_ms"]) == (2.5, 12.3, None)
    assert camera["zones"] == [{"id": "door", "polygon": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]}]


def test_a_listener_hears_figures_and_alerts(
    hub: LiveHub, make_tracks: MakeTracks, make_frame: MakeFrame, make_alert: Callable[..., Alert]
) -> None:
    opened = hub.listen(ignore)
    assert opened is not None
    slot, missed = opened
    tracks = make_tracks()
    hub.publish_figures(CameraFigures("lobby", "Lobby", "live"))
    hub.publish(make_frame(tracks), tracks, [make_alert()])
    events, overflown = slot.take()
    assert [event.name for event in events] == ["camera", "alert"]
    assert (missed, overflown) == ([], False)
    assert events[1].data["rule"] == "intrusion"


def test_a_listener_that_was_away_hears_what_it_missed(hub: LiveHub, make_alert: Callable[..., Alert]) -> None:
    opened = hub.listen(ignore)
    assert opened is not None
    slot, _ = opened
    hub.publish_alerts([make_alert(frame=1)])
    (heard,), _ = slot.take()
    hub.unlisten(slot)
    hub.publish_alerts([make_alert(frame=2)])
    again = hub.listen(ignore, last_id=hub.event_id(heard))
    assert again is not None
    assert [event.data["frame_index"] for event in again[1] or []] == [2]
    unknown = hub.listen(ignore, last_id="another-run-1")
    assert unknown is not None
    assert unknown[1] is None


def test_a_camera_that_was_removed_is_gone(hub: LiveHub, make_tracks: MakeTracks, make_frame: MakeFrame) -> None:
    tracks = make_tracks()
    hub.publish(make_frame(tracks), tracks)
    hub.publish_figures(CameraFigures("lobby", "Lobby", "live"))
    slot = hub.watch("lobby", ignore)
    listener = hub.listen(ignore)
    hub.drop_camera("lobby")
    assert not hub.knows("lobby")
    assert hub.cameras() == []
    assert slot is not None
    assert slot.closed
    assert listener is not None
    assert [event.name for event in listener[0].take()[0]] == ["camera-gone"]


def test_the_number_of_viewers_is_bounded(hub: LiveHub) -> None:
    slots = [hub.watch("lobby", ignore) for _ in range(MOST_VIEWERS)]
    assert all(slots)
    assert hub.watch("yard", ignore) is None
    assert all(hub.listen(ignore) for _ in range(MOST_LISTENERS))
    assert hub.listen(ignore) is None


def test_closing_ends_all(hub: LiveHub) -> None:
    slot, listener = hub.watch("lobby", ignore), hub.listen(ignore)
    hub.close()
    assert slot is not None
    assert listener is not None
    assert slot.closed
    assert listener[0].closed
