"""What is sent of a camera as JPEG, seen by a sink that stands in for the producer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.account import DropReason, FrameAccount
from ingest.jpeg_sender import JpegSender
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.clock import SystemClock
from posestream.jpeg import decode_jpeg
from posestream.messaging.frame_message import FrameMessage

Wait = Callable[..., None]


class Sink:
    """Delivers at once; while ``open`` is not set its taker stands still."""

    def __init__(self) -> None:
        self.frames: list[FrameMessage] = []
        self.open = threading.Event()
        self.open.set()

    def send(self, frame: FrameMessage, account: FrameAccount | None) -> None:
        self.open.wait(60.0)
        self.frames.append(frame)
        if account is not None:
            account.note_delivered()

    def pictures(self) -> list[FrameMessage]:
        return [frame for frame in self.frames if frame.codec != "none"]


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.open.set()


@pytest.fixture
def sender(sink: Sink) -> Iterator[Callable[..., JpegSender]]:
    """Factory of started senders: ``sender(path, fps=…, quality=…)``."""
    with ExitStack() as stack:

        def start(path: Path, fps: float | None = None, quality: int = 85) -> JpegSender:
            settings = ReadSettings("cam", width=80, fps=fps)
            made = JpegSender(parse_source(str(path)), settings, quality, sink, SystemClock())
            stack.callback(made.stop, 10.0)
            stack.callback(sink.open.set)
            made.start()
            return made

        yield start


def test_frames_are_sent_as_jpeg_of_the_camera_s_width(
    make_clip: Callable[..., Path], sink: Sink, sender: Callable[..., JpegSender], wait_for: Wait
) -> None:
    made = sender(make_clip(frames=25))
    wait_for(lambda: len(sink.pictures()) >= 10)
    made.stop(10.0)
    first = sink.pictures()[0]
    image = decode_jpeg(first.payload)
    assert (image.width, image.height, first.stamp.width, first.stamp.height) == (80, 60, 160, 120)
    assert (first.codec, first.keyframe) == ("jpeg", True)
    look = made.look()
    assert look.counts.in_flight == 0
    assert look.counts.delivered == len(sink.pictures())


def test_who_is_held_up_sends_the_newest_frame_and_counts_those_it_replaced(
    make_clip: Callable[..., Path], sink: Sink, sender: Callable[..., JpegSender], wait_for: Wait
) -> None:
    sink.open.clear()
    made = sender(make_clip(frames=25))
    wait_for(lambda: made.look().counts.dropped[DropReason.NEWER] >= 5)
    sink.open.set()
    wait_for(lambda: len(sink.pictures()) >= 2)
    made.stop(10.0)
    frames = sink.pictures()
    assert frames[1].stamp.frame_index - frames[0].stamp.frame_index > 5
    counts = made.look().counts
    assert counts.in_flight == 0
    assert counts.produced == counts.delivered + counts.dropped[DropReason.NEWER]


def test_a_frame_of_which_no_jpeg_can_be_made_is_counted_and_time_still_passes(
    make_clip: Callable[..., Path], sink: Sink, sender: Callable[..., JpegSender], wait_for: Wait
) -> None:
    made = sender(make_clip(frames=25), quality=-1)
    wait_for(lambda: made.look().counts.dropped[DropReason.NOT_ENCODED] >= 3)
    wait_for(lambda: len(sink.frames) >= 2)
    made.stop(10.0)
    assert sink.pictures() == []
    assert made.look().counts.in_flight == 0


def test_between_rare_frames_there_is_a_beat_a_second_in_order(
    make_clip: Callable[..., Path], sink: Sink, sender: Callable[..., JpegSender], wait_for: Wait
) -> None:
    sender(make_clip(frames=100), fps=0.4)
    wait_for(lambda: len(sink.pictures()) >= 2 and sink.frames[-1].codec == "none")
    times = [(frame.stamp.epoch, frame.stamp.captured_at_ns) for frame in sink.frames]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert max(later - earlier for (_, earlier), (_, later) in pairwise(times)) < 2e9
    assert [frame.codec for frame in sink.frames].count("none") >= 3


def test_stopping_what_was_never_started_is_no_mistake(tmp_path: Path, sink: Sink) -> None:
    (tmp_path / "clip.mp4").touch()
    made = JpegSender(parse_source(str(tmp_path / "clip.mp4")), ReadSettings("cam"), 85, sink, SystemClock())
    made.stop(1.0)
    assert made.look().counts.produced == 0
    assert sink.frames == []
