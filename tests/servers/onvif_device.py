"""A device that speaks as much ONVIF as discovery asks: WS-Discovery on loopback multicast, SOAP 1.2 over HTTP.

Written from the message shapes of ONVIF Core and Media 1, WS-Discovery 2005/04 and WS-Security UsernameToken 1.0.
``answers`` and ``probe_answer`` replace what it says, to make it hostile.
"""

import base64
import contextlib
import hashlib
import hmac
import re
import select
import socket
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GROUP = ("239.255.255.250", 3702)
SOAP = "http://www.w3.org/2003/05/soap-envelope"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_NAMESPACES = (
    f'xmlns:s="{SOAP}" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" '
    'xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:ter="http://www.onvif.org/ver10/error"'
)
NOT_AUTHORIZED = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code>"
    '<s:Reason><s:Text xml:lang="en">Sender not Authorized</s:Text></s:Reason></s:Fault>'
)
_UNKNOWN = (
    "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode>"
    '</s:Code><s:Reason><s:Text xml:lang="en">Optional Action Not Implemented</s:Text></s:Reason></s:Fault>'
)
_OPEN = {"GetSystemDateAndTime", "GetCapabilities"}
"""What ONVIF lets anybody ask (access class PRE_AUTH)."""


@dataclass
class Stream:
    """A media profile."""

    token: str
    name: str
    codec: str = "H264"
    size: tuple[int, int] = (1920, 1080)
    fps: int = 25
    uri: str = "rtsp://{host}:554/{token}"


def envelope(body: str) -> bytes:
    """Wrap an answer."""
    text = f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {_NAMESPACES}><s:Body>{body}</s:Body></s:Envelope>'
    return text.encode()


