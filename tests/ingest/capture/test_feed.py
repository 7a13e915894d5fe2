"""Which frames of a connect are handed on, and with which heads."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from ingest.capture.feed import FrameFeed
from ingest.capture.ring import Captured
from ingest.settings import ReadSettings
from posestream.errors import InputError

MakeBench = Callable[..., Any]


class Parts:
    """A feed over the memory of a bench."""

    def __init__(self, made: Any, **settings: Any) -> None:  # noqa: ANN401  # a Bench, fields of ReadSettings
        self.bench = made
        self.feed = FrameFeed(ReadSettings("cam", **({"width": 80} | settings)), made.outlet)
        self.feed.begin(25.0, still=False)

    def offer(self, picture: VideoFrame, seconds: float | None = None, **how: bool) -> Captured | None:
        """Offer a picture; give the head of what is handed on."""
        self.feed.offer(picture, picture.time if seconds is None else seconds, **how)
        taken = self.bench.take()
        assert len(taken) <= 1
        return taken[0].captured if taken else None

    def index(self, picture: VideoFrame, seconds: float | None = None) -> int | None:
        head = self.offer(picture, seconds)
        return None if head is None else head.index


@pytest.fixture
def pictures(make_clip: Callable[..., Path]) -> Iterator[list[VideoFrame]]:
    """30 decoded frames, keyframes at 0, 10 and 20."""
    with av.open(str(make_clip(frames=30))) as container:
        yield list(container.decode(video=0))


def test_frames_before_the_first_keyframe_are_passed_over_and_have_no_index(
    bench: MakeBench, pictures: list[VideoFrame]
) -> None:
    parts = Parts(bench())
    assert [parts.index(picture) for picture in pictures[4:14]] == [None] * 6 + [0, 1, 2, 3]
    assert parts.bench.counts("decoded", "sampled", "before_keyframe") == (10, 4, 6)
    assert [taken.captured.keyframe for taken in parts.bench.taken] == [True, False, False, False]


def test_a_stream_without_keyframes_is_taken_after_a_while(bench: MakeBench, pictures: list[VideoFrame]) -> None:
    parts = Parts(bench())
    assert not pictures[5].key_frame
    taken = [parts.index(pictures[5], index / 25) for index in range(160)]
    assert taken == [None] * 150 + list(range(10))


def test_sampling_counts_all_frames_and_takes_some(bench: MakeBench, pictures: list[VideoFrame]) -> None:
    parts = Parts(bench(), fps=5)
    taken = [index for picture in pictures if (index := parts.index(picture)) is not None]
    assert taken == [0, 5, 10, 15, 20, 25]
    assert parts.bench.counts("decoded", "sampled", "not_sampled") == (30, 6, 24)


def test_frames_in_which_nothing_moved_are_counted_and_are_a_sign_of_life(
    bench: MakeBench, pictures: list[VideoFrame]
) -> None:
    parts = Parts(bench())
    parts.bench.clock.advance(7.0)
    assert parts.offer(pictures[0], unmoved=True) is None
    assert parts.bench.counts("decoded", "sampled", "gated") == (1, 0, 1)
    assert parts.bench.board["last_frame_at"] == 7.0
    assert parts.index(pictures[1]) == 1


def test_damaged_frames_leave_a_gap_in_the_index_and_are_no_sign_of_life(
    bench: MakeBench, pictures: list[VideoFrame]
) -> None:
    parts = Parts(bench())
    assert parts.index(pictures[0]) == 0

    class Damaged:
        """A frame of which the decoder says that it is damaged."""

        key_frame, is_corrupt, time = False, True, 0.04

    parts.bench.clock.advance(3.0)
    parts.feed.offer(Damaged(), 0.04)  # type: ignore[arg-type]
    assert parts.bench.board["last_frame_at"] == 0.0
    assert parts.index(pictures[2]) == 2
    assert parts.bench.counts("decoded", "corrupt", "sampled") == (3, 1, 2)


def test_each_begin_is_a_new_round_that_counts_from_zero(bench: MakeBench, pictures: list[VideoFrame]) -> None:
    parts, heads = Parts(bench()), []
    for _ in range(2):
        parts.feed.begin(25.0, still=False)
        heads += [parts.offer(picture) for picture in pictures[3:12]][-2:]
    shown = [(head.round, head.index, round(head.pts_seconds, 3)) for head in heads if head is not None]
    assert shown == [(1, 0, 0.0), (1, 1, 0.04), (2, 0, 0.0), (2, 1, 0.04)]


def test_a_head_says_when_and_where_a_frame_came_from(bench: MakeBench, pictures: list[VideoFrame]) -> None:
    parts = Parts(bench())
    parts.bench.board["start_realtime_us"] = 1_750_000_000_123_457
    head = parts.offer(pictures[0], 17.5)
    second = parts.offer(pictures[1], 17.6)
    assert head is not None
    assert second is not None
    assert (head.start_realtime_us, head.stream_seconds, head.pts_seconds) == (1_750_000_000_123_457, 17.5, 0.0)
    assert second.arrived_ns >= head.arrived_ns > 1_700_000_000 * 10**9
    assert second.pts_seconds == pytest.approx(0.1)
    parts.feed.offer(pictures[2], None)
    assert np.isnan(parts.bench.take()[0].captured.stream_seconds)


def test_the_frame_s_size_is_that_of_the_corrected_picture(bench: MakeBench, pictures: list[VideoFrame]) -> None:
    head = Parts(bench(), width=60, rotate=90).offer(pictures[0])
    assert head is not None
    assert (head.width, head.height) == (120, 160)
    assert (head.image_width, head.image_height, head.layout) == (60, 80, "i420")


def test_the_picture_itself_is_handed_on_with_its_privacy_areas_black(
    bench: MakeBench, pictures: list[VideoFrame]
) -> None:
    parts = Parts(bench(), privacy=(((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)),))
    parts.offer(pictures[0])
    luma = parts.bench.taken[0].payload[: 80 * 60].reshape(60, 80)
    assert luma[30, 20] > 30
    assert luma[30, 60] == 16


def test_what_is_too_large_is_a_fault(bench: MakeBench, pictures: list[VideoFrame]) -> None:
    parts = Parts(bench(slot_bytes=1000))
    with pytest.raises(InputError, match="80x60 is too large"):
        parts.offer(pictures[0])


def test_figures_of_the_picture_are_on_the_board_whatever_is_handed_on(
    bench: MakeBench, pictures: list[VideoFrame]
) -> None:
    parts = Parts(bench())
    parts.offer(pictures[0], unmoved=True)
    assert parts.bench.board.figures is not None
    assert 0 < parts.bench.board.figures.brightness < 255
