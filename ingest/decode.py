"""From packets to frames: what is damaged is counted and passed over, what is buffered is flushed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ingest.container import guarded
from ingest.scaling import MAX_PIXELS
from posestream.errors import InputError

_SANE_RATES = (0.01, 240.0)
# FFmpeg counts their pictures as 25 a second, whatever their rate is.
_MULTIPART = "mpjpeg"
_TIMELESS_FORMATS = frozenset({_MULTIPART, "mjpeg"})
_TICKS_A_SECOND = 1_000_000


@dataclass
class Damage:
    """What a decoder could not use so far."""

    packets: int = 0


def video_stream(container: InputContainer, label: str) -> VideoStream:
    """Give the first video stream, its decoder set to one thread and capped size; raises InputError."""
    if not container.streams.video:
        raise InputError(f"{label}: there is no video in it")
    stream = container.streams.video[0]
    if getattr(stream, "codec_context", None) is None:
        raise InputError(f"{label}: there is no decoder for its codec")
    # FRAME threads cost CPU and delay; a stream has its own thread anyway.
    stream.codec_context.thread_type = "NONE"
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return stream


def frame_rate(stream: VideoStream) -> float | None:
    """Give the stream's frames a second as its header says, None where that makes no sense or it says none (MJPEG)."""
    if stream.container.format.name == _MULTIPART:
        return None
    for rate in (stream.average_rate, stream.guessed_rate):
        if isinstance(rate, Fraction) and _SANE_RATES[0] <= rate <= _SANE_RATES[1]:
            return float(rate)
    return None


def is_timeless(container: InputContainer) -> bool:
    """Whether a camera's stream holds no times of its own (MJPEG over HTTP): they are then those of the arrival."""
    return container.format.name in _TIMELESS_FORMATS


def set_time(frames: list[VideoFrame], seconds: float) -> None:
    """Give frames a time, in seconds of any clock."""
    for frame in frames:
        frame.time_base = Fraction(1, _TICKS_A_SECOND)
        frame.pts = round(seconds * _TICKS_A_SECOND)


def set_packet_time(packet: "Packet[VideoStream]", seconds: float) -> None:
    """Give a packet a time, in seconds of any clock: it is shown when it is decoded."""
    packet.time_base = Fraction(1, _TICKS_A_SECOND)
    packet.pts = packet.dts = round(seconds * _TICKS_A_SECOND)


def decoded_frames(
    container: InputContainer,
    stream: VideoStream,
    label: str,
    damage: Damage,
    *,
    wanted: Callable[[], bool] = lambda: True,
) -> Iterator[VideoFrame]:
    """Yield every frame of the stream, damaged ones with ``is_corrupt`` set.

    Packets that the decoder refuses are counted in ``damage``. ``wanted`` is asked before each packet.

    Raises:
        InputError: when the container cannot be read on, after all frames that were in the decoder.
    """
    packets = container.demux(stream)
    while wanted():
        try:
            packet = guarded(lambda: next(packets, None), label)
        except InputError:
            yield from _frames_of(stream, None, label, damage)
            raise
        if packet is None:
            return
        yield from _frames_of(stream, packet, label, damage)


def _frames_of(
    stream: VideoStream, packet: "Packet[VideoStream] | None", label: str, damage: Damage
) -> list[VideoFrame]:
    try:
        return guarded(lambda: stream.codec_context.decode(packet), label)
    except InputError:
        damage.packets += 1
        return []