@dataclass
class Device:
    """What the device is and does; ``start`` and ``stop`` it."""

    host: str = "127.0.0.1"
    user: str = "viewer"
    password: str = "secret"  # noqa: S105  # of the test
    maker: str = "Acme"
    model: str = "DomeCam 2"
    name: str = "Lobby"
    skew_seconds: float = 0.0
    login_by: str = "token"  # or "digest": HTTP Digest instead
    streams: list[Stream] = field(
        default_factory=lambda: [Stream("main", "Main"), Stream("sub", "Sub", size=(640, 480), fps=10)]
    )
    media_path: str = "http://{host}:{port}/onvif/media_service"
    xaddrs: str = "http://{host}:{port}/onvif/device_service"
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None] | str] = field(default_factory=dict)
    probe_answer: Callable[[str], list[bytes]] | None = None
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def start(self, *, answers_calls: bool = True) -> None:
        """Listen; with ``answers_calls`` also to calls on loopback multicast."""
        device = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with contextlib.suppress(OSError):  # the asker has hung up
                    device.handle(self)

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._http = ThreadingHTTPServer((self.host, 0), Handler)
        self._http.daemon_threads = True
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)]
        if answers_calls:
            self._threads.append(threading.Thread(target=self._answer_calls, args=(_group_socket(),), daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Listen no longer."""
        self._ended.set()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join()

    @property
    def port(self) -> int:
        """Port of the HTTP server."""
        return int(self._http.server_address[1])

    def handle(self, request: Any) -> None:  # noqa: ANN401  # http.server's handler
        """Answer one SOAP message."""
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.bodies.append(body)
        message = ET.fromstring(body)  # noqa: S314  # from the product under test
        operation = next(iter(message.find(f"{{{SOAP}}}Body") or [])).tag.rpartition("}")[2]
        self.asked.append(operation)
        answer = self.answers.get(operation)
        if callable(answer):
            answer(request)
        elif operation not in _OPEN and not self._knows(request, message):
            extra = {"WWW-Authenticate": 'Digest realm="cam", qop="auth", nonce="abc", algorithm=MD5'}
            reply(request, envelope(NOT_AUTHORIZED), 401 if self.login_by == "digest" else 400, extra)
        else:
            text = answer or self._said(operation, message)
            reply(request, envelope(text), 500 if text == _UNKNOWN else 200)

    def _said(self, operation: str, message: Any) -> str:  # noqa: ANN401  # an element
        now = datetime.now(UTC) + timedelta(seconds=self.skew_seconds)
        if operation == "GetSystemDateAndTime":
            return (
                "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
                "<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime><tt:Time>"
                f"<tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute><tt:Second>{now.second}</tt:Second>"
                f"</tt:Time><tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month>"
                f"<tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime>"
                "</tds:GetSystemDateAndTimeResponse>"
            )
        if operation == "GetDeviceInformation":
            return (
                f"<tds:GetDeviceInformationResponse><tds:Manufacturer>{self.maker}</tds:Manufacturer>"
                f"<tds:Model>{self.model}</tds:Model><tds:FirmwareVersion>1.2</tds:FirmwareVersion>"
                "<tds:SerialNumber>7</tds:SerialNumber><tds:HardwareId>1</tds:HardwareId>"
                "</tds:GetDeviceInformationResponse>"
            )
        if operation == "GetCapabilities":
            address = self.media_path.format(host=self.host, port=self.port)
            return (
                f"<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>{address}</tt:XAddr>"
                "<tt:StreamingCapabilities/></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
            )
        if operation == "GetProfiles":
            profiles = "".join(map(_profile, self.streams))
            return f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"
        if operation == "GetStreamUri":
            token = message.findtext(".//{http://www.onvif.org/ver10/media/wsdl}ProfileToken")
            uri = next(it.uri for it in self.streams if it.token == token)
            uri = uri.replace("{host}", self.host).replace("{token}", token)
            return (
                f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri.replace('&', '&amp;')}</tt:Uri>"
                "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false"
                "</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"
            )
        return _UNKNOWN

    def _knows(self, request: Any, message: Any) -> bool:  # noqa: ANN401  # http.server's handler; an element
        return self._knows_digest(request) if self.login_by == "digest" else self._knows_token(message)

    def _knows_token(self, message: Any) -> bool:  # noqa: ANN401  # an element
        user, digest, nonce = (message.findtext(f".//{{{_WSSE}}}{it}") for it in ("Username", "Password", "Nonce"))
        created = message.findtext(f".//{{{_WSU}}}Created")
        if not (user and digest and nonce and created):
            return False
        wanted = hashlib.sha1(base64.b64decode(nonce) + created.encode() + self.password.encode()).digest()  # noqa: S324  # the standard's
        now = datetime.now(UTC) + timedelta(seconds=self.skew_seconds)
        age = abs((now - datetime.fromisoformat(created)).total_seconds())
        return user == self.user and hmac.compare_digest(base64.b64decode(digest), wanted) and age < 60

    def _knows_digest(self, request: Any) -> bool:  # noqa: ANN401  # http.server's handler
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', request.headers.get("Authorization", "")))
        if said.get("username") != self.user:
            return False
        first, second = (
            hashlib.md5(text.encode()).hexdigest()  # noqa: S324  # the standard's
            for text in (f"{self.user}:cam:{self.password}", f"POST:{said['uri']}")
        )
        whole = f"{first}:abc:{said['nc']}:{said['cnonce']}:auth:{second}"
        return said["response"] == hashlib.md5(whole.encode()).hexdigest()  # noqa: S324  # the standard's

    def _answer_calls(self, group: socket.socket) -> None:
        with group, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.bind((self.host, 0))
            while not self._ended.is_set():
                if not select.select([group], [], [], 0.05)[0]:
                    continue
                call, caller = group.recvfrom(65_535)
                message = re.search(r"<a:MessageID>([^<]+)</a:MessageID>", call.decode())
                for answer in self._matches(message[1]) if message else []:
                    own.sendto(answer, caller)

    def _matches(self, message: str) -> list[bytes]:
        if self.probe_answer is not None:
            return self.probe_answer(message)
        return [probe_match(message, self.xaddrs.format(host=self.host, port=self.port), self.name)]


def _profile(stream: Stream) -> str:
    return (
        f'<trt:Profiles fixed="true" token="{stream.token}"><tt:Name>{stream.name}</tt:Name>'
        f'<tt:VideoEncoderConfiguration token="e_{stream.token}"><tt:Name>encoder</tt:Name><tt:UseCount>1</tt:UseCount>'
        f"<tt:Encoding>{stream.codec}</tt:Encoding><tt:Resolution><tt:Width>{stream.size[0]}</tt:Width>"
        f"<tt:Height>{stream.size[1]}</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality><tt:RateControl>"
        f"<tt:FrameRateLimit>{stream.fps}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
        "<tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>"
    )


def probe_match(message: str, xaddrs: str, name: str = "Lobby", declared: str = "") -> bytes:
    """Answer a Probe; ``declared`` stands before the root."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{declared}<s:Envelope xmlns:s="{SOAP}" '
        'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
        'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header><a:MessageID>urn:uuid:1</a:MessageID>'
        f"<a:RelatesTo>{message}</a:RelatesTo><a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
        "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action></s:Header><s:Body>"
        "<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:2</a:Address></a:EndpointReference>"
        f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/type/video_encoder "
        f"onvif://www.onvif.org/name/{name} onvif://www.onvif.org/hardware/X</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs>"
        "<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
    ).encode()


def reply(request: Any, content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:  # noqa: ANN401  # http.server's handler
    """Answer over HTTP."""
    request.send_response(status)
    for name, value in ({"Content-Type": "application/soap+xml; charset=utf-8"} | (headers or {})).items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def trickle(request: Any) -> None:  # noqa: ANN401  # http.server's handler
    """Answer a byte at a time, for ever."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(600):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.1)


def flood(request: Any) -> None:  # noqa: ANN401  # http.server's handler
    """Answer with 64 MiB, or as much as is taken."""
    request.send_response(200)
    request.send_header("Content-Type", "application/soap+xml")
    request.end_headers()
    for _ in range(1024):
        request.wfile.write(b" " * 65_536)


def _group_socket() -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind(GROUP)
    member = socket.inet_aton(GROUP[0]) + socket.inet_aton("127.0.0.1")
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    return opened
