from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest

from ingest.container import open_file
from ingest.decode import Damage, decoded_frames, frame_rate, set_packet_time, set_time, video_stream
from posestream.errors import InputError


@pytest.mark.parametrize(
    ("average", "guessed", "rate"),
    [
        (None, None, None),
        (Fraction(25), None, 25.0),
        (Fraction(30000, 1001), Fraction(30), 30000 / 1001),
        (Fraction(90000), Fraction(15), 15.0),  # a time base taken for a rate
        (Fraction(0), Fraction(1, 1000), None),
        (None, Fraction(240), 240.0),
    ],
)
def test_rates_that_make_sense(average: Fraction | None, guessed: Fraction | None, rate: float | None) -> None:
    container = SimpleNamespace(format=SimpleNamespace(name="mov,mp4"))
    stream: Any = SimpleNamespace(average_rate=average, guessed_rate=guessed, container=container)
    assert frame_rate(stream) == rate


def test_sound_is_no_video() -> None:
    container: Any = SimpleNamespace(streams=SimpleNamespace(video=[]))
    with pytest.raises(InputError, match="x: there is no video in it"):
        video_stream(container, "x")


def test_a_codec_that_nobody_knows() -> None:
    container: Any = SimpleNamespace(streams=SimpleNamespace(video=[SimpleNamespace()]))
    with pytest.raises(InputError, match="x: there is no decoder for its codec"):
        video_stream(container, "x")


def test_what_the_decoder_held_back_comes_at_the_end(make_clip: Callable[..., Path]) -> None:
    damage = Damage()
    with open_file(make_clip(frames=12), "clip") as container:  # with B-frames
        stream = video_stream(container, "clip")
        assert stream.codec_context.thread_type.name == "NONE"
        times = [picture.time for picture in decoded_frames(container, stream, "clip", damage)]
    assert times == pytest.approx([index / 25 for index in range(12)])
    assert damage.packets == 0


def test_nobody_wants_any_more(make_clip: Callable[..., Path]) -> None:
    with open_file(make_clip(frames=12), "clip") as container:
        stream = video_stream(container, "clip")
        assert list(decoded_frames(container, stream, "clip", Damage(), wanted=lambda: False)) == []


def test_a_time_may_be_given() -> None:
    frame, packet = av.VideoFrame(16, 16), av.Packet(b"x")
    set_time([frame], 12.5)
    set_packet_time(packet, 12.5)
    assert frame.time == 12.5
    assert packet.time_base is not None
    assert [float(ticks * packet.time_base) for ticks in (packet.pts or 0, packet.dts or 0)] == [12.5, 12.5]
