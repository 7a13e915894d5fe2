"""The embedded pipeline, driven by a clock that is set: no test here waits for real time."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from inference.estimator import PoseEstimator
from posestream.clock import SettableClock
from posestream.errors import DependencyError, PosestreamError
from posestream.hosts.embedded import STOP_SECONDS, Embedded
from posestream.hosts.line import CameraLine
from posestream.hosts.line_up import LineUp
from posestream.schemas import Alert, Frame, Tracks
from sinks.serve.figures import CameraFigures
from sinks.store import SqliteStore

RIGHT = (200, 60)
STEP = 0.05
START_SECOND = 1_750_000_000


class Hub:
    """Keeps what was published."""

    def __init__(self) -> None:
        self.cameras: list[str] = []
        self.alerts: list[Alert] = []
        self.figures: list[CameraFigures] = []

    def publish(self, frame: Frame, tracks: Tracks, alerts: tuple[Alert, ...]) -> None:
        assert tracks.poses.stamp == frame.stamp
        self.cameras.append(frame.stamp.camera_id)
        self.publish_alerts(alerts)

    def publish_alerts(self, alerts: tuple[Alert, ...]) -> None:
        self.alerts += alerts

    def publish_figures(self, figures: CameraFigures) -> None:
        self.figures.append(figures)


class BrokenStore:
    """A store whose disk is full."""

    def add_second(self, _second: object) -> None:
        raise DependencyError("store.db: the store cannot be used: disk full")

    add_alert = add_second


class Wake(threading.Event):
    """Waiting lets the set clock pass by a step and asks ``then`` what happens in the world meanwhile."""

    def __init__(self, clock: SettableClock, then: Callable[[float], None]) -> None:
        super().__init__()
        self._clock, self._then = clock, then

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        assert 0 < timeout <= 1
        self._clock.advance(min(timeout, STEP))
        self._then(self._clock.monotonic())
        return True


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "store.db") as opened:
        yield opened


@pytest.fixture
def run(estimator: PoseEstimator, clock: SettableClock, hub: Hub, store: SqliteStore) -> Callable[..., None]:
    """``run(lines, seconds, world)``: works until the clock says so; ``world(now)`` is asked at every step."""

    def run_(
        lines: list[CameraLine], seconds: float, world: Callable[[float], None] = lambda _: None, **parts: object
    ) -> None:
        stop = threading.Event()

        def then(now: float) -> None:
            world(now)
            if now >= seconds:
                stop.set()

        given: dict[str, Any] = {"hub": hub, "store": store} | parts
        Embedded(LineUp(lines, CameraLine), estimator, clock=clock, **given).run(stop, Wake(clock, then))

    return run_


def test_without_a_camera_nothing_happens(run: Callable[..., None], hub: Hub) -> None:
    run([], 2.0)
    assert (hub.cameras, hub.figures) == ([], [])


def test_a_stop_before_the_start_still_drains(
    estimator: PoseEstimator, make_line: Callable[..., CameraLine], hub: Hub, store: SqliteStore, clock: SettableClock
) -> None:
    line, stop = make_line(), threading.Event()
    stop.set()
    Embedded(LineUp([line], CameraLine), estimator, hub, store, clock).run(stop, threading.Event())
    assert line.capture.stops[0] == 0


def test_two_cameras_are_answered_in_turn_and_only_their_newest_frames(
    run: Callable[..., None], make_line: Callable[..., CameraLine], live_frame: Callable[..., Frame], hub: Hub
) -> None:
    lines = [make_line("a"), make_line("b")]

    def world(_now: float) -> None:
        for line in lines * 2:  # twice: the older one is dropped
            line.capture.put(live_frame([RIGHT], line.camera.id))

    run(lines, 2.0, world)
    assert len(hub.cameras) > 50
    assert hub.cameras == ["a", "b"] * (len(hub.cameras) // 2)
    for line in lines:
        assert line.capture.started
        status = line.capture.status()
        assert status.frames_dropped >= status.frames_sampled // 2


def test_every_second_of_a_camera_is_one_row(
    run: Callable[..., None], make_line: Callable[..., CameraLine], live_frame: Callable[..., Frame], store: SqliteStore
) -> None:
    line = make_line()
    run([line], 5.2, lambda _: line.capture.put(live_frame([RIGHT, (20, 60)])))
    rows = store.series("cam", START_SECOND * 10**9, (START_SECOND + 100) * 10**9)
    assert [row.second_utc for row in rows] == list(range(START_SECOND, START_SECOND + 5))
    assert [row.persons_max for row in rows] == [2] * 5
    assert all(row.frames == pytest.approx(1 / STEP, abs=2) for row in rows)
    assert sum(row.frames for row in rows) <= line.capture.status().frames_delivered


def test_tracks_end_and_alerts_resolve_when_a_camera_falls_silent(
    run: Callable[..., None],
    make_line: Callable[..., CameraLine],
    live_frame: Callable[..., Frame],
    hub: Hub,
    store: SqliteStore,
) -> None:
    line = make_line()
    run([line], 37.0, lambda now: line.capture.put(live_frame([RIGHT])) if now < 2 else None)
    assert [alert.state for alert in hub.alerts] == ["firing", "resolved"]  # the page hears of both
    assert [row["state"] for row in store.alerts()] == ["resolved"]
    assert hub.figures[-1].persons == 0


def test_the_end_stops_all_cameras_at_once_and_resolves_what_is_open(
    run: Callable[..., None],
    make_line: Callable[..., CameraLine],
    live_frame: Callable[..., Frame],
    hub: Hub,
    store: SqliteStore,
) -> None:
    lines = [make_line("a"), make_line("b")]

    def world(_now: float) -> None:
        for line in lines:
            line.capture.put(live_frame([RIGHT], line.camera.id))

    with capture_logs() as logs:
        run(lines, 1.5, world)
    assert [line.capture.stops for line in lines] == [[0.0, STOP_SECONDS]] * 2
    assert [alert.state for alert in hub.alerts] == ["firing"] * 2
    assert sorted((row["camera"], row["state"]) for row in store.alerts()) == [("a", "resolved"), ("b", "resolved")]
    told = [(log["camera"], log["state"]) for log in logs if log["event"] == "alert"]
    assert sorted(told) == [("a", "firing"), ("a", "resolved"), ("b", "firing"), ("b", "resolved")]


def test_a_store_that_fails_is_told_and_stops_nothing(
    run: Callable[..., None], make_line: Callable[..., CameraLine], live_frame: Callable[..., Frame], hub: Hub
) -> None:
    line = make_line()
    with capture_logs() as logs:
        run([line], 3.0, lambda _: line.capture.put(live_frame([RIGHT])), store=BrokenStore())
    assert len(hub.cameras) > 50
    assert [alert.state for alert in hub.alerts] == ["firing"]
    assert {log["reason"] for log in logs if log["log_level"] == "error"} == {
        "store.db: the store cannot be used: disk full"
    }


def test_an_engine_that_fails_ends_it_after_a_drain(
    run: Callable[..., None],
    make_line: Callable[..., CameraLine],
    live_frame: Callable[..., Frame],
    blocks: Any,  # noqa: ANN401  # the fake network of conftest
    store: SqliteStore,
) -> None:
    line = make_line()

    def fail() -> None:
        if len(blocks.told) > 10:
            raise PosestreamError("OpenVINO refuses")

    blocks.on_find = fail
    with pytest.raises(PosestreamError, match="OpenVINO refuses"):
        run([line], 60.0, lambda _: line.capture.put(live_frame([RIGHT])))
    assert line.capture.stops
    assert [row["state"] for row in store.alerts()] == ["resolved"]


@pytest.mark.parametrize(
    ("asked", "last", "note"),
    [(0, 8, "slowed: looks for new persons every 8th frame, looks at 2"), (3, 3, "slowed: looks at 2")],
)
def test_too_much_work_is_cut_visibly_unless_the_user_said_how_often(
    make_line: Callable[..., CameraLine],
    live_frame: Callable[..., Frame],
    estimator: PoseEstimator,
    blocks: Any,  # noqa: ANN401  # the fake network of conftest
    clock: SettableClock,
    hub: Hub,
    asked: int,
    last: int,
    note: str,
) -> None:
    line, stop = make_line(), threading.Event()

    def slow() -> None:
        clock.advance(0.48)
        for _ in range(4):
            line.capture.put(live_frame([RIGHT]))
        if clock.monotonic() > 8:
            stop.set()  # from in here: there is always a frame to answer, so the loop never waits

    blocks.on_find = slow
    line.capture.put(live_frame([RIGHT]))
    Embedded(LineUp([line], CameraLine), estimator, hub, BrokenStore(), clock, asked).run(stop, threading.Event())
    assert estimator.detector_every == last
    assert hub.figures[-1].note.startswith(note)
    assert True in blocks.told  # persons were followed in between
