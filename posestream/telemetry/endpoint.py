"""``/metrics``, ``/livez`` and ``/readyz`` of one service, for Prometheus and whoever restarts it."""

import errno
import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from posestream.errors import UsageError
from posestream.telemetry.metrics import Metrics
from posestream.telemetry.readiness import Readiness

_SECONDS_A_REQUEST = 5.0


class Endpoint:
    """Listens while open; answers no other address and shows no picture and no secret."""

    def __init__(self, metrics: Metrics, readiness: Readiness, bind: str, port: int) -> None:
        self._server = _listening(metrics, readiness, bind, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="metrics", daemon=True)

    @property
    def address(self) -> str:
        """The address to ask, with the port that was taken."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2.0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], metrics: Metrics, readiness: Readiness) -> None:
        self._metrics, self._readiness = metrics, readiness
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without asking the name service for our own name: it may take long to answer."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "", int(self.server_address[1])

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Give status, content type and body of a path."""
        if path == "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", self._metrics.text()
        if path == "/livez":
            alive = self._readiness.alive
            return 200 if alive else 503, *_json({"alive": alive})
        if path == "/readyz":
            waiting = self._readiness.waiting
            return 503 if waiting else 200, *_json({"ready": not waiting, "waits_for": waiting})
        return 404, *_json({"there_are": ["/metrics", "/livez", "/readyz"]})

    def handle_error(self, *_: object) -> None:
        """Pass over askers who hang up."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _SECONDS_A_REQUEST
    server_version, sys_version = "posestream", ""  # which Python it is, nobody need know
    server: _Server

    def do_GET(self) -> None:
        status, content_type, body = self.server.answer(self.path.partition("?")[0])
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: it is asked every few seconds."""


def _listening(metrics: Metrics, readiness: Readiness, bind: str, port: int) -> _Server:
    try:
        return _Server((bind, port), metrics, readiness)
    except (OSError, OverflowError, UnicodeError) as exc:
        in_use = isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE
        remedy = "choose another with --metrics-port" if in_use else "is metrics.bind an address of this machine?"
        reason = exc.strerror if isinstance(exc, OSError) else "it is no address"
        raise UsageError(f"metrics: cannot listen on {bind}:{port}: {reason}; {remedy}") from None


def _json(content: dict[str, object]) -> tuple[str, bytes]:
    return "application/json", json.dumps(content).encode() + b"\n"
