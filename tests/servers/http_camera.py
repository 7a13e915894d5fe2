"""A camera over HTTP for tests: MJPEG, HLS and misbehaviour, with logins and TLS, from the standard library."""

import base64
import hashlib
import re
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import av
import cv2
import numpy as np

BOUNDARY = "camera"
_NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"


def write_certificate(path: Path) -> None:
    """Make a key and a self-signed certificate of localhost and 127.0.0.1, in one PEM file."""
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(path))
    command = ["openssl", "req", "-x509", *key, "-out", f"{path}.crt", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-addext", names], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())


class HttpCamera:
    """A running server: ``answers`` has for each path what is sent; ``requests`` are the paths asked for, in order."""

    def __init__(
        self,
        answers: "dict[str, Answer]",
        login: tuple[str, str] | None = None,
        *,
        digest: bool = False,
        pem: Path | None = None,
    ) -> None:
        self.answers = answers
        self.login = login
        self.digest = digest
        self.requests: list[str] = []
        self.stopping = threading.Event()
        self._scheme = "https" if pem else "http"
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.camera = self
        if pem is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def url(self, path: str, login: tuple[str, str] | None = None, host: str = "127.0.0.1") -> str:
        """Give the address of a path, with the camera's own login or another one, percent-encoded."""
        user = login or self.login
        prefix = f"{quote(user[0], safe='')}:{quote(user[1], safe='')}@" if user else ""
        return f"{self._scheme}://{prefix}{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    camera: HttpCamera

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as http.server has it
        """Say nothing."""

    def do_GET(self) -> None:
        camera = self.server.camera
        path = self.path.partition("?")[0]
        if camera.login is not None and not self._has_login(*camera.login, digest=camera.digest):
            scheme = f'Digest realm="cam", qop="auth", nonce="{_NONCE}"' if camera.digest else 'Basic realm="cam"'
            self.give(b"", status=401, header=("WWW-Authenticate", scheme))
            return
        camera.requests.append(path)
        answer = camera.answers.get(path)
        if answer is None:
            self.give(b"", status=404)
        else:
            answer(self)

    def give(
        self, body: bytes, kind: str = "text/plain", status: int = 200, header: tuple[str, str] | None = None
    ) -> None:
        """Send a whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if header is not None:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def wait(self, seconds: float) -> bool:
        """Let time pass; False once the server is stopped."""
        return not self.server.camera.stopping.wait(seconds)

    def _has_login(self, user: str, password: str, *, digest: bool) -> bool:
        given = self.headers.get("Authorization", "")
        if not digest:
            return given == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        fields = dict(re.findall(r'(\w+)="?([^",]*)"?', given))
        first = _md5(f"{user}:cam:{password}")
        second = _md5(f"GET:{self.path}")
        middle = ":".join(fields.get(key, "") for key in ("nc", "cnonce", "qop"))
        return fields.get("response") == _md5(f"{first}:{_NONCE}:{middle}:{second}")


Answer = Callable[[_Handler], None]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def jpeg(number: int, size: tuple[int, int] = (160, 120)) -> bytes:
    """A JPEG picture whose grey tells its number."""
    return bytes(cv2.imencode(".jpg", np.full((size[1], size[0], 3), 40 + number * 5 % 200, np.uint8))[1])


def multipart(pictures: int | None = None, rate: float = 25.0, *, lengths: bool = True, then: str = "close") -> Answer:
    """MJPEG of so many pictures (None: endless); ``then`` the server may ``close``, ``stall`` or send ``garbage``."""

    def answer(handler: _Handler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        handler.end_headers()
        number = 0
        while (pictures is None or number < pictures) and handler.wait(1 / rate):
            data = jpeg(number)
            length = f"Content-Length: {len(data)}\r\n" if lengths else ""
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n{length}\r\n"
            handler.wfile.write(head.encode() + data + b"\r\n")
            number += 1
        while then == "garbage" and handler.wait(0.01):
            handler.wfile.write(np.random.default_rng(1).bytes(5000))
        while then == "stall" and handler.wait(0.05):
            pass

    return answer


def whole(body: bytes, kind: str = "text/plain", status: int = 200) -> Answer:
    """One whole answer."""
    return lambda handler: handler.give(body, kind, status)


def redirect(address: str) -> Answer:
    """An answer that sends the client on."""
    return lambda handler: handler.give(b"", status=302, header=("Location", address))


def silence(handler: _Handler) -> None:
    """Headers, and then nothing."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
    handler.end_headers()
    while handler.wait(0.05):
        pass


def segments(count: int, rate: int = 10, size: tuple[int, int] = (160, 120)) -> list[bytes]:
    """MPEG-TS segments of H.264, one second each, that follow one another."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"hls_time": "1", "hls_list_size": "0"}
        with av.open(f"{folder}/all.m3u8", "w", format="hls", options=options) as container:
            coder = {"preset": "ultrafast", "tune": "zerolatency", "g": str(rate)}
            stream = container.add_stream("libx264", rate=rate, options=coder)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            for index in range(count * rate):
                pixels = np.full((size[1], size[0], 3), 40 + index % 150, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p")))
            container.mux(stream.encode())
        return [Path(f"{folder}/all{number}.ts").read_bytes() for number in range(count)]


def sliding(names: Callable[[int], str], window: int = 3) -> Answer:
    """A live playlist: every second a segment comes and one goes; ``names(number)`` is the line of a segment."""
    began = time.monotonic()

    def answer(handler: _Handler) -> None:
        first = int(time.monotonic() - began)
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        for number in range(first, first + window):
            lines += ["#EXTINF:1.0,", names(number)]
        handler.give("\n".join([*lines, ""]).encode(), "application/vnd.apple.mpegurl")

    return answer
