import json
import stat
from pathlib import Path

import pytest

from posestream.config import CameraConfig, Config
from posestream.config.overlay import CameraOverlay, entry_of, load_overlay, save_overlay
from posestream.errors import ConfigError, DependencyError

FILE = Config.model_validate(
    {
        "cameras": [{"id": "a", "url": "rtsp://u:CANARY@a/x", "fps": 3}, {"id": "b", "url": "rtsp://b/x"}],
        "rules": [{"id": "stay", "kind": "loiter", "radius": 0.1, "for": "10s", "cameras": ["b"]}],
    }
)


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        ({}, [("a", "rtsp://u:CANARY@a/x", 3), ("b", "rtsp://b/x", 5)]),
        ({"a": None}, [("b", "rtsp://b/x", 5)]),
        ({"a": {}}, [("a", "rtsp://u:CANARY@a/x", 5), ("b", "rtsp://b/x", 5)]),  # the whole camera, not key by key
        ({"a": {"url": "rtsp://c/x", "fps": 9}}, [("a", "rtsp://c/x", 9), ("b", "rtsp://b/x", 5)]),
        (
            {"c": {"url": "rtsp://c/x"}},
            [("a", "rtsp://u:CANARY@a/x", 3), ("b", "rtsp://b/x", 5), ("c", "rtsp://c/x", 5)],
        ),
        ({"c": {"fps": 2}, "d": None}, [("a", "rtsp://u:CANARY@a/x", 3), ("b", "rtsp://b/x", 5)]),  # gone from the file
    ],
)
def test_what_holds(entries: dict[str, object], wanted: list[tuple[str, str, float]]) -> None:
    held = CameraOverlay.model_validate({"cameras": entries}).over(FILE)
    assert [(camera.id, camera.url.get_secret_value(), camera.fps) for camera in held.cameras] == wanted
    assert held.rules == FILE.rules


@pytest.mark.parametrize(
    ("entries", "mistake"),
    [
        ({"b": None}, "rules[0].cameras: no camera 'b'"),
        ({"a": {"fps": -1}}, "fps: Input should be greater than 0"),
        ({"a": {"zones": "rtsp://u:CANARY@h/x"}}, "zones: "),
        ({"c": {"url": ["CANARY"]}}, "url: "),
    ],
)
def test_what_does_not_go_together_is_told_without_a_secret(entries: dict[str, object], mistake: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        CameraOverlay.model_validate({"cameras": entries}).over(FILE)
    assert mistake in str(refusal.value)
    assert "CANARY" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_it_is_kept_for_its_owner_only_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "cameras.json"
    assert load_overlay(path) == CameraOverlay()
    zone = {"id": "door", "polygon": [[0, 0], [1, 0], [1, 1]]}
    camera = CameraConfig.model_validate({"id": "c", "url": "rtsp://u:p@c/x", "zones": [zone]})
    overlay = CameraOverlay().having("c", entry_of(camera, with_url=True)).having("a", None)
    path.write_text("{}")
    path.chmod(0o644)
    save_overlay(path, overlay)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_overlay(path) == overlay
    assert load_overlay(path).over(FILE).cameras[-1] == camera
    assert overlay.without("a").without("c") == CameraOverlay()
    assert [file.name for file in tmp_path.iterdir()] == ["cameras.json"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"cameras": {"..": null}}', '{"version": 2}', "[" * 100_000, "\xff"]
)
def test_a_damaged_file_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cameras.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(ConfigError, match=r"cameras\.json: the cameras of the API cannot be read: it is damaged"):
        load_overlay(path)


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "cameras.json"
    save_overlay(path, CameraOverlay().having("a", None))
    before = path.read_text()
    with pytest.raises(TypeError):
        save_overlay(path, CameraOverlay().having("a", {"x": b"no JSON"}).model_copy(update={"version": object()}))
    assert path.read_text() == before
    assert json.loads(before)["cameras"] == {"a": None}
    assert [file.name for file in tmp_path.iterdir()] == ["cameras.json"]
    with pytest.raises(DependencyError, match=r"cannot be written: No such file"):
        save_overlay(tmp_path / "none" / "cameras.json", CameraOverlay())
