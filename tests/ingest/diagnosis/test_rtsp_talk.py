import socket
import threading
import time
from collections.abc import Callable

import pytest

from ingest.diagnosis.rtsp_talk import NoAnswer, NotRtsp, RtspTalk
from ingest.diagnosis.steps import TimeLimit
from posestream.clock import SystemClock


def talk(port: int, seconds: float = 2.0) -> RtspTalk:
    return RtspTalk(socket.create_connection(("127.0.0.1", port)), TimeLimit(seconds, SystemClock()))


def test_answers_one_after_the_other(says: Callable[..., int]) -> None:
    first = b"RTSP/1.0 401 No\r\nCSeq: 1\r\nWWW-Authenticate: Basic\r\nWWW-authenticate: Digest\r\n\r\n"
    talking = talk(says(first, b"RTSP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nv=0\n"))
    answer = talking.ask("DESCRIBE", "rtsp://cam/", {"Accept": "a\r\nb"})
    assert (answer.status, answer.body) == (401, b"")
    assert answer.values("www-authenticate") == ["Basic", "Digest"]
    assert talking.ask("DESCRIBE", "rtsp://cam/").body == b"v=0\n"
    with pytest.raises(NoAnswer) as caught:
        talking.ask("DESCRIBE", "rtsp://cam/")
    assert caught.value.hung_up
    talking.close()


@pytest.mark.parametrize(
    ("said", "who"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server"),
        (b"<html>", "an HTTP server"),
        (b"SSH-2.0-x\r\n", "an SSH server"),
        (b"\x1b[2J\r\n\r\n", "something else"),
        (b"RTSP/1.0 abc\r\n\r\n", "something else"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n", "something that sends too much"),
        (b"x" * 100_000, "something else"),
    ],
)
def test_strangers(says: Callable[..., int], said: bytes, who: str) -> None:
    talking = talk(says(said))
    with pytest.raises(NotRtsp, match=f"^{who}$"):
        talking.ask("OPTIONS", "rtsp://cam/")
    talking.close()


def test_one_that_drips_for_ever_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def drip() -> None:
            with listener.accept()[0] as peer:
                while not stop.wait(0.02):
                    peer.sendall(b"R")

        thread = threading.Thread(target=drip)
        thread.start()
        talking, began = talk(listener.getsockname()[1], 0.5), time.monotonic()
        with pytest.raises(NotRtsp):
            talking.ask("OPTIONS", "rtsp://cam/")
        assert time.monotonic() - began < 5
        stop.set()
        thread.join()
        talking.close()
