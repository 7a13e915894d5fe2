"""Whatever the container, a decoder that is given access units from any keyframe on sees the pictures."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet
from av.video.frame import VideoFrame

from ingest.access_units import AccessUnits
from ingest.decode import video_stream
from posestream.errors import InputError

MakeClip = Callable[..., Path]


def units_of(path: Path) -> tuple[str, list[Packet]]:
    """The codec and all access units of a clip."""
    with av.open(str(path)) as container:
        stream = video_stream(container, "clip")
        units = AccessUnits(stream, "clip")
        return units.codec, [unit for packet in container.demux(stream) for unit in units.of(packet)]


def decoded(codec: str, units: list[Packet]) -> dict[int, VideoFrame]:
    """What a decoder that knows nothing but these bytes makes of them, by pts."""
    context = av.CodecContext.create(codec, "r")
    found = {}
    for unit in units:
        fresh = av.Packet(bytes(unit))
        fresh.pts, fresh.dts, fresh.time_base = unit.pts, unit.dts, unit.time_base
        found.update({frame.pts: frame for frame in context.decode(fresh)})  # type: ignore[attr-defined]
    found.update({frame.pts: frame for frame in context.decode(None)})  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("name", "encoder", "codec", "pixel_format"),
    [
        ("clip.mp4", "libx264", "h264", "yuv420p"),  # lengths and a head of its own
        ("clip.ts", "libx264", "h264", "yuv420p"),  # Annex B, parameter sets in band
        ("clip.mkv", "libx265", "hevc", "yuv420p"),
        ("clip.mp4", "mpeg4", "mpeg4", "yuv420p"),
        ("clip.avi", "mjpeg", "mjpeg", "yuvj420p"),
        ("clip.webm", "libvpx-vp9", "vp9", "yuv420p"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*deprecated pixel format.*")
def test_a_decoder_may_begin_at_any_keyframe(
    make_clip: MakeClip, name: str, encoder: str, codec: str, pixel_format: str
) -> None:
    path = make_clip(name, frames=40, codec=encoder, pixel_format=pixel_format)
    with av.open(str(path)) as container:
        truth = {frame.pts: frame.to_ndarray() for frame in container.decode(video=0)}
    found, units = units_of(path)
    assert found == codec
    assert len(units) == len(truth) == 40
    assert units[0].is_keyframe
    for start, unit in enumerate(units):
        if not unit.is_keyframe:
            continue
        frames = decoded(codec, units[start:])
        wanted = {pts for pts in truth if pts >= (unit.pts or 0)}
        assert wanted <= set(frames)
        for pts in wanted:
            assert np.array_equal(frames[pts].to_ndarray(), truth[pts])


@pytest.mark.parametrize("name", ["clip.mp4", "clip.ts"])
def test_every_keyframe_holds_parameter_sets_and_nothing_else_does(make_clip: MakeClip, name: str) -> None:
    _, units = units_of(make_clip(name, frames=20))
    assert [unit.is_keyframe for unit in units].count(True) == 2
    assert [b"\x00\x00\x01\x67" in bytes(unit) for unit in units] == [unit.is_keyframe for unit in units]


def test_nothing_comes_of_the_empty_packet_at_the_end(make_clip: MakeClip) -> None:
    with av.open(str(make_clip(frames=2))) as container:
        stream = video_stream(container, "clip")
        units = AccessUnits(stream, "clip")
        last = list(container.demux(stream))[-1]
        assert last.size == 0
        assert units.of(last) == []


def test_a_codec_that_no_worker_decodes_is_refused_with_a_way_out(make_clip: MakeClip) -> None:
    with pytest.raises(InputError, match=r"clip: kafka.transport: packet carries .*, not ffv1; use kafka.transport: j"):
        units_of(make_clip("clip.mkv", frames=2, codec="ffv1"))


def test_what_is_damaged_is_refused_and_the_next_packet_is_taken(make_clip: MakeClip) -> None:
    with av.open(str(make_clip(frames=20))) as container:
        stream = video_stream(container, "clip")
        units = AccessUnits(stream, "clip")
        packets = list(container.demux(stream))[:-1]
        broken = av.Packet(b"\xff\xff\xff\xff" + bytes(packets[1])[4:])  # a length that leads nowhere
        assert len(units.of(packets[0])) == 1
        with pytest.raises(InputError):
            units.of(broken)
        assert len(units.of(packets[1])) == 1
