from collections.abc import Callable, Sequence
from typing import Any

import pytest

from posestream.clock import SettableClock
from posestream.config import ZoneConfig
from posestream.hosts.line import CameraLine
from posestream.hosts.line_up import Camera, LineUp


@pytest.fixture
def world(make_line: Callable[[str], CameraLine], monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401  # a bunch of names
    class World:
        made: list[CameraLine]
        captures: list[Any]

        def __init__(self) -> None:
            self.made, self.captures = [], []
            first = [self.make("a"), self.make("b")]
            self.lines = LineUp(first, lambda _source, camera, _rules: self.make(camera.id))
            self.a, self.b = first
            self.lines.turn()

        def make(self, camera_id: str) -> CameraLine:
            line = make_line(camera_id)
            self.made.append(line)
            return line

        def camera(self, line: CameraLine, **changed: object) -> Camera:
            return line.source, line.camera.model_copy(update=changed), line.stages._rules

    def fresh(line: CameraLine) -> object:
        capture = type(line.capture)()
        built.captures.append(capture)
        return capture

    monkeypatch.setattr(CameraLine, "_new_capture", lambda line: fresh(line) if hasattr(line, "capture") else None)
    built = World()
    return built


def ids(lines: Sequence[CameraLine]) -> list[str]:
    return [line.camera.id for line in lines]


def test_lines_come_and_go_and_the_others_are_not_touched(world: Any) -> None:  # noqa: ANN401  # as above
    a, before = world.a, world.a.capture
    source, camera, rules = world.camera(a)
    gone = world.lines.bring_to([(source, camera, rules), (source, camera.model_copy(update={"id": "c"}), rules)])
    assert (ids(gone), ids(list(world.lines))) == (["b"], ["a", "c"])
    assert world.b.capture.stops == [0.0]
    assert (a.capture is before, before.stops, world.captures) == (True, [], [])
    assert world.made[-1].capture.started


def test_other_zones_and_rules_leave_the_capture_alone(world: Any) -> None:  # noqa: ANN401  # as above
    zone = ZoneConfig(id="left", polygon=((0.0, 0.0), (0.5, 0.0), (0.5, 1.0)))
    before = world.a.capture
    source, camera, _ = world.camera(world.a, zones=(zone,))
    assert world.lines.bring_to([(source, camera, ()), world.camera(world.b)]) == ()
    assert (world.a.capture is before, before.stops) == (True, [])
    assert (world.a.stages.camera.zones, world.a.stages._rules, world.a.camera.zones) == ((zone,), (), (zone,))


def test_another_picture_is_captured_anew_once_the_old_capture_has_ended_or_is_given_up(
    world: Any,  # noqa: ANN401  # as above
    clock: SettableClock,
) -> None:
    old, stages = world.a.capture, world.a.stages
    old.stop = lambda timeout=2.0: bool(old.stops.append(timeout))  # it hangs
    old.dropped = 4
    world.lines.bring_to([world.camera(world.a, fps=1.0), world.camera(world.b)])
    (new,) = world.captures
    world.lines.turn()
    assert (world.a.capture is new, new.started, set(old.stops)) == (True, False, {0.0})
    clock.advance(2.1)
    world.lines.turn()
    assert new.started
    assert world.a.stages is stages  # tracks and alerts go on
    figures = world.a.figures(world.a.second(1, 1.0)[0], new.status(), 0.0, "m", 1)
    assert figures.dropped == 4
    assert world.b.capture.stops == []
