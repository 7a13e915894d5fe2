"""The RTSP side of the fake camera: requests are read, logins checked, answers written (RFC 2326, RFC 7616)."""

import base64
import hashlib
import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

_REALM, _NONCE, _SESSION = "peer", "0c0ffee0", "51505150"
_WORDS = {"200": "OK", "401": "Unauthorized", "403": "Forbidden", "404": "Not Found", "461": "Unsupported Transport"}


def _packets() -> ModuleType:
    if "servers_rtp_packets" not in sys.modules:
        path = Path(__file__).with_name("rtp_packets.py")
        spec = importlib.util.spec_from_file_location("servers_rtp_packets", path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules["servers_rtp_packets"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["servers_rtp_packets"]


packets = _packets()


@dataclass(frozen=True)
class Request:
    """One request; header names in small letters."""

    method: str
    url: str
    headers: dict[str, str]


class Buffer(Protocol):
    """What was received on a connection."""

    def take(self) -> bytes:
        """Give it."""

    def keep(self, rest: bytes) -> None:
        """Keep what is left."""


def next_request(buffer: Buffer) -> Request | None:
    """Take the next whole request out of what was received; a client's RTCP is passed over."""
    data = buffer.take()
    while data[:1] == b"$" and len(data) >= 4 + int.from_bytes(data[2:4], "big"):
        data = data[4 + int.from_bytes(data[2:4], "big") :]
    head, end, rest = data.partition(b"\r\n\r\n")
    if data[:1] == b"$" or not end:
        buffer.keep(data)
        return None
    first, *lines = head.decode(errors="replace").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    buffer.keep(rest[int(headers.get("content-length", 0)) :])
    method, url, *_ = [*first.split(" "), ""]
    return Request(method, url, headers)


class Desk:
    """Answers requests; ``methods`` holds what was ever asked, ``refused`` counts logins that were wrong or missing."""

    def __init__(self, login: tuple[str, str] | None, *, digest: bool, audio: bool) -> None:
        self.login = login
        self.methods: list[str] = []
        self.refused = 0
        self._digest, self._audio = digest, audio

    def answer(self, request: Request, clip: "packets.Clip", fault: str | None) -> bytes:
        """Give the bytes of the answer; RTP_INFO stands in it where the player is to say where it begins."""
        self.methods.append(request.method)
        if request.method == "OPTIONS":
            methods = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
            return _answer(request, "200", [f"Public: {methods}"])
        if fault in {"401", "403", "404", "500"}:
            self.refused += fault == "401"
            return _answer(request, fault, [self._challenge()] if fault == "401" else [])
        if self.login is not None and not self._admitted(request):
            self.refused += 1
            return _answer(request, "401", [self._challenge()])
        if not re.search(r"/cam(/|\?|$)", request.url):
            return _answer(request, "404", [])
        return self._served(request, clip, fault)

    def _served(self, request: Request, clip: "packets.Clip", fault: str | None) -> bytes:
        if request.method == "DESCRIBE":
            body = _sdp(clip, fault, audio=self._audio).encode()
            headers = [f"Content-Base: {request.url}/", "Content-Type: application/sdp"]
            return _answer(request, "200", headers, body)
        if request.method == "SETUP":
            wanted = request.headers.get("transport", "")
            if "TCP" not in wanted:
                return _answer(request, "461", [])
            channels = re.search(r"interleaved=\d+-\d+", wanted)
            transport = f"RTP/AVP/TCP;unicast;{channels[0] if channels else 'interleaved=0-1'}"
            return _answer(request, "200", [f"Transport: {transport}", f"Session: {_SESSION};timeout=60"])
        headers = [f"Session: {_SESSION}"]
        return _answer(request, "200", [*headers, "RTP-Info: RTP_INFO"] if request.method == "PLAY" else headers)

    def _challenge(self) -> str:
        if self._digest:
            return f'WWW-Authenticate: Digest realm="{_REALM}", nonce="{_NONCE}"'
        return f'WWW-Authenticate: Basic realm="{_REALM}"'

    def _admitted(self, request: Request) -> bool:
        assert self.login is not None
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        user, password = self.login
        if not self._digest:
            return scheme == "Basic" and base64.b64decode(given) == f"{user}:{password}".encode()
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', given))
        secret = _md5(f"{user}:{_REALM}:{password}")
        wanted = _md5(f"{secret}:{_NONCE}:{_md5(f'{request.method}:{request.url}')}")
        return scheme == "Digest" and said.get("username") == user and said.get("response") == wanted


def _sdp(clip: "packets.Clip", fault: str | None, *, audio: bool) -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=peer", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*"]
    if fault == "wrong codec":
        lines += ["m=video 0 RTP/AVP 97", "a=rtpmap:97 X-NOBODY/90000", "a=control:track1"]
    elif fault != "audio only":
        lines += packets.sdp_lines(clip)
    if audio or fault == "audio only":
        lines += ["m=audio 0 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=control:track2"]
    return "\r\n".join(lines) + "\r\n"


def _answer(request: Request, status: str, headers: list[str], body: bytes = b"") -> bytes:
    lines = [f"RTSP/1.0 {status} {_WORDS.get(status, 'No')}", f"CSeq: {request.headers.get('cseq', '0')}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
