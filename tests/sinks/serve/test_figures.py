from posestream.config import ZoneConfig
from sinks.serve.figures import CameraFigures, figures_to_json


def test_a_camera_of_which_nothing_is_known() -> None:
    assert figures_to_json(CameraFigures("a", "A", "connecting"), None) == {
        "id": "a", "label": "A", "state": "connecting", "reason": "", "persons": 0, "fps_in": 0.0, "fps_out": 0.0,
        "latency_ms": None, "inference_ms": None, "dropped": 0, "width": 0, "height": 0, "zones": [], "model": "",
        "note": "", "score": 100, "troubles": [], "picture_age_seconds": None,
    }  # fmt: skip


def test_figures_are_rounded_and_zones_are_lists() -> None:
    zone = ZoneConfig(id="door", polygon=((0, 0), (1, 0), (1, 1)))
    figures = CameraFigures("a", "A", "live", fps_in=24.987, fps_out=4.96, latency_ms=81.26, zones=(zone,))
    shown = figures_to_json(figures, 0.1234)
    assert (shown["fps_in"], shown["fps_out"], shown["latency_ms"], shown["picture_age_seconds"]) == (
        25.0,
        5.0,
        81.3,
        0.1,
    )
    assert shown["zones"] == [{"id": "door", "polygon": [[0, 0], [1, 0], [1, 1]]}]
