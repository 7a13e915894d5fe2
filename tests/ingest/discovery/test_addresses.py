import pytest

from ingest.discovery.addresses import own_service, service_at, stream_url
from ingest.source import parse_source
from posestream.config.variables import fill_in

HOST = "10.0.0.7"
LOGIN = "${CAM_USER}:${CAM_PASSWORD}@"


class TestOfTheDeviceService:
    @pytest.mark.parametrize(
        ("addresses", "url"),
        [
            ([], None),
            (["http://10.0.0.7/onvif/device_service"], "http://10.0.0.7/onvif/device_service"),
            (["http://10.0.0.7:8080"], "http://10.0.0.7:8080/onvif/device_service"),
            (["http://169.254.1.2/a", "https://10.0.0.7/b"], "https://10.0.0.7/b"),
            (["http://10.0.0.8/a"], None),  # somebody else
            (["http://127.0.0.1:9200/_shutdown"], None),  # us
            (["http://10.0.0.7@evil.example/a"], None),
            (["http://10.0.0.7.evil.example/a"], None),
            (["file:///etc/passwd", "ftp://10.0.0.7/a", "gopher://10.0.0.7/", "//10.0.0.7/a", "10.0.0.7"], None),
            (["http://admin:pw@10.0.0.7/a#b"], "http://10.0.0.7/a"),
            (["http://10.0.0.7:99999/", "http://10.0.0.7:0/", "http://[10.0.0.7/", "http://10.0.0.7:x/"], None),
            (["http://10.0.0.7/" + "a" * 2000], None),
        ],
    )
    def test_only_the_sender_s_own_counts(self, addresses: list[str], url: str | None) -> None:
        assert own_service(addresses, HOST) == url

    def test_ipv6_is_compared_as_an_address(self) -> None:
        assert own_service(["http://[fd00:0::7]:80/a"], "fd00::7") == "http://[fd00::7]:80/a"


class TestOfAFurtherService:
    @pytest.mark.parametrize(
        ("named", "url"),
        [
            (None, "http://10.0.0.7:81/onvif/device_service"),
            ("http://10.0.0.7:82/onvif/media?x=1", "http://10.0.0.7:82/onvif/media?x=1"),
            ("http://evil.example:6379/media", "http://10.0.0.7:81/media"),
            ("http://127.0.0.1/media", "http://10.0.0.7:81/media"),
            ("file:///etc/passwd", "http://10.0.0.7:81/onvif/device_service"),
        ],
    )
    def test_the_host_stays_the_device_s(self, named: str | None, url: str) -> None:
        assert service_at("http://10.0.0.7:81/onvif/device_service", named) == url


class TestOfAStream:
    @pytest.mark.parametrize(
        ("named", "rest"),
        [
            ("rtsp://10.0.0.7/stream2", "10.0.0.7/stream2"),
            ("rtsp://10.0.0.7:8554/a?channel=1&subtype=1", "10.0.0.7:8554/a?channel=1&subtype=1"),
            ("RTSP://admin:CANARY@10.0.0.7:554/a", "10.0.0.7:554/a"),
            (
                "rtsp://10.0.0.7/user=admin_password=CANARY_channel=1_stream=1.sdp",
                "10.0.0.7/user=${CAM_USER}_password=${CAM_PASSWORD}_channel=1_stream=1.sdp",
            ),
            ("rtsp://10.0.0.7/a?usr=admin&pwd=CANARY&x=1", "10.0.0.7/a?usr=${CAM_USER}&pwd=${CAM_PASSWORD}&x=1"),
            ("rtsp://10.0.0.7/a?token=CANARY", "10.0.0.7/a?token=${CAM_TOKEN}"),
            ("rtsp://10.0.0.7/live/admin/CANARY/1", "10.0.0.7/live/admin/${CAM_PASSWORD}/1"),
            ("rtsp://10.0.0.7/a b\"'\n- x: é", "10.0.0.7/a%20b%22%27-%20x:%20%C3%A9"),
            ("rtsp://10.0.0.7/${AWS_SECRET_ACCESS_KEY}", "10.0.0.7/%24%7BAWS_SECRET_ACCESS_KEY%7D"),
            ("rtsp://10.0.0.7/?pwd=${HOME}", "10.0.0.7/?pwd=${CAM_PASSWORD}"),
        ],
    )
    def test_placeholders_stand_for_every_login(self, named: str, rest: str) -> None:
        url, other = stream_url(named, HOST, "CANARY")
        assert url == f"rtsp://{LOGIN}{rest}"
        assert other is None

    @pytest.mark.parametrize("password", ["CAM", "USER", "PASSWORD", "CAM_PASSWORD", "s", "$", "a%2Fb"])
    def test_a_password_in_the_path_never_breaks_a_placeholder(self, password: str) -> None:
        url, _ = stream_url(f"rtsp://10.0.0.7/x?usr=a&c={password}", HOST, password)
        assert url is not None
        used: dict[str, str] = {}
        filled = fill_in(url, {"CAM_USER": "u", "CAM_PASSWORD": password, "CAM_TOKEN": "t"}, used)
        assert filled.count("${") == 0
        assert set(used) == {"CAM_USER", "CAM_PASSWORD"}
        assert parse_source(filled).label.startswith("rtsp://10.0.0.7/")

    @pytest.mark.parametrize(
        "named", [None, 7, "", "http://10.0.0.7/a", "file:/etc/passwd", "rtsp:///a", "rtsp://h:x/"]
    )
    def test_what_is_no_rtsp_address_is_none(self, named: object) -> None:
        assert stream_url(named, HOST) == (None, None)

    def test_another_host_gets_no_login(self) -> None:
        assert stream_url("rtsp://evil.example:554/a", HOST) == (f"rtsp://{LOGIN}10.0.0.7:554/a", "evil.example")
