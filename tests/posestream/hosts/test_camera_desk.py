import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.source import parse_source
from posestream.config import Config
from posestream.config.overlay import CameraOverlay, load_overlay
from posestream.errors import DependencyError, UsageError
from posestream.hosts.camera_desk import EmbeddedDesk
from posestream.hosts.line_up import Camera
from sinks.serve.desk import Refused

RULE = {"id": "stay", "kind": "loiter", "radius": 0.1, "for": "10s"}


def config(*names: str, **keys: object) -> Config:
    cameras = [{"id": name, "url": f"rtsp://u:CANARY-{name}@{name}/x"} for name in names]
    return Config.model_validate({"cameras": cameras, **keys})


def plan(held: Config) -> list[Camera]:
    return [(parse_source(one.url.get_secret_value()), one, held.rules_of(one)) for one in held.cameras]


MakeDesk = Callable[..., EmbeddedDesk]


@pytest.fixture
def desk_of(tmp_path: Path) -> MakeDesk:
    """``desk_of(config)``: a desk as after a start, with what is kept in the folder."""

    def make(held: Config, **keys: Any) -> EmbeddedDesk:  # noqa: ANN401  # as the constructor's
        path = tmp_path / "cameras.json"
        return EmbeddedDesk(held, load_overlay(path), path, plan, lambda: None, **keys)

    return make


def taken(desk: EmbeddedDesk) -> list[str] | None:
    cameras = desk.take()
    return None if cameras is None else [camera.url.get_secret_value() for _, camera, _ in cameras]


def refusal(call: Callable[..., object], *given: object) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        call(*given)
    assert "CANARY" not in str(refused.value)
    return refused.value.status, str(refused.value)


def test_what_the_api_does_is_taken_shown_without_secrets_and_there_after_a_restart(desk_of: MakeDesk) -> None:
    desk = desk_of(config("a", "b"))
    assert [camera.id for _, camera, _ in desk.first] == ["a", "b"]
    assert desk.take() is None
    assert desk.add({"id": "c", "url": "rtsp://u:CANARY@c/x", "fps": 2}) == "c"
    assert taken(desk) == ["rtsp://u:CANARY-a@a/x", "rtsp://u:CANARY-b@b/x", "rtsp://u:CANARY@c/x"]
    desk.replace("a", {"fps": 3})
    desk.remove("b")
    assert taken(desk) == ["rtsp://u:CANARY-a@a/x", "rtsp://u:CANARY@c/x"]
    for one in (desk, desk_of(config("a", "b"))):
        assert one.origins() == {"a": "api", "c": "api"}
        assert one.camera("c") == {"id": "c", "url": "rtsp://***@c/x", "fps": 2.0}
        assert one.camera("a") == {"id": "a", "url": "rtsp://***@a/x", "fps": 3.0}
        assert one.state()["edited"] == {"c": "set", "a": "set", "b": "removed"}
        assert refusal(one.camera, "b") == (404, "no camera 'b'")


def test_a_secret_that_was_not_given_to_the_api_is_not_written_down(desk_of: MakeDesk, tmp_path: Path) -> None:
    desk = desk_of(config("a"))
    desk.replace("a", {"url": "rtsp://***@a/x", "fps": 3})
    assert "CANARY" not in (tmp_path / "cameras.json").read_text()
    desk.offer(Config.model_validate({"cameras": [{"id": "a", "url": "rtsp://u:NEW@a/x"}]}))  # a password is changed
    cameras = desk.take()
    assert cameras is not None
    assert [(camera.url.get_secret_value(), camera.fps) for _, camera, _ in cameras] == [("rtsp://u:NEW@a/x", 3)]


def test_a_secret_that_was_given_is_kept_by_three_stars(desk_of: MakeDesk) -> None:
    desk = desk_of(config())
    desk.add({"id": "c", "url": "rtsp://u:CANARY@c/x"})
    desk.replace("c", {"fps": 1})
    desk.replace("c", {"url": "rtsp://***@c/other"})
    assert taken(desk) == ["rtsp://u:CANARY@c/other"]
    assert refusal(desk.replace, "c", {"url": "rtsp://***@evil.example/x"})[0] == 422


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({}, 422, "id: this key is needed; url: this key is needed"),
        ({"id": "a", "url": "rtsp://h/x"}, 409, "there is a camera 'a': PUT changes it"),
        ({"id": "../a", "url": "rtsp://h/x"}, 422, "id: "),
        ({"id": "n", "url": "***"}, 422, "url: ***"),
        ({"id": "n", "url": "rtsp://***@h/x"}, 422, "url: ***"),
        ({"id": "n", "url": "gopher://u:CANARY@h/x"}, 422, "'gopher:' is no source"),
        ({"id": "n", "url": ["CANARY"]}, 422, "url: wanted a text"),
        ({"id": "n", "url": "rtsp://u:CANARY@h/x", "fps": -1}, 422, "fps: "),
        ({"id": "n", "url": "rtsp://h/x", "pasword": "CANARY"}, 422, "pasword: unknown key"),
        ({"id": "n", "url": "rtsp://h/x", "zones": "rtsp://u:CANARY@h/"}, 422, "zones: "),
    ],
)
def test_what_cannot_be_added_changes_nothing(
    desk_of: MakeDesk, tmp_path: Path, body: dict[str, Any], status: int, reason: str
) -> None:
    desk = desk_of(config("a"))
    got, said = refusal(desk.add, body)
    assert (got, said[: len(reason)]) == (status, reason)
    assert (desk.take(), desk.origins()) == (None, {"a": "file"})
    assert not (tmp_path / "cameras.json").exists()


