"""Connections to something that says what a test wants, and streams made of plain values."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from ingest.diagnosis.seen import Heading, PacketSeen, PictureSeen, Seen, Surface


@pytest.fixture
def says() -> Iterator[Callable[..., int]]:
    """``says(*answers)``: the port of a server that gives one answer a request, then hangs up; once for each client."""
    with ExitStack() as stack:

        def start(*answers: bytes) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            stop = threading.Event()
            server = threading.Thread(target=_serve, args=(listener, answers, stop))
            stack.callback(server.join)
            stack.callback(stop.set)
            server.start()
            return int(listener.getsockname()[1])

        yield start


def _serve(listener: socket.socket, answers: tuple[bytes, ...], stop: threading.Event) -> None:
    listener.settimeout(0.02)
    while not stop.is_set():
        try:
            peer, _ = listener.accept()
        except TimeoutError:
            continue
        with peer:
            peer.settimeout(5.0)
            try:
                for answer in answers:
                    if peer.recv(4096):
                        peer.sendall(answer)
            except OSError:
                continue


@pytest.fixture
def make_seen() -> Callable[..., Seen]:
    """``make_seen(count, rate, gop, …)``: what a watch of a steady stream would have seen."""

    def make(count: int = 200, rate: float = 25.0, gop: int = 50, *, live: bool = True, two_way: bool = False) -> Seen:
        packets = [PacketSeen(index / rate, 7 + index / rate, 1000, index % gop == 0) for index in range(count)]
        return Seen(
            live=live,
            paced=live,
            began=-0.5,
            opened=-0.1,
            heading=Heading("h264", "High", rate, (), timeless=False),
            surface=Surface(640, 360, "yuv420p", full_range=False),
            packets=packets,
            pictures=[PictureSeen(0.1, keyframe=True, two_way=two_way, interlaced=False, corrupt=False)],
        )

    return make
