from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ingest.hls_fetch import HlsFetcher
from ingest.source import TlsTrust, parse_source
from posestream.errors import AccessRefused, InputError

LOGIN = ("admin", "p@s:s/#?%w")
BODY = b"x" * 100_000


def fetcher(url: str, tls: TlsTrust | None = None) -> HlsFetcher:
    return HlsFetcher(parse_source(url, tls=tls), 1.0)


def fetched(fetch: HlsFetcher, url: str) -> bytes:
    stream = fetch(url, 1, {})
    data = b"".join(iter(lambda: stream.read(32768), b""))
    stream.close()
    stream.close()
    return data


@pytest.mark.parametrize("digest", [False, True])
def test_the_login_goes_to_the_camera(
    http_camera: Callable[..., Any],
    http_answers: ModuleType,
    digest: bool,
) -> None:
    camera = http_camera({"/s.ts": http_answers.whole(BODY)}, login=LOGIN, digest=digest)
    assert fetched(fetcher(camera.url("/live.m3u8")), camera.url("/s.ts")) == BODY


def test_the_login_goes_to_nobody_else(http_camera: Callable[..., Any], http_answers: ModuleType) -> None:
    camera = http_camera({}, login=LOGIN)
    other = http_camera({"/s.ts": http_answers.whole(BODY)}, login=LOGIN)
    with pytest.raises(AccessRefused) as caught:
        fetched(fetcher(camera.url("/live.m3u8")), other.url("/s.ts"))
    assert other.requests == []
    assert str(caught.value).startswith(f"http://127.0.0.1:{camera.port}/live.m3u8: the camera refuses the login")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "data:text/plain,x", "concat:/a|/b", "ftp://127.0.0.1/x",
        "subfile,,start,0,end,9,,:/etc/x",
        "crypto+http://127.0.0.1/x", "/etc/passwd", "",
    ],
)  # fmt: skip
def test_no_other_protocol_is_spoken(url: str) -> None:
    with pytest.raises(InputError, match=r"http://cam/x\.m3u8: the playlist names an address that is not opened"):
        fetcher("http://u:secret1@cam/x.m3u8")(url, 1, {})


def test_what_was_encrypted_is_not_fetched_in_the_clear() -> None:
    with pytest.raises(InputError, match="wanted https, got 'http:'"):
        fetcher("https://cam/x.m3u8")("http://cam/s.ts", 1, {})


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_redirects_lead_to_http_only(http_camera: Callable[..., Any], http_answers: ModuleType, place: str) -> None:
    camera = http_camera({"/s.ts": http_answers.redirect(place), "/t.ts": http_answers.redirect("/u.ts")})
    camera.answers["/u.ts"] = http_answers.whole(BODY)
    assert fetched(fetcher(camera.url("/x.m3u8")), camera.url("/t.ts")) == BODY
    with pytest.raises(InputError, match="sends us on to an address that is not opened"):
        fetched(fetcher(camera.url("/x.m3u8")), camera.url("/s.ts"))


def test_a_redirect_takes_nothing_back_from_tls(
    http_camera: Callable[..., Any], http_answers: ModuleType, certificate: Path
) -> None:
    plain = http_camera({"/s.ts": http_answers.whole(BODY)})
    camera = http_camera({"/s.ts": http_answers.redirect(plain.url("/s.ts"))}, pem=certificate)
    with pytest.raises(InputError, match="sends us on to an address that is not opened"):
        fetched(fetcher(camera.url("/x.m3u8"), TlsTrust.ACCEPT_ANY), camera.url("/s.ts"))
    assert plain.requests == []


def test_certificates(http_camera: Callable[..., Any], http_answers: ModuleType, certificate: Path,
                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    camera = http_camera({"/s.ts": http_answers.whole(BODY)}, pem=certificate)
    url = camera.url("/s.ts")
    with pytest.raises(InputError, match="its certificate cannot be verified"):
        fetched(fetcher(camera.url("/x.m3u8")), url)
    assert fetched(fetcher(camera.url("/x.m3u8"), TlsTrust.ACCEPT_ANY), url) == BODY
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert fetched(fetcher(camera.url("/x.m3u8")), url) == BODY


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        ("403", AccessRefused, "refuses the login"),
        ("404", InputError, "no stream under this path, or a segment of it is gone"),
        ("500", InputError, "answers with status 500"),
        ("silence", InputError, "no answer in time"),
    ],
)
def test_failures_are_told_once_and_end_it(
    http_camera: Callable[..., Any], http_answers: ModuleType, answer: str, kind: type[InputError], told: str
) -> None:
    bad = http_answers.silence if answer == "silence" else http_answers.whole(b"", status=int(answer))
    camera = http_camera({"/s.ts": bad, "/good.ts": http_answers.whole(BODY)})
    fetch = fetcher(camera.url("/x.m3u8", ("u", "secret1")))
    with pytest.raises(kind, match=told) as caught:
        fetched(fetch, camera.url("/s.ts"))
    assert "secret1" not in str(caught.value)
    assert caught.value.__context__ is None
    assert fetched(fetch, camera.url("/good.ts")) == b""


def test_nobody_listens() -> None:
    with pytest.raises(InputError, match="the connection is refused"):
        fetched(fetcher("http://127.0.0.1:1/x.m3u8"), "http://127.0.0.1:1/x.m3u8")


def test_a_segment_without_end_is_cut(http_camera: Callable[..., Any], http_answers: ModuleType,
                                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("ingest.hls_fetch._MOST_BYTES", 1000)
    camera = http_camera({"/s.ts": http_answers.whole(BODY)})
    with pytest.raises(InputError, match="a segment has more than"):
        fetched(fetcher(camera.url("/x.m3u8")), camera.url("/s.ts"))
