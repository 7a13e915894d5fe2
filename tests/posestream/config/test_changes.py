from typing import Any

import pytest

from posestream.config import CameraConfig, Config
from posestream.config.changes import ConfigChanges, changed_config, changes_between
from posestream.errors import ConfigError

ZONE = {"id": "door", "polygon": [[0, 0], [1, 0], [1, 1]]}
LINE = {"id": "gate", "from": [0, 0], "to": [1, 1]}
LOITER = {"id": "stay", "kind": "loiter", "radius": 0.1, "for": "10s"}


def camera(name: str = "a", **keys: object) -> dict[str, object]:
    return {"id": name, "url": "rtsp://u:CANARY@h/x", **keys}


def config(*cameras: dict[str, object], **keys: object) -> Config:
    return Config.model_validate({"cameras": cameras, **keys})


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (config(), config(), {}),
        (config(camera()), config(camera()), {}),
        (config(camera("a"), camera("b")), config(camera("b"), camera("a")), {}),
        (config(), config(camera()), {"added": ("a",)}),
        (config(camera()), config(), {"removed": ("a",)}),
        (config(camera("a")), config(camera("b")), {"added": ("b",), "removed": ("a",)}),
        (config(camera()), config(camera(url="rtsp://u:OTHER@h/x")), {"recaptured": ("a",)}),
        (config(camera()), config(camera(fps=3)), {"recaptured": ("a",)}),
        (config(camera()), config(camera(width=320)), {"recaptured": ("a",)}),
        (config(camera()), config(camera(privacy=[{"polygon": ZONE["polygon"]}])), {"recaptured": ("a",)}),
        (config(camera()), config(camera(zones=[ZONE])), {"redrawn": ("a",)}),
        (config(camera()), config(camera(lines=[LINE])), {"redrawn": ("a",)}),
        (config(camera()), config(camera(zones=[ZONE], fps=3)), {"recaptured": ("a",)}),
        (config(camera()), config(camera(), rules=[LOITER]), {"rules": ("stay",)}),
        (config(camera(), rules=[LOITER]), config(camera()), {"rules": ("stay",)}),
        (config(rules=[LOITER]), config(rules=[{**LOITER, "for": "9s"}]), {"rules": ("stay",)}),
        (config(), config(site="other"), {"needs_restart": ("site",)}),
        (config(), config(serve={"port": 1}, site="x"), {"needs_restart": ("site", "serve.port")}),
        (config(), config(kafka={"transport": "packet"}), {"needs_restart": ("kafka.transport",)}),
        (
            config(),
            config(store={"kind": "influxdb", "url": "http://h:1", "org": "o", "bucket": "b", "token": "CANARY"}),
            {"needs_restart": ("store",)},
        ),
        (config(camera()), config(site="x"), {"removed": ("a",), "needs_restart": ("site",)}),
    ],
)
def test_what_changes(old: Config, new: Config, wanted: dict[str, Any]) -> None:
    changes = changes_between(old, new)
    assert changes == ConfigChanges(**wanted)
    assert changes.touches_what_runs == bool(set(wanted) - {"needs_restart"})
    assert "CANARY" not in repr(changes)


def test_every_key_of_a_camera_but_what_rules_look_at_opens_it_anew() -> None:
    """A key that is added later must not be forgotten here: opening anew is always right."""
    one = CameraConfig.model_validate(camera())
    for key in set(CameraConfig.model_fields) - {"id", "zones", "lines"}:
        other = one.model_copy(update={key: object()})
        changes = changes_between(Config(cameras=(one,)), Config().model_copy(update={"cameras": (other,)}))
        assert changes.recaptured == ("a",), key


def test_what_needs_a_restart_stays_as_it_was() -> None:
    old = config(camera(), site="old", model={"preset": "fast"})
    new = config(camera("b"), rules=[LOITER], site="new")
    assert changed_config(old, new) == config(camera("b"), rules=[LOITER], site="old", model={"preset": "fast"})


def test_masks_are_not_taken_where_the_running_transport_cannot_mask() -> None:
    old = config(camera(), kafka={"transport": "packet"})
    new = config(camera(privacy=[{"polygon": ZONE["polygon"]}]))
    with pytest.raises(ConfigError, match=r"^cameras\[0\]\.privacy: packets .* needs a restart\)$") as refusal:
        changed_config(old, new)
    assert "CANARY" not in str(refusal.value)