def test_variables_of_the_environment_are_not_put_into_what_the_api_says(
    desk_of: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who may add a camera could have any variable sent to any host."""
    monkeypatch.setenv("TOKEN", "CANARY")
    desk = desk_of(config())
    desk.add({"id": "c", "url": "rtsp://h/${TOKEN}"})
    assert taken(desk) == ["rtsp://h/${TOKEN}"]


def test_a_camera_that_a_rule_names_is_not_taken_away(desk_of: MakeDesk) -> None:
    desk = desk_of(config("a", rules=[{**RULE, "cameras": ["a"]}]))
    assert refusal(desk.remove, "a")[1].endswith("rules[0].cameras: no camera 'a'; there are none")
    assert desk.origins() == {"a": "file"}


def test_the_file_s_camera_can_be_had_back(desk_of: MakeDesk) -> None:
    desk = desk_of(config("a"))
    desk.remove("a")
    assert taken(desk) == []
    desk.restore("a")
    assert taken(desk) == ["rtsp://u:CANARY-a@a/x"]
    assert refusal(desk.restore, "a")[0] == 404


def test_the_file_changes_what_the_api_did_not_speak_of(desk_of: MakeDesk) -> None:
    desk = desk_of(config("a", "b"))
    desk.replace("a", {"fps": 3})
    desk.take()
    desk.offer(config("b", "c", rules=[RULE]))  # "a" was the file's: its url is gone with it
    cameras = desk.take()
    assert cameras is not None
    assert [(camera.id, [rule.id for rule in rules]) for _, camera, rules in cameras] == [
        ("b", ["stay"]),
        ("c", ["stay"]),
    ]
    with pytest.raises(UsageError, match="'gopher:'"):
        desk.offer(Config.model_validate({"cameras": [{"id": "x", "url": "gopher://u:CANARY@h/x"}]}))
    desk.refuse("camera 'x': no source")
    desk.add({"id": "d", "url": "rtsp://d/x"})
    assert desk.state()["problem"] == "camera 'x': no source"  # the file is as wrong as before
    assert set(desk.origins()) == {"b", "c", "d"}


def test_what_cannot_be_kept_is_not_done(desk_of: MakeDesk, tmp_path: Path) -> None:
    desk = desk_of(config("a"))
    (tmp_path / "cameras.json").mkdir()
    with pytest.raises(DependencyError, match="cannot be written"):
        desk.add({"id": "c", "url": "rtsp://c/x"})
    assert (desk.take(), desk.origins()) == (None, {"a": "file"})


def test_cameras_of_the_command_line_are_shown_and_not_changed_here(desk_of: MakeDesk) -> None:
    desk = desk_of(config("a"), fixed=True)
    assert desk.origins() == {"a": "command line"}
    assert desk.camera("a")["url"] == "rtsp://***@a/x"
    for call, given in (
        (desk.add, [{"id": "n", "url": "rtsp://h/x"}]),
        (desk.replace, ["a", {}]),
        (desk.remove, ["a"]),
    ):
        assert refusal(call, *given)[0] == 409


def test_any_row_of_changes_comes_back_after_a_restart(desk_of: MakeDesk) -> None:
    desk, rng = desk_of(config("a", "b")), random.Random(6)  # noqa: S311  # no secret
    for _ in range(60):
        name = rng.choice("abcd")
        call, *given = rng.choice(
            [
                (desk.add, {"id": name, "url": f"rtsp://u:p@{name}/{rng.randint(0, 9)}"}),
                (desk.replace, name, {"fps": rng.randint(1, 9)}),
                (desk.remove, name),
                (desk.restore, name),
            ]
        )
        try:
            call(*given)  # type: ignore[operator]
        except Refused:
            continue
        again = desk_of(config("a", "b"))
        assert again._running.config == desk._running.config
        assert json.dumps(again.state()) == json.dumps(desk.state())


def test_an_overlay_that_does_not_go_with_the_file_is_told_at_the_start(tmp_path: Path) -> None:
    overlay = CameraOverlay().having("a", None)
    with pytest.raises(UsageError, match=r"with the cameras that the API set: rules\[0\]\.cameras"):
        EmbeddedDesk(config("a", rules=[{**RULE, "cameras": ["a"]}]), overlay, tmp_path / "c.json", plan, lambda: None)
