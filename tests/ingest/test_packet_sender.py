"""A camera's own stream over a real broker."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from ingest.deadlines import LiveDeadlines
from ingest.frames_producer import FramesProducer
from ingest.packet_sender import PacketSender
from ingest.settings import ReadSettings
from ingest.source import parse_source
from ingest.status import CameraState
from posestream.clock import SystemClock
from posestream.config import KafkaConfig
from posestream.messaging.frame_message import FrameMessage

Wait = Callable[..., None]
FramesOn = Callable[[KafkaConfig], list[FrameMessage]]
SHORT = LiveDeadlines(open_s=5.0, first_frame_s=5.0, next_frame_s=2.0, backoff_first_s=0.02, backoff_cap_s=0.1)


@pytest.fixture(params=["process", "thread"])
def sender(
    request: pytest.FixtureRequest, kafka: KafkaConfig, frames_on: FramesOn
) -> Iterator[Callable[[str], PacketSender]]:
    """Factory of started senders, each with a reader of this kind; stopped after the test."""
    assert frames_on(kafka) == []  # the topic was just made: from now on its partitions have leaders
    with ExitStack() as stack:
        frames = stack.enter_context(FramesProducer(kafka, lambda *_: None))

        def start(url: str) -> PacketSender:
            settings = ReadSettings("cam", isolation=request.param)
            made = PacketSender(parse_source(url), settings, frames, SystemClock(), SHORT)
            stack.callback(made.stop, 5.0)
            made.start()
            return made

        yield start


def settled(made: PacketSender, wait_for: Wait) -> None:
    """Stop and wait until the broker has all."""
    made.stop(5.0)
    wait_for(lambda: made.look().counts.in_flight == 0)


def pictures(frames: list[FrameMessage]) -> list[FrameMessage]:
    return [frame for frame in frames if frame.codec != "none"]


@pytest.mark.rtsp
def test_every_access_unit_of_a_real_camera_is_sent_and_decodes_from_each_keyframe_on(
    rtsp_server: Callable[..., Any],
    make_clip: Callable[..., Path],
    sender: Callable[[str], PacketSender],
    kafka: KafkaConfig,
    frames_on: FramesOn,
    wait_for: Wait,
) -> None:
    server = rtsp_server(make_clip(frames=50))
    made = sender(server.url())
    wait_for(lambda: made.look().counts.delivered >= 60)
    settled(made, wait_for)
    sent = pictures(frames_on(kafka))
    look = made.look()
    assert len(sent) == look.counts.delivered == look.counts.produced
    assert [frame.stamp.frame_index for frame in sent] == list(range(len(sent)))  # nothing is sampled here
    assert {frame.codec for frame in sent} == {"h264"}
    assert {(frame.stamp.width, frame.stamp.height) for frame in sent} == {(160, 120)}
    assert sent[0].stamp.pts_seconds == 0
    times = [(frame.stamp.epoch, frame.stamp.captured_at_ns) for frame in sent]
    assert all(earlier < later for earlier, later in pairwise(times))
    starts = [index for index, frame in enumerate(sent) if frame.keyframe]
    assert starts[0] == 0
    assert len(starts) >= 6
    for start in starts[:5]:
        decoder = av.CodecContext.create("h264", "r")
        seen = 0
        for frame in sent[start:]:
            seen += len(decoder.decode(av.Packet(frame.payload)))  # type: ignore[attr-defined]
        seen += len(decoder.decode(None))  # type: ignore[attr-defined]
        assert seen == len(sent) - start


@pytest.mark.rtsp
@pytest.mark.testdata
def test_real_footage_of_a_real_camera_decodes_from_each_keyframe_on(
    rtsp_server: Callable[..., Any],
    testdata: Path,
    sender: Callable[[str], PacketSender],
    kafka: KafkaConfig,
    frames_on: FramesOn,
    wait_for: Wait,
) -> None:
    clip = testdata / "videos" / "intel_one_by_one.mp4"
    made = sender(rtsp_server(clip).url())
    wait_for(lambda: made.look().counts.delivered >= 45)  # 10 a second, a keyframe each second
    settled(made, wait_for)
    sent = pictures(frames_on(kafka))
    with av.open(str(clip)) as container:
        truth = [frame.to_ndarray() for _, frame in zip(range(30), container.decode(video=0), strict=False)]
    starts = [index for index, frame in enumerate(sent) if frame.keyframe]
    assert starts[:3] == [0, 10, 20]
    for start in starts[:3]:
        decoder = av.CodecContext.create("h264", "r")
        packets = [av.Packet(frame.payload) for frame in sent[start:30]]
        seen = [it for packet in [*packets, None] for it in decoder.decode(packet)]  # type: ignore[attr-defined]
        assert len(seen) == len(packets)
        assert all(np.array_equal(it.to_ndarray(), wanted) for it, wanted in zip(seen, truth[start:], strict=False))


def test_a_clip_is_played_in_real_time_and_what_is_decoded_has_its_times(
    make_clip: Callable[..., Path],
    sender: Callable[[str], PacketSender],
    kafka: KafkaConfig,
    frames_on: FramesOn,
    wait_for: Wait,
) -> None:
    clip = make_clip(frames=20)
    made = sender(f"file:{clip}")
    wait_for(lambda: made.look().counts.delivered >= 45)
    settled(made, wait_for)
    sent = pictures(frames_on(kafka))
    epochs = sorted({frame.stamp.epoch for frame in sent})
    assert len(epochs) >= 3  # a round is an epoch
    second = [frame for frame in sent if frame.stamp.epoch == epochs[1]]
    assert [frame.stamp.frame_index for frame in second] == list(range(20))
    span_ns = second[-1].stamp.captured_at_ns - second[0].stamp.captured_at_ns
    assert span_ns > 0.6e9  # 19 intervals of 40 ms
    order = [round(frame.stamp.pts_seconds * 25) for frame in second]
    assert order != sorted(order)  # the clip has B-frames: order of decoding
    assert sorted(order) == list(range(20))

    with av.open(str(clip)) as container:
        truth = {index: frame.to_ndarray() for index, frame in enumerate(container.decode(video=0))}
    decoder = av.CodecContext.create("h264", "r")
    seen = {}
    for frame, place in zip(second, order, strict=True):
        packet = av.Packet(frame.payload)
        packet.pts = place
        seen.update({it.pts: it.to_ndarray() for it in decoder.decode(packet)})  # type: ignore[attr-defined]
    seen.update({it.pts: it.to_ndarray() for it in decoder.decode(None)})  # type: ignore[attr-defined]
    assert seen.keys() == truth.keys()
    assert all(np.array_equal(seen[place], truth[place]) for place in truth)


def test_what_cannot_be_carried_as_packets_is_down_with_the_reason_and_has_its_clock(
    make_clip: Callable[..., Path],
    sender: Callable[[str], PacketSender],
    kafka: KafkaConfig,
    frames_on: FramesOn,
    wait_for: Wait,
) -> None:
    made = sender(f"file:{make_clip('clip.mkv', frames=5, codec='ffv1')}")
    wait_for(lambda: made.look().status.state is CameraState.DOWN)
    assert "not ffv1; use kafka.transport: jpeg" in (made.look().status.reason or "")
    wait_for(lambda: len(frames_on(kafka)) >= 3)
    beats = frames_on(kafka)
    assert {(frame.codec, frame.payload) for frame in beats} == {("none", b"")}
    assert made.look().counts.produced == 0
