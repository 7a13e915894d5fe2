"""The writer against a server whose every answer is made here; a real one in test_write.py."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, quote_plus

import pytest
from pydantic import SecretStr

from posestream.config.sections import InfluxStoreConfig
from sinks.influx_client import InfluxWriter, retry_after, server_words
from sinks.store_away import StoreAway

SECRET = "a-very-secret-token"  # noqa: S105
Answer = tuple[int, dict[str, str], bytes]


class Scripted:
    """A server that answers by a function of the body; it keeps what it took."""

    def __init__(self, answer: Callable[[bytes], Answer]) -> None:
        taken = self.taken = list[bytes]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, said = answer(body)
                if status == 204:
                    taken.extend(body.split(b"\n"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def scripted() -> Iterator[Callable[[Callable[[bytes], Answer]], Scripted]]:
    servers: list[Scripted] = []

    def make(answer: Callable[[bytes], Answer]) -> Scripted:
        servers.append(Scripted(answer))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def config_of(url: str, seconds: float = 5.0, token: str = SECRET) -> InfluxStoreConfig:
    return InfluxStoreConfig(kind="influxdb", url=url, org="site", bucket="b", token=SecretStr(token), timeout=seconds)


def writer_of(url: str, seconds: float = 5.0, stop: threading.Event | None = None, token: str = SECRET) -> InfluxWriter:
    return InfluxWriter(config_of(url, seconds, token), stop or threading.Event(), lambda: None)


def refusing(bad: set[bytes], status: int = 400) -> Callable[[bytes], Answer]:
    def answer(body: bytes) -> Answer:
        found = sorted(bad & set(body.split(b"\n")))
        return (status, {}, b'{"message": "unable to parse ' + found[0] + b'"}') if found else (204, {}, b"")

    return answer


@pytest.mark.parametrize("bad", [set(), {0}, {499}, {3, 4}, {7, 250, 499}])
@pytest.mark.parametrize("status", [400, 413, 422])
def test_bad_lines_are_found_and_the_others_taken(
    scripted: Callable[..., Scripted], bad: set[int], status: int
) -> None:
    lines = [b"m v=%d" % number for number in range(500)]
    server = scripted(refusing({lines[number] for number in bad}, status))
    with writer_of(server.url) as writer:
        refused = writer.write(lines)
    assert refused == [(number, f"unable to parse m v={number}") for number in sorted(bad)]
    assert set(server.taken) == {line for number, line in enumerate(lines) if number not in bad}


def test_many_lines_are_sent_in_bodies_of_five_thousand(scripted: Callable[..., Scripted]) -> None:
    sizes: list[int] = []
    server = scripted(lambda body: (sizes.append(body.count(b"\n") + 1), (204, {}, b""))[1])
    with writer_of(server.url) as writer:
        assert writer.write([]) == []
        assert writer.write([b"m v=1"] * 12_000) == []
    assert sizes == [5000, 5000, 2000]


@pytest.mark.parametrize(
    ("answer", "code", "retry", "needs_hands"),
    [
        ((401, {}, b'{"message": "unauthorized access"}'), "401", None, True),
        ((403, {}, b"{}"), "403", None, True),
        ((404, {}, b'{"message": "bucket not found"}'), "404", None, True),
        ((405, {}, b""), "405", None, True),
        ((429, {"Retry-After": "7"}, b"slow down"), "429", 7.0, False),
        ((500, {}, b""), "500", None, False),
        ((502, {}, b"\xff\xfe"), "unreadable", None, False),
        ((503, {"Retry-After": "soon"}, b""), "503", None, False),
    ],
)
def test_answers_that_ask_for_patience(
    scripted: Callable[..., Scripted], answer: Answer, code: str, retry: float | None, needs_hands: bool
) -> None:
    server = scripted(lambda _body: answer)
    with writer_of(server.url) as writer, pytest.raises(StoreAway) as caught:
        writer.write([b"m v=1"] * 3)
    away = caught.value
    assert (away.code, away.retry_after, away.needs_hands) == (code, retry, needs_hands)
    assert SECRET not in away.reason


NASTY = "s3cret/+ =&'\"tökén"


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
@pytest.mark.parametrize(
    "said",
    [
        NASTY,
        json.dumps({"message": f"no such token: {NASTY}"}),
        json.dumps({"other": NASTY}),
        json.dumps({"message": "x" * 285 + NASTY}),
        quote(NASTY),
        quote(NASTY, safe="").lower(),
        quote_plus(NASTY),
        repr(NASTY),
    ],
)
def test_a_server_that_says_our_token_is_not_repeated(
    scripted: Callable[..., Scripted], said: str, status: int
) -> None:
    server = scripted(lambda _body: (status, {}, said.encode()))
    with writer_of(server.url, token=NASTY) as writer:
        try:
            shown = writer.write([b"m v=1"])[0][1]
        except StoreAway as exc:
            shown = exc.reason
    assert "s3cret" not in shown.casefold()
    assert "***" in shown


def test_a_server_that_is_not_there() -> None:
    with writer_of("http://127.0.0.1:9") as writer, pytest.raises(StoreAway, match=r"is store\.url right") as caught:
        writer.check()
    assert (caught.value.code, caught.value.needs_hands) == ("unreachable", False)
    assert SECRET not in caught.value.reason


def test_a_server_that_says_nothing_is_given_up(scripted: Callable[..., Scripted]) -> None:
    released = threading.Event()
    server = scripted(lambda _body: (released.wait(30), (204, {}, b""))[1])
    with writer_of(server.url, seconds=0.3) as writer, pytest.raises(StoreAway) as caught:
        writer.write([b"m v=1"])
    released.set()
    assert caught.value.code == "timeout"


def test_the_end_of_the_service_does_not_wait_for_a_server_that_says_nothing(
    scripted: Callable[..., Scripted],
) -> None:
    released, stop = threading.Event(), threading.Event()
    server = scripted(lambda _body: (stop.set(), released.wait(60), (204, {}, b""))[2])
    begun = time.monotonic()
    with writer_of(server.url, 60.0, stop) as writer, pytest.raises(StoreAway, match="before the end of this service"):
        writer.write([b"m v=1"])
    released.set()
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "no words"),
        (b"", "no words"),
        ("plain\n text", "plain text"),
        (b'{"code": "invalid", "message": "bad line"}', "bad line"),
        (b'{"error": "old style"}', "old style"),
        (b"[1]", "[1]"),
        (b"x" * 999, "x" * 300),
    ],
)
def test_what_the_server_said(body: bytes | str | None, words: str) -> None:
    assert server_words(body) == words


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, None), ("", None), ("3", 3.0), ("-1", None), ("86400", 300.0), ("Wed, 1 Jan", None)]
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header) == seconds
