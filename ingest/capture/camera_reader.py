"""How a camera is read: packets through the motion gate to the decoder, frames to the feed."""

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.capture.frame_reading import FrameReading, decoded, demuxed
from ingest.capture.gated import GatedPackets
from ingest.decode import frame_rate, is_timeless, set_time, video_stream
from ingest.gate.motion_gate import MotionGate
from ingest.opening import open_live
from ingest.pace import Pace
from posestream.errors import InputError

_DEFAULT_RATE = 25.0


def read_camera(reading: FrameReading) -> None:
    """Read one connect to its end; raises InputError."""
    source = reading.order.source
    with open_live(source, reading.order.deadlines) as container:
        stream = video_stream(container, source.label)
        rate = frame_rate(stream)
        reading.outlet.attempt.opened(rate)
        reading.feed.begin(rate, still=False)
        _Connect(reading, container, stream, rate).read()
    if reading.outlet.attempt.wanted():
        raise InputError(f"{source.label}: the camera ended the stream")


class _Connect:
    """One open connection."""

    def __init__(
        self, reading: FrameReading, container: InputContainer, stream: VideoStream, rate: float | None
    ) -> None:
        self._reading, self._container, self._stream = reading, container, stream
        self._timeless = is_timeless(container)
        settings, clock, outlet = reading.order.settings, reading.clock, reading.outlet
        in_bursts = reading.order.source.comes_in_bursts
        self._pace = Pace(clock, outlet.attempt, rate or _DEFAULT_RATE) if in_bursts else None
        self._gate = GatedPackets(outlet.board, MotionGate(clock.monotonic())) if settings.motion_gate else None

    def read(self) -> None:
        """Read until it ends or nobody wants it any more."""
        try:
            for packet in demuxed(self._reading, self._container, self._stream, camera=True):
                self._take(packet)
        finally:
            if self._gate is not None:
                self._gate.drop()

    def _take(self, packet: "Packet[VideoStream]") -> None:
        if self._gate is None or not packet.size:
            self._decode(packet)
            return
        due = self._gate.due(packet, self._reading.clock.monotonic())
        for one in due:
            self._decode(one, is_late=one is not packet)
        if not due:
            self._reading.outlet.attempt.alive()  # at rest frames may be rarer than patience is long

    def _decode(self, packet: "Packet[VideoStream]", *, is_late: bool = False) -> None:
        feed, clock = self._reading.feed, self._reading.clock
        frames = decoded(self._reading, self._stream, packet)
        if self._timeless:
            set_time(frames, clock.monotonic())
        for frame in frames:
            unmoved = self._gate is not None and self._gate.is_unmoved(frame, clock.monotonic(), is_late=is_late)
            if self._pace is None or self._pace.wait(frame.time):
                feed.offer(frame, frame.time, unmoved=unmoved)
