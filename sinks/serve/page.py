"""The live page as a part of a running process: a web server in a thread."""

import errno
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn

from posestream.clock import Clock, SystemClock
from posestream.errors import DependencyError, UsageError
from sinks.serve.app import build_app
from sinks.serve.desk import CameraDesk
from sinks.serve.guard import loopback_hosts
from sinks.serve.hub import LiveHub
from sinks.store import SqliteStore

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_MOST_CONNECTIONS = 200


class LivePage:
    """Serves the page for ``hub`` and ``store`` on this machine's own address; a context manager.

    Guarantee: after ``start`` returned, the address answers; after ``stop`` returned, no view is open and
    the port is free. The hub and the store stay the caller's.
    """

    def __init__(
        self,
        hub: LiveHub,
        store: SqliteStore,
        bind: str = "127.0.0.1",
        port: int = 8080,
        clock: Clock | None = None,
        desk: CameraDesk | None = None,
    ) -> None:
        self._hub = hub
        self._store = store
        self._bind = bind
        self._port = port
        self._clock = clock or SystemClock()
        self._desk = desk
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Start serving and give the page's address; port 0 takes a free one.

        Raises:
            UsageError: if the port is taken or may not be used.
            DependencyError: if the server does not come up.
        """
        listener = listen(self._bind, self._port)
        port = int(listener.getsockname()[1])
        app = build_app(self._hub, self._store, hosts=loopback_hosts(port), clock=self._clock, desk=self._desk)
        started = threading.Event()
        config = uvicorn.Config(
            app,
            ws="websockets-sansio",
            ws_max_size=1024,  # the page sends nothing
            ws_per_message_deflate=False,  # JPEG does not shrink
            log_config=None,
            access_log=False,
            log_level="critical",
            lifespan="off",
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=3,
            server_header=False,
        )
        try:
            config.load()
        except ImportError as exc:
            listener.close()
            raise DependencyError(f"the live page needs more packages ({exc}): install posestream[web]") from exc
        self._server = _SignallingServer(config, started)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="posestream-page", daemon=True
        )
        self._thread.start()
        if not started.wait(_START_SECONDS):
            self.stop()
            raise DependencyError("the live page did not start; the log says more")
        host = f"[{self._bind}]" if ":" in self._bind else self._bind
        return f"http://{host}:{port}/"

    def stop(self) -> None:
        """End all views and the server; twice does no harm."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._hub.close()
        self._thread.join(_STOP_SECONDS)
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


class _SignallingServer(uvicorn.Server):
    """Tells when it answers; uvicorn offers a flag only, which one would have to ask again and again."""

    def __init__(self, config: uvicorn.Config, started: threading.Event) -> None:
        super().__init__(config)
        self._started_event = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started_event.set()


def listen(bind: str, port: int) -> socket.socket:
    """Open the listening socket.

    Raises:
        UsageError: if the port is taken or may not be used; says how to choose another.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} of {bind} is in use: choose another with --port") from exc
        raise UsageError(f"cannot listen on {bind} port {port}: {exc.strerror}; choose another with --port") from exc
