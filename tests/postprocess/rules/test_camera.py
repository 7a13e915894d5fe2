from collections.abc import Callable
from typing import Any

import pytest

from postprocess.rules import CameraReport
from postprocess.rules.camera import judge_camera
from postprocess.rules.observation import Observation
from postprocess.rules.scene import Scene


@pytest.mark.parametrize(
    ("wanted", "state", "reasons", "holds"),
    [
        (["down"], "live", [], False),
        (["down"], "down", [], True),
        (["down"], "refused", [], True),
        (["down"], "connecting", [], None),
        (["down"], "live", ["stalled"], None),
        (["frozen"], "live", ["frozen", "dark"], True),
        (["frozen"], "live", ["dark"], False),
        (["frozen"], "down", [], None),
        (["down", "frozen"], "live", ["frozen"], True),
        (["down", "frozen"], "down", [], True),
    ],
)
def test_one_trouble_is_enough_and_without_pictures_none_is_over(
    rule: Callable[..., Any], wanted: list[str], state: str, reasons: list[str], holds: bool | None
) -> None:
    report = CameraReport.told("lobby", 1, 10**9, state, reasons)
    scene = Scene(report.at_ns, 1, 1, {}, (), (), report)
    assert judge_camera(rule("camera", state=wanted), scene, ()) == ((Observation(None, holds),), ())


def test_a_scene_of_tracks_says_nothing_of_the_camera(rule: Callable[..., Any]) -> None:
    scene = Scene(10**9, 1000, 1000, {}, (), ())
    assert judge_camera(rule("camera", state="down"), scene, ()) == ((), ())
