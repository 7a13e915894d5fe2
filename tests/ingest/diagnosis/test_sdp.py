from hypothesis import given
from hypothesis import strategies as st

from ingest.diagnosis.sdp import Track, read_tracks

CAMERA = b"""v=0\r
s=x\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 H264/90000\r
m=audio 0 RTP/AVP 8\r
m=application 0 RTP/AVP 107\r
a=rtpmap:107 vnd.onvif.metadata/90000\r
"""


def test_a_camera_s_description() -> None:
    wanted = (Track("video", "H264"), Track("audio", "PCMA"), Track("application", "VND.ONVIF.METADATA"))
    assert read_tracks(CAMERA) == wanted


def test_static_payload_types() -> None:
    assert read_tracks(b"m=video 0 RTP/AVP 26\n") == (Track("video", "JPEG"),)
    assert read_tracks(b"m=video 0 RTP/AVP 96\n") == (Track("video", "?"),)


def test_what_is_no_description() -> None:
    assert read_tracks(b"") == ()
    assert read_tracks(b"<html>\xff") == ()
    assert read_tracks(b"m=\nm=\x1b[2J 0 RTP/AVP 96\na=rtpmap:96 \x1b[2J/9\n") == (Track("?", "?"), Track("?", "?"))


@given(st.binary(max_size=400))
def test_no_bytes_harm(body: bytes) -> None:
    for track in read_tracks(b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 " + body):
        assert track.encoding.isprintable()
        assert len(track.encoding) <= 20
