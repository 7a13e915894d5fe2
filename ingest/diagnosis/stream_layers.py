"""The layers above the connection, as FFmpeg sees them: stream, keyframe, decode, timestamps."""

from ingest.diagnosis.figures import count_jumps
from ingest.diagnosis.seen import Seen
from ingest.diagnosis.steps import Finding, Layer, LayerFailed, TimeLimit
from ingest.diagnosis.watch import StreamWatch
from ingest.source import Source, SourceKind
from posestream.errors import AccessRefused, InputError

_UNTIMED_AT_FIRST = 5
_UNTIMED_SHARE = 0.05


class StreamExamination:
    """Watches one source's stream; each layer is looked at as soon as enough was seen of it."""

    def __init__(self, source: Source, limit: TimeLimit) -> None:
        self._source = source
        self.watch = StreamWatch(source, limit)

    def close(self) -> None:
        """End the watch."""
        self.watch.close()

    def opens(self) -> Finding:
        """STREAM: whether it can be opened: SETUP and PLAY, a web camera's answer, a device, a file's head."""
        if not self.watch.wait(_is_open):
            raise self._not_open(self.watch.error)
        seen = self.watch.seen
        assert seen.opened is not None  # noqa: S101  # it is open
        name = seen.heading.codec if seen.heading else "?"
        return Finding(f"open after {seen.opened - seen.began:.1f} s ({name})")

    def has_keyframe(self) -> Finding:
        """KEYFRAME: whether a picture comes that needs no other."""
        watch = self.watch
        if watch.wait(lambda seen: any(packet.keyframe for packet in seen.packets)):
            seen = watch.seen
            first = next(packet for packet in seen.packets if packet.keyframe)
            return Finding(f"the first after {first.arrived - seen.began:.1f} s" if seen.live else "there")
        if not watch.seen.packets:
            raise LayerFailed(
                f"the stream is open, but no video comes{self._reason()}",
                "restart the camera; check the network between (MTU, Wi-Fi, VPN), and other viewers' load",
            )
        remedy = "set the camera's keyframe (I-frame) interval to 1 or 2 s, a maker's own 'smart codec' off"
        raise LayerFailed(
            f"{len(watch.seen.packets)} packets came, but no keyframe{self._reason()}",
            remedy if watch.seen.live else _REMEDIES[SourceKind.FILE],
        )

    def decodes(self) -> Finding:
        """DECODE: whether a picture comes out of the decoder."""
        if not self.watch.wait(lambda seen: seen.pictures):
            remedy = "set the camera's stream to plain H.264; check cable and Wi-Fi"
            raise LayerFailed(
                f"packets come, but no picture can be decoded{self._reason()}",
                remedy if self.watch.seen.live else _REMEDIES[SourceKind.FILE],
            )
        surface = self.watch.seen.surface
        assert surface is not None  # noqa: S101  # it comes with the first picture
        return Finding(f"{surface.width}x{surface.height} {surface.pixel_format}")

    def has_times(self) -> Finding:
        """TIMESTAMPS: whether the stream's times pass as time does; waits for the end of the watch."""
        self.watch.wait(lambda seen: seen.ended)
        seen, source = self.watch.seen, self._source
        if seen.heading is not None and seen.heading.timeless:
            return Finding("it holds none: a frame's time is its arrival")
        untimed, jumps = sum(packet.seconds is None for packet in seen.packets), count_jumps(seen.packets)
        if untimed > max(_UNTIMED_AT_FIRST, _UNTIMED_SHARE * len(seen.packets)):
            return Finding(
                f"{untimed} of {len(seen.packets)} frames have no time",
                "update the camera's firmware, or use another stream",
            )
        if jumps:
            what = "time jumps" if jumps == 1 else "times jump"
            return Finding(
                f"the stream's {what} ({jumps}x in {len(seen.packets)} frames)",
                "let the camera's clock follow NTP steadily, update its firmware; times of arrival are used instead",
            )
        if self.watch.error is not None and source.is_live:
            return Finding(f"the stream breaks off{self._reason()}", "check the network and the camera's other viewers")
        return Finding("they pass as time does" if source.is_live else "in order")

    def _reason(self) -> str:
        """Say why the watch ended, where it did by an error."""
        error = self.watch.error
        return f" ({self._words(error)})" if error is not None else ""

    def _words(self, error: InputError) -> str:
        return str(error).removeprefix(f"{self._source.label}: ")

    def _not_open(self, error: InputError | None) -> LayerFailed:
        if isinstance(error, AccessRefused):
            return LayerFailed("the source refuses the login", "check user and password", Layer.LOGIN)
        if isinstance(error, LayerFailed):
            return error
        text = self._words(error) if error is not None else "nothing came of it in time"
        if text == "there is no decoder for its codec":
            return LayerFailed(text, "set the stream to H.264 or MJPEG", Layer.CODEC)
        if self._source.kind is SourceKind.RTSP:
            text = f"the stream cannot be played: {text}"
        return LayerFailed(text, _REMEDIES[self._source.kind])


def _is_open(seen: Seen) -> bool:
    return seen.opened is not None


_REMEDIES = {
    SourceKind.RTSP: "close other viewers (cameras serve only a few), restart the camera; it must serve RTSP over TCP",
    SourceKind.MJPEG: "check the path in the camera's manual: wanted is MJPEG (multipart/x-mixed-replace)",
    SourceKind.HLS: "check the path, and that the playlist is live and not encrypted",
    SourceKind.DEVICE: "check the number (ls /dev/video*), the cable, the group 'video', and other programs",
    SourceKind.FILE: "check that it is a whole video or picture file",
    SourceKind.FOLDER: "check that it holds pictures",
}
