"""Kind ``loiter`` without a zone: staying within a radius."""

from collections.abc import Callable
from typing import Any

import pytest

from posestream.schemas import Alert, Tracks
from postprocess.rules.loiter import judge_loiter
from postprocess.rules.scene import Person, Scene

Play = Callable[..., list[Alert]]
Brief = Callable[..., list[tuple[str, int | None, float]]]
TracksAt = Callable[..., Tracks]
Rule = Callable[..., Any]


@pytest.fixture
def linger(rule: Rule) -> Any:  # noqa: ANN401 - the union of rule configs
    return rule("loiter", radius=0.05, for_="5s", resolve_after="500ms")


def walk(tracks_at: TracksAt, xs: list[float], step: float = 0.2) -> list[Tracks]:
    return [tracks_at(index * step, {1: (x, 500)}) for index, x in enumerate(xs)]


def test_nobody_loiters(tracks_at: TracksAt, play: Play, linger: Any) -> None:  # noqa: ANN401 - as the fixture
    assert play([tracks_at(0, {})], linger) == []


def test_standing_is_loitering(tracks_at: TracksAt, play: Play, linger: Any) -> None:  # noqa: ANN401 - as the fixture
    fired, ended = play(walk(tracks_at, [300.0] * 30 + [300.0 + 20 * index for index in range(20)]), linger)
    assert (fired.pts_seconds, fired.started_at_ns, fired.value) == (pytest.approx(5.2), 0, pytest.approx(5.2))
    assert ended.ended_at_ns == pytest.approx(6.4e9)
    assert ended.pts_seconds == pytest.approx(7.0)


def test_walking_is_not(tracks_at: TracksAt, play: Play, linger: Any) -> None:  # noqa: ANN401 - as the fixture
    assert play(walk(tracks_at, [100.0 + 5 * index for index in range(100)]), linger) == []


def test_begin_slides_along(tracks_at: TracksAt, play: Play, linger: Any) -> None:  # noqa: ANN401 - as the fixture
    xs = [100.0 + 10 * index for index in range(20)] + [300.0] * 40
    (fired,) = play(walk(tracks_at, xs), linger)
    assert fired.started_at_ns == pytest.approx(15 * 0.2e9)
    assert fired.pts_seconds == pytest.approx(8.2)


def test_lost_and_back_goes_on(tracks_at: TracksAt, play: Play, linger: Any, brief: Brief) -> None:  # noqa: ANN401 - as the fixture
    here = {1: (300.0, 500.0)}
    film = [tracks_at(index * 0.2, here, lost=[1] if 10 <= index < 18 else []) for index in range(30)]
    assert brief(play(film, linger)) == [("firing", 1, 5.2)]


def test_ended_track_forgets_its_stay(tracks_at: TracksAt, play: Play, linger: Any) -> None:  # noqa: ANN401 - as the fixture
    here = {1: (300.0, 500.0)}
    film = [tracks_at(index * 0.2, {} if index == 20 else here) for index in range(40)]
    assert play(film, linger) == []


def test_trail_is_bounded_and_remembers_the_begin(rule: Rule) -> None:
    linger, trails = rule("loiter", radius=0.05, for_="10s"), ()
    for frame in range(25 * 600):
        now = frame * 40_000_000
        # A slow drift of 120 px in ten minutes: the begin must slide along, not jump.
        person = Person(1, 300.0 + frame * 0.008, 500.0, 100.0, 0, now)
        (look,), trails = judge_loiter(linger, Scene(now, 1000, 1000, {}, (person,), ()), trails)
        assert len(trails[0].points) <= 256
        wanted = max(0, frame - 50 / 0.008) * 0.04
        assert abs((look.since_ns or 0) / 1e9 - wanted) <= max(0.1, (frame * 0.04 - wanted) * 0.02)


def test_a_glitch_ends_no_stay(tracks_at: TracksAt, play: Play, linger: Any) -> None:  # noqa: ANN401 - as the fixture
    # Three frames of 0.2 s out of reach, less than resolve_after: the stay began with the first frame all the same.
    fired, _ = play(walk(tracks_at, [300.0] * 15 + [500.0] * 3 + [300.0] * 30 + [900.0] * 20), linger)
    assert fired.started_at_ns == 0
    assert fired.pts_seconds == pytest.approx(5.2)


def test_a_second_elsewhere_is_a_new_stay(tracks_at: TracksAt, play: Play, linger: Any) -> None:  # noqa: ANN401 - as the fixture
    fired, *_ = play(walk(tracks_at, [300.0] * 15 + [500.0] * 8 + [300.0] * 30), linger)
    assert fired.started_at_ns == pytest.approx(23 * 0.2e9)
