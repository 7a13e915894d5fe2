"""A camera's packets as access units that can be decoded from any keyframe on, by whoever never saw its start."""

import av
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.container import guarded
from posestream.errors import InputError
from posestream.messaging.frame_message import PACKET_CODECS

# Annex B instead of lengths, and what stands in the container's or the session's head before each keyframe.
_FILTERS = {
    "h264": "h264_mp4toannexb,dump_extra=freq=keyframe",
    "hevc": "hevc_mp4toannexb,dump_extra=freq=keyframe",
    "mpeg4": "dump_extra=freq=keyframe",
}


class AccessUnits:
    """Turns the packets of one stream into self-contained access units, in the order of decoding.

    Raises:
        InputError: if the codec is none that is sent as packets.
    """

    def __init__(self, stream: VideoStream, label: str) -> None:
        self._label = label
        self.codec = str(stream.codec_context.codec.canonical_name)
        if self.codec not in PACKET_CODECS:
            known = ", ".join(sorted(PACKET_CODECS))
            raise InputError(
                f"{label}: kafka.transport: packet carries {known}, not {self.codec}; use kafka.transport: jpeg"
            )
        filters = _FILTERS.get(self.codec)
        self._filter = None if filters is None else guarded(lambda: av.BitStreamFilterContext(filters, stream), label)

    def of(self, packet: "Packet[VideoStream]") -> "list[Packet[VideoStream]]":
        """Give the access units of a packet: mostly one; none of an empty one. Raises InputError if it is damaged."""
        if not packet.size:
            return []
        context = self._filter
        if context is None:
            return [packet]
        try:
            return guarded(lambda: list(context.filter(packet)), self._label)
        except InputError:
            context.flush()
            raise
