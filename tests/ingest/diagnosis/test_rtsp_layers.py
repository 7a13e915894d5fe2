import socket
from collections.abc import Callable

import pytest

from ingest.diagnosis.rtsp_layers import RtspExamination
from ingest.diagnosis.rtsp_talk import RtspTalk
from ingest.diagnosis.steps import LayerFailed, TimeLimit
from ingest.source import parse_source
from posestream.clock import SystemClock

OK = b"RTSP/1.0 200 OK\r\nServer: Cam\x1b[2J 1.0\r\n\r\n"
BASIC = b'RTSP/1.0 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'
SHA = b'RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm="x", nonce="n", algorithm=SHA-256\r\n\r\n'


def status(number: int) -> bytes:
    return f"RTSP/1.0 {number} CANARY\r\n\r\n".encode()


def described(sdp: bytes) -> bytes:
    return b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(sdp) + sdp


def examined(port: int, login: str = "admin:CANARY@") -> str:
    """Go up the layers of RTSP; gives what is said of each, the last with its remedy if it fails."""

    def connect() -> RtspTalk:
        return RtspTalk(socket.create_connection(("127.0.0.1", port)), TimeLimit(1.0, SystemClock()))

    looked_at = RtspExamination(parse_source(f"rtsp://{login}127.0.0.1:{port}/cam"), connect, connect())
    said = []
    try:
        looks = (looked_at.greet, looked_at.log_in, looked_at.read_description, looked_at.check_codec)
        said.extend(look().text for look in looks)
    except LayerFailed as error:
        said.append(f"{error} -> {error.remedy}")
    finally:
        looked_at.close()
    return "; ".join(said)


def test_a_camera_without_login(says: Callable[..., int]) -> None:
    sdp = b"v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\nm=audio 0 RTP/AVP 0\n"
    text = examined(says(OK, described(sdp)), login="")
    wanted = "speaks RTSP (Cam?[2J 1.0); no login is asked for; described: video H265, audio PCMU; H265"
    assert text == wanted


@pytest.mark.parametrize(
    ("answers", "login", "wanted"),
    [
        ((), "a:b@", "the port accepts the connection, then hangs up -> "),
        (
            (b"HTTP/1.1 400 Bad\r\n\r\n",),
            "",
            "the port answers, but not with RTSP: this is an HTTP server -> check the",
        ),
        ((OK, BASIC), "", "the camera wants a login -> write rtsp://USER:PASSWORD@HOST"),
        ((OK, BASIC, BASIC), "a:CANARY@", "the camera refuses this user and password (401) -> check both"),
        (
            (OK, SHA),
            "a:b@",
            "a kind of login that is not spoken here -> set the camera's RTSP authentication to Digest",
        ),
        ((OK, status(403)), "a:b@", "the camera forbids this stream (403) -> allow this user"),
        ((OK, status(404)), "a:b@", "the camera has no stream under this path (404) -> look the path up"),
        ((OK, status(453)), "a:b@", "no bandwidth left (453) -> close other viewers"),
        ((OK, status(500)), "a:b@", "an error of its own (500) -> restart the camera"),
        ((OK, status(302)), "a:b@", "sends us to another address (302) -> write the address"),
        ((OK, status(451)), "a:b@", "refuses the request (451) -> check the path"),
        ((OK, b"\x1b[2J CANARY\r\n\r\n"), "a:b@", "does not answer when it is asked for the stream -> restart"),
        ((OK, described(b"m=audio 0 RTP/AVP 0\n")), "", "(SDP) has no video: audio -> check the path"),
        ((OK, described(b"<html>")), "", "has no video: nothing that can be understood -> check the path"),
        (
            (OK, described(b"m=video 0 RTP/AVP 96\na=rtpmap:96 X-SMART/9\n")),
            "",
            "the video's codec X-SMART cannot be read -> set the camera's stream to H.264",
        ),
    ],
)
def test_what_fails_is_told_apart(
    says: Callable[..., int], answers: tuple[bytes, ...], login: str, wanted: str
) -> None:
    text = examined(says(*answers), login)
    assert wanted in text
    assert "CANARY" not in text
    assert text.isprintable()


def test_a_camera_that_is_silent(fake_camera: Callable[[str], int]) -> None:
    assert "then says nothing -> restart the camera" in examined(fake_camera("hole"))


def test_a_camera_that_hangs_up_after_each_401(says: Callable[..., int]) -> None:
    assert "the camera refuses this user and password (401)" in examined(says(BASIC))
