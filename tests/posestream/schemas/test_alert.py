import pytest

from posestream.schemas.alert import alert_id

FIRST = {"rule": "r", "camera_id": "c", "epoch": 0, "place": None, "track_id": None, "first_firing_frame": 0}


def of(**changed: object) -> str:
    return alert_id(**(FIRST | changed))  # type: ignore[arg-type]  # the table holds fields of several types


def test_the_same_alert_has_the_same_id_for_ever() -> None:
    door = of(rule="intrusion", camera_id="lobby", place="door", track_id=5, first_firing_frame=25)
    assert (of(), door) == ("59d731c3-0337-50d7-b7b7-fc016355a7bd", "666daed2-abbe-53f4-884d-ba90c252e52c")


@pytest.mark.parametrize(
    "changed",
    [{"rule": "s"}, {"camera_id": "d"}, {"epoch": 1}, {"place": "door"}, {"track_id": 0}, {"first_firing_frame": 1}],
)
def test_another_alert_has_another_id(changed: dict[str, object]) -> None:
    assert of(**changed) != of()
