"""Packets that were not decoded yet, from the last keyframe on: on waking the decoder needs all of them."""

from av.packet import Packet
from av.video.stream import VideoStream

_MOST_BYTES = 4_000_000
_MOST_PACKETS = 750


class GopBuffer:
    """Keeps the packets after the keyframe that was decoded last; bounded in bytes and number."""

    def __init__(self) -> None:
        self._packets: list[Packet[VideoStream]] = []
        self._bytes = 0

    def __len__(self) -> int:
        """Packets in it."""
        return len(self._packets)

    @property
    def is_full(self) -> bool:
        """Whether no more is to be kept: who goes on with it has to decode it."""
        return self._bytes >= _MOST_BYTES or len(self._packets) >= _MOST_PACKETS

    def keep(self, packet: "Packet[VideoStream]") -> None:
        """Keep one packet more."""
        self._packets.append(packet)
        self._bytes += packet.size

    def take(self) -> "list[Packet[VideoStream]]":
        """Take all packets out, in their order."""
        packets, self._packets, self._bytes = self._packets, [], 0
        return packets
