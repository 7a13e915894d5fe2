from ingest.beats import BEAT_SECONDS, BeatClock, beat
from posestream.clock import SettableClock
from posestream.messaging.frame_message import frame_headers, read_frame
from posestream.schemas import FrameStamp, TimeSource


def test_a_beat_is_due_before_a_second_of_silence_is_over() -> None:
    clock = SettableClock()
    beats = BeatClock(clock)
    assert 0 < beats.seconds_left() == BEAT_SECONDS < 1
    clock.advance(BEAT_SECONDS)
    assert beats.seconds_left() <= 0
    beats.note_sent()
    assert beats.seconds_left() == BEAT_SECONDS


def test_a_beat_is_a_frame_without_a_picture_that_readers_take() -> None:
    stamp = FrameStamp("cam", 7, 3, 1.5, 42, TimeSource.ARRIVAL, 160, 120)
    sent = beat(stamp)
    got = read_frame(b"cam", sent.payload, frame_headers(sent.stamp, sent.codec, keyframe=sent.keyframe))
    assert got == sent
    assert (got.codec, got.payload, got.stamp) == ("none", b"", stamp)
