from collections.abc import Callable

from posestream.hosts.meter import SecondMeter
from posestream.schemas import Poses
from sinks.camera_second import CameraSecond


def test_a_second_without_frames_measured_nothing() -> None:
    assert SecondMeter().read("cam", 5, 1.0) == CameraSecond("cam", 5, 0.0, 0, 0, 0.0, None, None)


def test_figures_are_means_and_start_anew(make_poses: Callable[..., Poses]) -> None:
    meter = SecondMeter()
    meter.add(make_poses(0, timings_ms={"convert": 1.0, "joints": 9.0}), 1, 40.0)
    meter.add(make_poses(1, timings_ms={"joints": 20.0}), 4, 60.0)
    assert meter.read("cam", 7, 2.0) == CameraSecond("cam", 7, 2.5, 4, 2, 1.0, 15.0, 50.0)
    assert meter.read("cam", 8, 1.0).frames == 0
