from posestream.config import Config, parse_config

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
