from posestream.config import Config
from sinks.rulebook import Rulebook

CONFIG = {
    "cameras": [{"id": "hall", "url": "file:made.mp4", "zones": [{"id": "door", "polygon": [[0, 0], [1, 0], [1, 1]]}]}],
    "rules": [
        {"id": "in", "kind": "zone", "zone": "door"},
        {"id": "stay", "kind": "loiter", "radius": 0.4, "for": "1s"},
        {"id": "anyone", "kind": "crowd", "within": 1.0, "more_than": 0},
        {"id": "lost", "kind": "camera", "state": "down"},
    ],
}


def test_rules_of_a_camera_that_the_config_does_not_know_are_those_that_need_no_zone() -> None:
    assert [rule.id for rule in Rulebook(Config.model_validate({})).of("attic")[1]] == []
    book = Rulebook(Config.model_validate(CONFIG))
    assert [rule.id for rule in book.of("hall")[1]] == ["in", "stay", "anyone", "lost"]
    camera, rules = book.of("attic")
    assert (camera.id, camera.zones) == ("attic", ())
    assert [rule.id for rule in rules] == ["stay", "anyone", "lost"]


def test_another_config_holds_from_then_on() -> None:
    book = Rulebook(Config.model_validate({}))
    book.take(Config.model_validate(CONFIG))
    assert book.of("attic") == Rulebook(Config.model_validate(CONFIG)).of("attic")
    camera, rules = book.of(CONFIG["cameras"][0]["id"])
    assert camera.zones or rules
    book.take(Config.model_validate({}))
    assert book.of(camera.id)[1] == ()
