"""Clips as RTP: access units, their packets (RFC 6184, 7798, 2435), sender reports (RFC 3550), and the SDP's words."""

import base64
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av

CLOCK = 90_000
PAYLOAD = 1400
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_FILTERS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}


@dataclass(frozen=True)
class Unit:
    """One access unit; ``seconds`` is its time of presentation from the clip's beginning."""

    parts: tuple[bytes, ...]
    seconds: float
    keyframe: bool


@dataclass(frozen=True)
class Clip:
    """A clip in the order of decoding; ``codec`` is h264, hevc or mjpeg."""

    codec: str
    units: tuple[Unit, ...]
    fps: float

    @property
    def payload_type(self) -> int:
        """The RTP payload type that the SDP says."""
        return 26 if self.codec == "mjpeg" else 96


def read_clip(path: Path, fps: float | None = None) -> Clip:
    """Read a clip of H.264, HEVC or Motion JPEG, played at its own rate or at another one."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context.codec.canonical_name
        own = float(stream.average_rate)
        speed = own / (fps or own)
        annexb = av.BitStreamFilterContext(_FILTERS[codec], stream) if codec in _FILTERS else None
        units, first = [], None
        for packet in container.demux(stream):
            for unit in annexb.filter(packet if packet.size else None) if annexb else [packet]:
                if not unit.size:
                    continue
                seconds = float(unit.pts * unit.time_base)
                first = seconds if first is None else first
                parts = (bytes(unit),) if annexb is None else _nal_units(bytes(unit))
                units.append(Unit(parts, (seconds - first) * speed, bool(unit.is_keyframe)))
    return Clip(codec, tuple(units), own / speed)


def _nal_units(data: bytes) -> tuple[bytes, ...]:
    return tuple(part.rstrip(b"\0") for part in data.split(b"\0\0\1")[1:])


def sdp_lines(clip: Clip) -> list[str]:
    """Give the lines of the SDP's video section."""
    lines = [f"m=video 0 RTP/AVP {clip.payload_type}"]
    if clip.codec == "h264":
        sets = [part for part in clip.units[0].parts if part[0] & 31 in {7, 8}]
        sprop = ",".join(base64.b64encode(part).decode() for part in sets)
        lines += [
            "a=rtpmap:96 H264/90000",
            f"a=fmtp:96 packetization-mode=1;profile-level-id={sets[0][1:4].hex()};sprop-parameter-sets={sprop}",
        ]
    elif clip.codec == "hevc":
        kinds = {32: "vps", 33: "sps", 34: "pps"}
        named = [(kinds.get(part[0] >> 1 & 63), part) for part in clip.units[0].parts]
        sprop = ";".join(f"sprop-{kind}={base64.b64encode(part).decode()}" for kind, part in named if kind)
        lines += ["a=rtpmap:96 H265/90000", f"a=fmtp:96 {sprop}"]
    else:
        lines += ["a=rtpmap:26 JPEG/90000"]
    return [*lines, f"a=framerate:{clip.fps:g}", "a=control:track1"]


def payloads(clip: Clip, unit: Unit) -> Iterator[bytes]:
    """Give the payloads of a unit's RTP packets, in order; the last one is to carry the marker."""
    for part in unit.parts:
        if clip.codec == "mjpeg":
            yield from _jpeg_payloads(part)
        elif len(part) <= PAYLOAD:
            yield part
        else:
            yield from _fragments(part, hevc=clip.codec == "hevc")


def _fragments(part: bytes, *, hevc: bool) -> Iterator[bytes]:
    """FU-A of RFC 6184 section 5.8, FU of RFC 7798 section 4.4.3."""
    if hevc:
        kind, head, body = part[0] >> 1 & 63, bytes([part[0] & 0x81 | 49 << 1, part[1]]), part[2:]
    else:
        kind, head, body = part[0] & 31, bytes([part[0] & 0xE0 | 28]), part[1:]
    for at in range(0, len(body), PAYLOAD):
        start, end = at == 0, at + PAYLOAD >= len(body)
        yield head + bytes([start << 7 | end << 6 | kind]) + body[at : at + PAYLOAD]


def _jpeg_payloads(jpeg: bytes) -> Iterator[bytes]:
    """RFC 2435: the JPEG's head is told by type, size and tables; Huffman tables are the standard's."""
    tables, height, width, kind, restart, scan = _jpeg_parts(jpeg)
    for at in range(0, len(scan), PAYLOAD):
        head = struct.pack(">I4B", at, kind + (64 if restart else 0), 255, width // 8, height // 8)
        head += struct.pack(">HH", restart, 0xFFFF) if restart else b""
        quantisation = struct.pack(">BBH", 0, 0, len(tables)) + tables if at == 0 else b""
        yield head + quantisation + scan[at : at + PAYLOAD]


def _jpeg_parts(jpeg: bytes) -> tuple[bytes, int, int, int, int, bytes]:
    """Give quantisation tables, height, width, RFC 2435 type, restart interval (0: none) and the scan's data."""
    at, tables, height, width, kind, restart = 2, b"", 0, 0, 1, 0
    while True:
        marker, length = struct.unpack_from(">HH", jpeg, at)
        body = jpeg[at + 4 : at + 2 + length]
        if marker == 0xFFDB:
            tables += b"".join(body[start + 1 : start + 65] for start in range(0, len(body), 65))
        elif marker == 0xFFC0:
            height, width = struct.unpack_from(">HH", body, 1)
            kind = 1 if body[7] == 0x22 else 0  # 4:2:0 or 4:2:2
        elif marker == 0xFFDD:
            (restart,) = struct.unpack(">H", body)
        at += 2 + length
        if marker == 0xFFDA:
            tables *= 2 if len(tables) == 64 else 1
            return tables, height, width, kind, restart, jpeg[at:-2]


def rtp(payload: bytes, payload_type: int, sequence: int, timestamp: int, ssrc: int, *, marker: bool) -> bytes:
    """Give one RTP packet (RFC 3550 section 5.1)."""
    second = marker << 7 | payload_type
    return struct.pack(">BBHII", 0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def sender_report(ssrc: int, wall_seconds: float, timestamp: int, packets: int, octets: int) -> bytes:
    """Give a compound packet: sender report and source description (RFC 3550 sections 6.4.1 and 6.5)."""
    seconds = int(wall_seconds)
    fraction = int((wall_seconds - seconds) * 2**32)
    ntp = struct.pack(">II", (seconds + _NTP_EPOCH) & 0xFFFFFFFF, fraction)
    counts = struct.pack(">III", timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    report = struct.pack(">BBHI", 0x80, 200, 6, ssrc) + ntp + counts
    item = b"\x01\x04peer\0\0"  # CNAME, then the end, padded to 32 bits
    return report + struct.pack(">BBHI", 0x81, 202, 1 + len(item) // 4, ssrc) + item


def interleaved(channel: int, data: bytes) -> bytes:
    """Frame a packet for the RTSP connection (RFC 2326 section 10.12)."""
    return struct.pack(">BBH", 0x24, channel, len(data)) + data
