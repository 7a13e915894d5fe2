from collections.abc import Callable

import pytest

from inference.estimator import PoseEstimator
from ingest.status import CameraState
from posestream.clock import SettableClock
from posestream.config.rules import CameraRuleConfig
from posestream.hosts.line import CameraLine
from posestream.schemas import AlertState, Frame
from posestream.skeletons import COCO17
from sinks.serve.figures import CameraFigures

RIGHT = (200, 60)

Look = Callable[..., None]


@pytest.fixture
def line(make_line: Callable[..., CameraLine]) -> CameraLine:
    return make_line()


@pytest.fixture
def look(
    line: CameraLine, estimator: PoseEstimator, live_frame: Callable[..., Frame], clock: SettableClock
) -> Callable[..., None]:
    """``look(places, times)``: that many frames, 0.1 s apart, go through the line."""

    def look_(places: list[tuple[int, int]], times: int = 1) -> None:
        for _ in range(times):
            frame = live_frame(places)
            line.answer(frame, estimator.estimate(frame))
            clock.advance(0.1)

    return look_


def figures(line: CameraLine, seconds: float = 1.0, detector_every: int = 1) -> CameraFigures:
    second, status, _, fps_in = line.second(0, seconds)
    return line.figures(second, status, fps_in, "blocks", detector_every)


def test_a_frame_becomes_tracks_alerts_and_figures(
    line: CameraLine, estimator: PoseEstimator, live_frame: Callable[..., Frame], clock: SettableClock
) -> None:
    states = []
    for _ in range(8):
        frame = live_frame([RIGHT, (20, 60)])
        clock.advance(0.03)
        tracks, alerts = line.answer(frame, estimator.estimate(frame))
        states += [alert.state for alert in alerts]
        clock.advance(0.07)
    assert tracks.confirmed.sum() == 2
    assert states == [AlertState.FIRING]
    shown = figures(line)
    assert (shown.state, shown.reason, shown.persons, shown.fps_out) == ("live", "", 2, 8.0)
    assert (shown.width, shown.height, shown.label) == (640, 480, line.camera.id)
    assert shown.latency_ms == pytest.approx(30)
    assert shown.zones == line.camera.zones
    assert "secret" not in repr(shown)


def test_time_does_not_pass_before_the_first_frame(line: CameraLine, clock: SettableClock) -> None:
    clock.advance(100)
    assert line.beat(COCO17, "m") == ()
    assert figures(line) == CameraFigures(
        "cam", line.camera.id, "live", latency_ms=None, zones=line.camera.zones, model="blocks"
    )


def test_tracks_end_and_alerts_resolve_when_no_frame_comes(line: CameraLine, look: Look, clock: SettableClock) -> None:
    look([RIGHT], 8)
    assert line.beat(COCO17, "m") == ()  # not a second has passed
    persons, alerts = [], []
    for _ in range(35):
        clock.advance(1)
        alerts += line.beat(COCO17, "m")
        persons.append(figures(line).persons)
    assert [(alert.state, alert.zone) for alert in alerts] == [(AlertState.RESOLVED, "right")]
    assert persons[0] == 1  # nobody looked, the person may still be there
    assert persons[-1] == 0


def test_a_frame_that_waits_is_answered_before_time_passes(
    line: CameraLine, look: Look, live_frame: Callable[..., Frame], clock: SettableClock
) -> None:
    look([RIGHT], 8)
    line.capture.put(live_frame([RIGHT]))
    clock.advance(40)
    assert line.beat(COCO17, "m") == ()
    line.capture.take()
    assert [alert.state for alert in line.beat(COCO17, "m")] == [AlertState.RESOLVED]


