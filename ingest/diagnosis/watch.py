"""A look at a stream for some seconds, in a thread of its own: FFmpeg may hang, the diagnosis may not."""

import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from ingest.container import guarded, open_file, open_picture
from ingest.deadlines import LiveDeadlines
from ingest.decode import frame_rate, is_timeless, video_stream
from ingest.diagnosis.seen import Heading, PacketSeen, PictureSeen, Seen, Surface
from ingest.diagnosis.steps import TimeLimit
from ingest.folder import picture_paths
from ingest.opening import open_live
from ingest.scaling import upright_size
from ingest.source import Source, SourceKind
from posestream.errors import InputError

_OPEN_SECONDS = 10.0
_PICTURES = 25
_ENOUGH_SECONDS = 6.0
_ENOUGH_KEYFRAMES = 3
_ENOUGH_PACKETS = 5000
_TURN_SECONDS = 0.02
_GRACE_SECONDS = 0.5


class StreamWatch:
    """Opens a source and watches it; ``seen`` grows meanwhile, ``error`` says why it ended, if it did by an error.

    Ends by itself once enough was seen: three keyframes and 6 s of a live source; and when the time is over. A call of
    FFmpeg that hangs is left behind: its thread does not keep the process from ending.
    """

    def __init__(self, source: Source, limit: TimeLimit) -> None:
        self._source, self._limit = source, limit
        self._stop = threading.Event()
        self._decodes = True
        self.seen = Seen(
            live=source.is_live,
            paced=source.is_live and not source.comes_in_bursts,
            began=limit.clock.monotonic(),
        )
        self.error: InputError | None = None
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ask the thread to end, and wait for it a moment."""
        self._stop.set()
        self._thread.join(_GRACE_SECONDS)

    def wait(self, condition: Callable[[Seen], object]) -> bool:
        """Wait until the condition holds; False when it does not when the watch ends or the time is over."""
        while not condition(self.seen):
            if not self._thread.is_alive() or self._limit.clock.monotonic() >= self._limit.ends_at:
                return bool(condition(self.seen))
            time.sleep(_TURN_SECONDS)
        return True

    def _run(self) -> None:
        try:
            with self._opened() as container:
                stream = video_stream(container, self._source.label)
                self._note_heading(container, stream)
                self._watch(container, stream)
        except InputError as error:
            self.error = error
        finally:
            self.seen.ended = True

    def _opened(self) -> InputContainer:
        source = self._source
        if source.is_live:
            seconds = self._limit.left(_OPEN_SECONDS)
            return open_live(source, LiveDeadlines(open_s=seconds, first_frame_s=seconds, next_frame_s=seconds))
        if source.kind is SourceKind.FOLDER or source.is_picture:
            path = picture_paths(source)[0]
            return open_picture(path, str(path))
        return open_file(Path(source.address), source.label)

    def _watch(self, container: InputContainer, stream: VideoStream) -> None:
        packets = container.demux(stream)
        timeless = self._source.is_live and is_timeless(container)
        while not self._is_enough():
            packet = guarded(lambda: next(packets, None), self._source.label, camera=self._source.is_live)
            if packet is None:
                return
            if packet.size:
                self._note_packet(packet, container, timeless=timeless)
            if self._decodes:
                self._decode(stream, packet)

    def _is_enough(self) -> bool:
        seen, now = self.seen, self._limit.clock.monotonic()
        if self._stop.is_set() or now >= self._limit.ends_at or len(seen.packets) >= _ENOUGH_PACKETS:
            return True
        if not seen.live or not seen.packets or self._decodes:
            return False
        keyframes = sum(packet.keyframe for packet in seen.packets)
        return now - seen.packets[0].arrived >= _ENOUGH_SECONDS and keyframes >= _ENOUGH_KEYFRAMES

    def _note_heading(self, container: InputContainer, stream: VideoStream) -> None:
        context = stream.codec_context
        self.seen.heading = Heading(
            codec=context.name,
            profile=context.profile,
            fps_stated=frame_rate(stream),
            audio=tuple(track.name or "?" for track in container.streams.audio),
            timeless=self._source.is_live and is_timeless(container),
        )
        self.seen.opened = self._limit.clock.monotonic()

    def _note_packet(self, packet: "Packet[VideoStream]", container: InputContainer, *, timeless: bool) -> None:
        clock, ticks = self._limit.clock, packet.dts if packet.dts is not None else packet.pts
        seconds = None if ticks is None or timeless else float(ticks * (packet.time_base or Fraction(1)))
        self.seen.packets.append(PacketSeen(clock.monotonic(), seconds, packet.size, packet.is_keyframe))
        told = container.start_time_realtime
        if self._source.kind is SourceKind.RTSP and told and seconds is not None:
            self.seen.skew_seconds = told / 1e6 + seconds - clock.wall_ns() / 1e9

    def _decode(self, stream: VideoStream, packet: "Packet[VideoStream]") -> None:
        try:
            frames = guarded(lambda: stream.codec_context.decode(packet), self._source.label)
        except InputError:
            self.seen.refused_packets += 1
            return
        for frame in frames:
            self._note_picture(frame)
        self._decodes = len(self.seen.pictures) < _PICTURES

    def _note_picture(self, frame: VideoFrame) -> None:
        if self.seen.surface is None:
            told = {ColorRange.JPEG: True, ColorRange.MPEG: False}
            full = True if frame.format.name.startswith("yuvj") else told.get(ColorRange(frame.color_range))
            self.seen.surface = Surface(*upright_size(frame), frame.format.name, full)
        picture = PictureSeen(
            arrived=self._limit.clock.monotonic(),
            keyframe=bool(frame.key_frame),
            two_way=frame.pict_type == PictureType.B,
            interlaced=bool(frame.interlaced_frame),
            corrupt=frame.is_corrupt,
        )
        self.seen.pictures.append(picture)
