from typing import Any

import pytest

from ingest.capture.fates import PassReason
from ingest.health.facts import CameraWatch, FactFinder
from ingest.health.judge import CameraFacts, HealthReason, Verdict
from ingest.health.picture_meter import PictureFigures
from ingest.status import CameraState, CameraStatus

FIGURES = PictureFigures(110.0, 0.0, 0.0, 50.0, 1.0, 1.0, 0.0, 1.0)


def status(seconds: float, fps: float = 25.0, **fields: Any) -> CameraStatus:  # noqa: ANN401  # any field
    """A live camera that has sent frames for so long."""
    known: dict[str, Any] = {
        "state": CameraState.LIVE,
        "reason": None,
        "epoch": 1,
        "frames_decoded": round(fps * seconds),
        "frames_sampled": 0,
        "frames_dropped": 0,
        "reconnects": 0,
        "source_fps": 25.0,
        "last_frame_at_monotonic": seconds,
        "figures": FIGURES,
    }
    return CameraStatus(**known | fields)


def found(seconds: int, fps: float = 25.0, finder: FactFinder | None = None, **fields: Any) -> CameraFacts:  # noqa: ANN401
    finder = finder or FactFinder()
    return [finder.facts(status(second, fps, **fields), float(second)) for second in range(seconds + 1)][-1]


def test_a_camera_that_streams() -> None:
    facts = found(20, skew_seconds=0.5)
    assert (facts.is_live, facts.is_down, facts.silent_seconds) == (True, False, 0.0)
    assert (facts.fps, facts.expected_fps, facts.stall_seconds) == (25.0, 25.0, 2.0)
    assert (facts.corrupt_share, facts.skew_seconds, facts.figures) == (0.0, 0.5, FIGURES)


@pytest.mark.parametrize(
    ("state", "live", "down"),
    [
        (CameraState.CONNECTING, False, False),
        (CameraState.LIVE, True, False),
        (CameraState.DOWN, False, True),
        (CameraState.REFUSED, False, True),
    ],
)
def test_states(state: CameraState, live: bool, down: bool) -> None:
    facts = found(20, state=state)
    assert (facts.is_live, facts.is_down) == (live, down)
    assert (facts.fps is None) is not live


def test_a_rate_is_of_the_last_ten_seconds_and_unknown_at_first() -> None:
    finder = FactFinder()
    rates = [finder.facts(status(second, 25.0 if second < 20 else 0.0), float(second)).fps for second in range(20)]
    assert rates == [None] * 5 + [25.0] * 15
    slower = [finder.facts(status(0, frames_decoded=475 + 5 * s), 19.0 + s).fps for s in range(1, 11)]
    assert slower[0] == pytest.approx(23.0)
    assert slower[-1] == 5.0


def test_a_source_that_promises_no_rate_is_expected_to_give_what_is_wanted() -> None:
    finder = FactFinder()
    assert finder.facts(status(1, source_fps=None), 1.0, wanted_fps=0.2).expected_fps == 0.2
    assert finder.facts(status(2, source_fps=None), 2.0, wanted_fps=0.2).stall_seconds == 10.0
    assert finder.facts(status(3, source_fps=None), 3.0).expected_fps is None
    assert finder.facts(status(4), 4.0, wanted_fps=0.2).expected_fps == 25.0


def test_at_rest_neither_rate_nor_silence_is_known() -> None:
    finder = FactFinder()
    found(20, finder=finder)
    facts = finder.facts(status(20, idle=True), 28.0)
    assert (facts.fps, facts.silent_seconds) == (None, None)
    awake = [finder.facts(status(28.0 + second), 28.0 + second).fps for second in range(7)]
    assert awake[0] is None
    assert awake[-1] == 25.0


def test_the_share_of_damaged_frames_counts_those_that_no_decoder_took() -> None:
    finder = FactFinder()
    finder.facts(status(0), 0.0)
    facts = finder.facts(status(4, frames_corrupt=10, passed={PassReason.UNDECODABLE: 25}), 4.0)
    assert facts.corrupt_share == pytest.approx(35 / 125)
    few = FactFinder()
    few.facts(status(0), 0.0)
    assert few.facts(status(0, frames_decoded=9, frames_corrupt=9), 4.0).corrupt_share is None


def test_a_connect_begins_anew_and_a_round_of_a_clip_goes_on() -> None:
    finder = FactFinder()
    found(20, finder=finder)
    assert finder.facts(status(21, epoch=2), 21.0).fps == 25.0
    assert finder.facts(status(22, reconnects=1), 22.0).fps is None
    assert finder.facts(status(22, reconnects=1), 22.0).corrupt_share is None


def test_silence_is_of_the_clock_and_never_negative() -> None:
    finder = FactFinder()
    assert finder.facts(status(3), 7.5).silent_seconds == 4.5
    assert finder.facts(status(9), 8.0).silent_seconds == 0.0
    assert finder.facts(status(9, last_frame_at_monotonic=None), 8.0).silent_seconds is None


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({}, ()),
        ({"last_frame_at_monotonic": 90.0}, (HealthReason.STALLED,)),
        ({"source_fps": 50.0}, (HealthReason.LOW_FPS,)),
        ({"skew_seconds": 60.0}, (HealthReason.DRIFT,)),
        ({"state": CameraState.DOWN}, (HealthReason.DOWN,)),
    ],
)
def test_a_watch_judges_what_it_finds(fields: dict[str, Any], reasons: tuple[HealthReason, ...]) -> None:
    watch = CameraWatch()
    verdicts = [watch.verdict(status(second, **fields), float(second)) for second in range(100)]
    assert verdicts[-1].reasons == reasons
    assert isinstance(verdicts[-1], Verdict)


def test_a_watch_tells_of_damage() -> None:
    watch = CameraWatch()
    verdicts = [watch.verdict(status(it, frames_corrupt=5 * it), float(it)) for it in range(30)]
    assert verdicts[-1].reasons == (HealthReason.CORRUPT,)
