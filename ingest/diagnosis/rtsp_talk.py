"""Requests over RTSP and their answers (RFC 2326), where the other side may be anything and mean harm."""

import re
import socket
from dataclasses import dataclass

from ingest.diagnosis.steps import TimeLimit

_MOST_HEAD = 16_384
_MOST_BODY = 65_536
_ANSWER_SECONDS = 5.0
_LINE_END = re.compile(r"[\r\n]")
_STATUS = re.compile(r"RTSP/\d\.\d (\d{3})\b")
_STRANGERS = (
    (b"HTTP/", "an HTTP server"),
    (b"<", "an HTTP server"),
    (b"SSH-", "an SSH server"),
    (b"220", "a mail or FTP server"),
    (b"\x15\x03", "a TLS server"),
)


@dataclass(frozen=True)
class Answer:
    """An answer; ``headers`` are (name in small letters, value) in order, the same name perhaps several times."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Give all values of a header."""
        return [value for key, value in self.headers if key == name]


class NoAnswer(Exception):
    """No answer came: ``hung_up`` says that the camera closed the connection; otherwise it was silent for too long."""

    def __init__(self, *, hung_up: bool) -> None:
        super().__init__("hung up" if hung_up else "silent")
        self.hung_up = hung_up


class NotRtsp(Exception):
    """What came is no RTSP; ``who`` says what it looks like, in our words."""

    def __init__(self, who: str) -> None:
        super().__init__(who)
        self.who = who


class RtspTalk:
    """One connection over which requests are sent, one at a time. All that is read is bounded in size and time."""

    def __init__(self, connection: socket.socket, limit: TimeLimit) -> None:
        self._connection = connection
        self._limit = limit
        self._sequence = 0
        self._received = b""

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def ask(self, method: str, url: str, headers: dict[str, str] | None = None) -> Answer:
        """Send a request and give its answer.

        Raises:
            NoAnswer: if the camera hangs up or is silent.
            NotRtsp: if what comes is something else, or too much of it.
            LayerFailed: when the time of the diagnosis is over.
        """
        self._sequence += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._sequence}", "User-Agent: posestream doctor"]
        lines += [f"{name}: {_LINE_END.sub(' ', value)}" for name, value in (headers or {}).items()]
        until = self._limit.clock.monotonic() + self._limit.left(_ANSWER_SECONDS)
        try:
            self._connection.settimeout(self._limit.left(_ANSWER_SECONDS))
            self._connection.sendall("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape"))
            return self._answer(until)
        except TimeoutError:
            raise NoAnswer(hung_up=False) from None
        except OSError:
            raise NoAnswer(hung_up=True) from None

    def _answer(self, until: float) -> Answer:
        while b"\r\n\r\n" not in self._received:
            if len(self._received) > _MOST_HEAD:
                raise NotRtsp(_stranger(self._received))
            try:
                self._read_more(until)
            except (TimeoutError, NoAnswer):
                if self._received:
                    raise NotRtsp(_stranger(self._received)) from None
                raise
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("utf-8", "replace").split("\r\n")
        status = _STATUS.match(first)
        if status is None:
            raise NotRtsp(_stranger(head))
        pairs = [line.partition(":") for line in lines]
        headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
        return Answer(int(status[1]), headers, self._body(headers, until))

    def _body(self, headers: tuple[tuple[str, str], ...], until: float) -> bytes:
        told = dict(headers).get("content-length", "0")
        length = int(told) if re.fullmatch(r"[0-9]{1,9}", told) else 0
        if length > _MOST_BODY:
            raise NotRtsp("something that sends too much")
        while len(self._received) < length:
            self._read_more(until)
        body, self._received = self._received[:length], self._received[length:]
        return body

    def _read_more(self, until: float) -> None:
        left = until - self._limit.clock.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        data = self._connection.recv(8192)
        if not data:
            raise NoAnswer(hung_up=True)
        self._received += data


def _stranger(data: bytes) -> str:
    return next((who for mark, who in _STRANGERS if data.startswith(mark)), "something else")
