import pytest

from posestream.errors import UsageError
from posestream.hosts.shown_url import shown_url, with_kept_secret

CURRENT = "rtsp://admin:CAN@RY/#w@10.0.0.7:554/stream"
ENCODED = "rtsp://admin:CAN%40RY%2F%23w@10.0.0.7:554"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (CURRENT, "rtsp://***@10.0.0.7:554/stream"),
        ("rtsp://10.0.0.7/x?token=CANARY&ch=1", "rtsp://10.0.0.7/x?token=***&ch=1"),
        ("rtsp://10.0.0.7/x", "rtsp://10.0.0.7/x"),
        ("file:clip.mp4", "file:clip.mp4"),
        ("gopher://me:CANARY@h/x", "***"),  # what nobody opens is not shown
    ],
)
def test_a_url_is_shown_without_its_secret_and_means_itself_again(url: str, shown: str) -> None:
    assert shown_url(url) == shown
    assert with_kept_secret(shown, url) is None


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("rtsp://***@10.0.0.7:554/other", f"{ENCODED}/other"),
        ("rtsp://new:login@10.0.0.9/x", "rtsp://new:login@10.0.0.9/x"),
        ("file:clip.mp4", "file:clip.mp4"),
    ],
)
def test_another_url(given: str, meant: str) -> None:
    assert with_kept_secret(given, CURRENT) == meant


@pytest.mark.parametrize(
    "given",
    [
        "***",
        "rtsp://***@evil.example/stream",
        "rtsp://***@10.0.0.7/stream",
        "rtsp://***@10.0.0.7:554@evil.example/stream",
        "rtsp://***@evil.example@10.0.0.7:554/stream",
        "rtsp://***@10.0.0.7:554/x@evil.example/stream",
        "rtsps://***@10.0.0.7:554/stream",
        "rtsp://***:***@10.0.0.7:554/stream",
        "rtsp://10.0.0.7:554/?to=***",
        "http://***@10.0.0.7:554/stream",
        "file:***",
    ],
)
@pytest.mark.parametrize("current", [CURRENT, "rtsp://10.0.0.7:554/x", ""])
def test_a_login_goes_to_no_other_host(given: str, current: str) -> None:
    with pytest.raises(UsageError, match="write the url with its login") as refusal:
        with_kept_secret(given, current)
    assert "CAN" not in str(refusal.value)
