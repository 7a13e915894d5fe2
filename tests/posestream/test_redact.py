from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posestream.redact import encode_login, redact, without_login

PASSWORDS = [
    "pw",
    "p@ss",
    "p:w",
    "p/w",
    "p#w",
    "p?w",
    "100%",
    "p@s/s:w#o?r%d",
    "a@b@c",
    "/",
    "@",
    "p w",
    "it's",
    'say"hi',
    "ключ",
    "🔑",
]
each_password = pytest.mark.parametrize("password", PASSWORDS)


@pytest.mark.parametrize(
    "text", ["", "plain", "rtsp://cam/live", "rtsp://cam:554/live", "http://[::1]:80/", "mail me@example.org", "a:b@c"]
)
def test_text_without_secret_stays(text: str) -> None:
    assert redact(text) == text


@each_password
@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "cannot open {}: timeout",
        "'{}'",
        'ConnectionError("{}")',
        "first {} second",
        "first\n{}\nlast",
        "rtsp://other/x then {}",
        "{} then rtsp://other/x",
    ],
)
def test_logins_are_hidden(password: str, frame: str) -> None:
    text = frame.format(f"rtsp://viewer:canary{password}canary@10.0.0.7/stream2")
    assert redact(text) == frame.format("rtsp://***@10.0.0.7/stream2")


@each_password
def test_logins_in_exceptions_are_hidden(password: str) -> None:
    error = OSError(5, "cannot open", f"rtsp://viewer:canary{password}canary@cam/x")
    assert "canary" not in redact(str(error))
    assert "canary" not in redact(repr(error))


def test_several_urls_in_a_line() -> None:
    text = "rtsp://a:canary1@one/x, http://b:canary2@two/y and rtsp://three/z?user=c&password=canary3&n=1"
    assert redact(text) == "rtsp://***@one/x, http://***@two/y and rtsp://three/z?user=***&password=***&n=1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://c/s?token=canary", "http://c/s?token=***"),
        ("http://c/s?a=1&PWD=canary&b=2", "http://c/s?a=1&PWD=***&b=2"),
        ("http://c/s?access_token=canary", "http://c/s?access_token=***"),
        ("'http://c/s?key=canary' failed", "'http://c/s?key=***' failed"),
        ("rtsp://c/user=admin_password=canary_channel=1", "rtsp://c/user=***_password=***_channel=1"),
        ("rtsp://c/s?channel=1&subtype=0", "rtsp://c/s?channel=1&subtype=0"),
    ],
)
def test_query_strings(text: str, shown: str) -> None:
    assert redact(text) == shown


@each_password
def test_an_encoded_login_reaches_the_camera(password: str) -> None:
    url = encode_login(f"rtsp://vie wer:{password}@cam:554/live?x=1#y")
    parts = urlsplit(url)
    assert (parts.hostname, parts.port, parts.path, parts.query) == ("cam", 554, "/live", "x=1")
    assert (unquote(parts.username or ""), unquote(parts.password or "")) == ("vie wer", password)
    assert encode_login(url) == url, "what is encoded stays as it is"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "clip@2.mp4",
        "file:clip@2.mp4",
        "dir:images@2/",
        "device:0",
        "rtsp://cam/live",
        "rtsp://cam/live@main",
        "rtsp://cam:554/live@main",
        "http://cam?mail=a@b",
        "rtsp://viewer@cam/live",
        "rtsp://viewer:%E9@cam/live",
        "rtsp://viewer:a%40b@cam/live",
    ],
)
def test_urls_that_need_no_encoding(url: str) -> None:
    assert encode_login(url) == url


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("rtsp://cam/live", "rtsp://cam/live"),
        ("rtsp://cam/live@main", "rtsp://cam/live@main"),
        ("rtsp://u:p@ss/w#o?r%d@cam:554/live?x=1", "rtsp://cam:554/live?x=1"),
        ("rtsp://u:p@[::1]:554/x", "rtsp://[::1]:554/x"),
        ("rtsp://u:p@[broken/x", "rtsp://[broken/x"),
        ("http://cam/s?user=u&password=p", "http://cam/s?user=***&password=***"),
        ("file:clip@2.mp4", "file:clip@2.mp4"),
    ],
)
def test_urls_without_login(url: str, bare: str) -> None:
    assert without_login(url) == bare


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.text(max_size=30))
def test_whatever_the_password_and_the_text_around(password: str, text: str) -> None:
    # The first and last character keep it from looking like a port or like the end of the line.
    url = encode_login(f"rtsp://viewer:x{password}canary@cam/live")
    assert "canary" not in redact(url)
    assert "canary" not in redact(f"{text} {url}")
    assert without_login(url) == "rtsp://cam/live"


@pytest.mark.parametrize("before", ["2J", "\x1b[2J", "_", "7", "x.", "url="])
def test_what_stands_before_an_address_does_not_show_its_login(before: str) -> None:
    shown = redact(f"{before}rtsp://admin:CANARY@10.0.0.7/a")
    assert "CANARY" not in shown
    assert shown.endswith("@10.0.0.7/a")
