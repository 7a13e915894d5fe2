"""Which frames of a connect are handed on, and with which stamps."""

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest
from av.video.frame import VideoFrame

from ingest.attempt import Attempt
from ingest.deadlines import LiveDeadlines
from ingest.feed import CameraFeed
from ingest.newest import NewestFrame
from ingest.settings import ReadSettings
from ingest.status import CameraLedger, CameraState
from posestream.clock import SettableClock

START_NS = 1_750_000_000_000_000_000


class Parts:
    """A feed and what stands around it."""

    def __init__(self, fps: float | None = None) -> None:
        self.clock = SettableClock(START_NS)
        self.ledger = CameraLedger(self.clock)
        self.slot = NewestFrame()
        self.attempt = Attempt(self.clock, LiveDeadlines(), lambda: None)
        self.feed = CameraFeed(ReadSettings("cam", width=80, fps=fps), self.ledger, self.slot, self.attempt)
        self.feed.begin(25.0, still=False)

    def offer(self, picture: VideoFrame, seconds: float | None = None) -> int | None:
        """Offer a picture; give the index of the frame that waits then."""
        self.feed.offer(picture, picture.time if seconds is None else seconds)
        frame = self.slot.take()
        return None if frame is None else frame.stamp.frame_index


@pytest.fixture
def pictures(make_clip: Callable[..., Path]) -> Iterator[list[VideoFrame]]:
    """30 decoded frames, keyframes at 0, 10 and 20."""
    with av.open(str(make_clip(frames=30))) as container:
        yield list(container.decode(video=0))


def test_frames_before_the_first_keyframe_are_passed_over_uncounted(pictures: list[VideoFrame]) -> None:
    parts = Parts()
    taken = [parts.offer(picture) for picture in pictures[4:14]]
    assert taken == [None] * 6 + [0, 1, 2, 3]
    status = parts.ledger.status(delivered=0, dropped=0)
    assert (status.frames_decoded, status.state) == (4, CameraState.LIVE)


def test_a_stream_without_keyframes_is_taken_after_a_while(pictures: list[VideoFrame]) -> None:
    parts = Parts()
    assert not pictures[5].key_frame
    taken = [parts.offer(pictures[5], index / 25) for index in range(160)]
    assert taken[:150] == [None] * 150
    assert taken[150:] == list(range(10))


def test_sampling_counts_all_frames_and_takes_some(pictures: list[VideoFrame]) -> None:
    parts = Parts(fps=5)
    assert [index for picture in pictures if (index := parts.offer(picture)) is not None] == [0, 5, 10, 15, 20, 25]
    status = parts.ledger.status(delivered=0, dropped=0)
    assert (status.frames_decoded, status.frames_sampled) == (30, 6)


def test_each_begin_is_a_new_epoch_that_counts_from_zero(pictures: list[VideoFrame]) -> None:
    parts = Parts()
    stamps = []
    for _ in range(2):
        parts.feed.begin(25.0, still=False)
        for picture in pictures[:2]:
            parts.feed.offer(picture, picture.time)
            frame = parts.slot.take()
            assert frame is not None
            stamps.append(frame.stamp)
    first = START_NS // 1_000_000
    assert [(stamp.epoch, stamp.frame_index) for stamp in stamps] == [
        (first, 0), (first, 1), (first + 1, 0), (first + 1, 1),
    ]  # fmt: skip
    assert [stamp.pts_seconds for stamp in stamps] == pytest.approx([0, 0.04, 0, 0.04])
    times = [stamp.captured_at_ns for stamp in stamps]
    assert times == sorted(set(times))  # even while the clock stands still


def test_who_gave_up_gets_nothing(pictures: list[VideoFrame]) -> None:
    parts = Parts()
    parts.attempt.abandon()
    assert [parts.offer(picture) for picture in pictures[:3]] == [None] * 3
    assert parts.ledger.status(delivered=0, dropped=0).frames_decoded == 0


def test_the_frame_s_size_is_that_of_the_corrected_picture(pictures: list[VideoFrame]) -> None:
    parts = Parts()
    settings = ReadSettings("cam", width=60, rotate=90)
    feed = CameraFeed(settings, parts.ledger, parts.slot, parts.attempt)
    feed.offer(pictures[0], 0.0)
    frame = parts.slot.take()
    assert frame is not None
    assert (frame.stamp.width, frame.stamp.height) == (120, 160)
    assert (frame.image.width, frame.image.height) == (60, 80)
