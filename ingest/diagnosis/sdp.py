"""What a camera says of its streams before they come: SDP (RFC 4566), read with distrust."""

import re
from dataclasses import dataclass

_MOST_TRACKS = 16
_STATIC = {0: "PCMU", 8: "PCMA", 9: "G722", 14: "MPA", 26: "JPEG", 31: "H261", 32: "MPV", 33: "MP2T", 34: "H263"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,19}")

READABLE = frozenset(
    {"H264", "H265", "HEVC", "JPEG", "MP4V-ES", "MPV", "MP2T", "H261", "H263", "H263-1998", "H263-2000"}
    | {"VP8", "VP9", "AV1", "THEORA", "DV", "SVQ3", "VC2", "RAW"}
)
"""Encodings of video that FFmpeg takes out of RTP, in capitals."""


@dataclass(frozen=True)
class Track:
    """One stream: ``kind`` is video, audio, application …; ``encoding`` in capitals, "?" where it is not told well."""

    kind: str
    encoding: str


def read_tracks(body: bytes) -> tuple[Track, ...]:
    """Give the streams that a description tells of, in order; none where it is no SDP. At most 16 are read."""
    sections: list[list[str]] = []
    for line in re.split(r"[\r\n]+", body.decode("utf-8", "replace")):
        if line.startswith("m="):
            sections.append([])
        if sections:
            sections[-1].append(line)
    return tuple(_track(section) for section in sections[:_MOST_TRACKS])


def _track(lines: list[str]) -> Track:
    words = lines[0][2:].split()
    kind = words[0].lower() if words and re.fullmatch(r"[A-Za-z]{1,16}", words[0]) else "?"
    number = words[3] if len(words) > 3 else ""
    for line in lines[1:]:
        if line.lower().startswith(f"a=rtpmap:{number} "):
            name = _NAME.match(line.partition(" ")[2].strip())
            return Track(kind, name[0].upper() if name else "?")
    return Track(kind, _STATIC.get(int(number), "?") if re.fullmatch(r"[0-9]{1,3}", number) else "?")