def test_slow_inference_is_no_camera_without_frames(
    line: CameraLine, estimator: PoseEstimator, live_frame: Callable[..., Frame], clock: SettableClock
) -> None:
    ids = set()
    for _ in range(6):
        frame = live_frame([RIGHT])
        clock.advance(1.4)  # so long the answer takes
        tracks, _ = line.answer(frame, estimator.estimate(frame))
        ids |= set(tracks.track_ids.tolist())
        assert line.beat(COCO17, "m") == ()
        assert figures(line).persons == int(tracks.confirmed.sum())
    assert ids == {1}
    assert tracks.confirmed.sum() == 1


def test_drops_and_decoded_frames_are_counted_by_second(
    line: CameraLine, live_frame: Callable[..., Frame], clock: SettableClock
) -> None:
    for _ in range(4):
        line.capture.put(live_frame())
    assert line.second(9, 2.0)[2:] == (3, 10.0)
    assert line.second(10, 2.0)[2:] == (0, 0.0)
    clock.advance(1)
    line.capture.put(live_frame())
    second, status, dropped, fps_in = line.second(11, 1.0)
    assert (second.second_utc, status.frames_dropped, dropped, fps_in) == (11, 4, 1, 5.0)


@pytest.mark.parametrize(
    ("state", "word", "reason"),
    [
        (CameraState.CONNECTING, "connecting", ""),
        (CameraState.DOWN, "down", "no answer in time"),
        (CameraState.REFUSED, "down", "the camera refuses the login"),
    ],
)
def test_a_camera_that_is_not_live_says_why_and_shows_nobody(
    line: CameraLine, look: Look, state: CameraState, word: str, reason: str
) -> None:
    look([RIGHT], 8)
    line.capture.state, line.capture.reason = state, reason or None
    shown = figures(line)
    assert (shown.state, shown.reason, shown.persons, shown.note) == (word, reason, 0, "")


@pytest.mark.parametrize(
    ("seconds", "every", "source_fps", "note"),
    [
        (1.0, 1, 25.0, ""),
        (1.0, 4, 25.0, "slowed: looks for new persons every 4th frame"),
        (2.0, 1, 25.0, "slowed: looks at 5.0 of 10 frames a second"),
        (2.0, 1, 5.0, ""),  # a camera that gives no more
        (2.0, 1, None, "slowed: looks at 5.0 of 10 frames a second"),
    ],
)
def test_what_is_cut_is_on_the_page(
    line: CameraLine, look: Look, seconds: float, every: int, source_fps: float | None, note: str
) -> None:
    look([], 10)
    line.capture.source_fps = source_fps
    assert figures(line, seconds, every).note == note


def test_capture_is_started_once(make_line: Callable[..., CameraLine]) -> None:
    line = make_line()
    starts: list[None] = []
    line.capture.start = lambda: starts.append(None)  # type: ignore[method-assign]
    line.start()
    line.start()
    assert len(starts) == 1


def test_the_camera_is_told_whether_somebody_is_before_it(line: CameraLine, look: Look) -> None:
    look([], times=2)
    look([RIGHT], times=6)
    assert line.capture.present[:2] == [False, False]  # type: ignore[attr-defined]
    assert line.capture.present[-1] is True  # type: ignore[attr-defined]


def test_a_camera_that_is_down_raises_its_alert_and_the_page_says_so(
    make_line: Callable[..., CameraLine], clock: SettableClock
) -> None:
    line = make_line()
    line.change(line.source, line.camera, (CameraRuleConfig(id="lost", kind="camera", state="down", for_seconds=3.0),))
    line.capture.state = CameraState.DOWN  # type: ignore[attr-defined]
    states = []
    for _ in range(8):
        clock.advance(1.0)
        states += [alert.state for alert in line.judge_health(line.capture.status())]
    assert states == [AlertState.FIRING]
    assert figures(line).score == 0
    line.capture.state = CameraState.LIVE  # type: ignore[attr-defined]
    for _ in range(30):
        clock.advance(1.0)
        states += [alert.state for alert in line.judge_health(line.capture.status())]
    assert states == [AlertState.FIRING, AlertState.RESOLVED]
