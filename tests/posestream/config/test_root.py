import pytest

from posestream.config import Config, InfluxStoreConfig, parse_config
from posestream.config.sections import SqliteStoreConfig
from posestream.errors import ConfigError

TWO = """
cameras:
  - {id: a, url: x, zones: [{id: door, polygon: [[0, 0], [1, 0], [1, 1]]}]}
  - {id: b, url: y}
rules:
  - {id: everywhere, kind: crowd, more_than: 3}
  - {id: at-the-door, kind: zone, zone: door}
  - {id: only-b, kind: loiter, radius: 0.1, for: 10s, cameras: [b]}
"""


def test_no_camera_no_rule() -> None:
    assert (Config().cameras, Config().rules) == ((), ())


def test_rules_of_a_camera() -> None:
    config = parse_config(TWO, "f.yaml", {})
    assert [[rule.id for rule in config.rules_of(camera)] for camera in config.cameras] == [
        ["everywhere", "at-the-door"],
        ["everywhere", "only-b"],
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", SqliteStoreConfig),
        ("store: {}", SqliteStoreConfig),
        ("store: {path: a.db}", SqliteStoreConfig),
        ("store: {kind: sqlite}", SqliteStoreConfig),
        ("store: {kind: influxdb, url: 'http://h', org: o, bucket: b, token: t}", InfluxStoreConfig),
    ],
)
def test_a_store_without_a_kind_is_a_file(text: str, kind: type[object]) -> None:
    assert type(parse_config(text, "f.yaml", {}).store) is kind


def test_pictures_can_be_masked_and_packets_cannot() -> None:
    camera = "cameras: [{id: a, url: x, privacy: [{polygon: [[0, 0], [1, 0], [1, 1]]}]}]\n"
    assert len(parse_config(camera, "f.yaml", {}).cameras[0].privacy) == 1
    with pytest.raises(ConfigError, match=r"^f\.yaml: cameras\[0\]\.privacy: packets leave ingest as"):
        parse_config(camera + "kafka: {transport: packet}", "f.yaml", {})


@pytest.mark.parametrize(
    ("keys", "key", "done"),
    [
        ("rotate: 180", "rotate", "turned"),
        ("crop: [0, 0, 1, 0.5]", "crop", "cut"),
        ("dewarp: {}", "dewarp", "dewarped"),
    ],
)
def test_packets_cannot_be_corrected(keys: str, key: str, done: str) -> None:
    camera = f"cameras: [{{id: a, url: x, {keys}}}]\n"
    assert parse_config(camera, "f.yaml", {}).cameras
    with pytest.raises(ConfigError) as caught:
        parse_config(camera + "kafka: {transport: packet}", "f.yaml", {})
    wanted = f"packets leave ingest as the camera made them, nothing can be {done}; use kafka.transport: jpeg"
    assert str(caught.value) == f"f.yaml: cameras[0].{key}: {wanted}"
