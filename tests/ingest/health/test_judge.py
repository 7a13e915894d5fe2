"""What each fact is worth, and for how long it must hold; planted on facts, one at a time and many at once."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.health.judge import (
    CameraFacts,
    HealthJudge,
    HealthReason,
    Verdict,
    stall_limit,
    verdict_of,
)
from ingest.health.picture_meter import PictureFigures

WELL_SEEN = PictureFigures(
    brightness=110.0,
    dark_share=0.05,
    bright_share=0.05,
    contrast=50.0,
    sharpness=1.0,
    change=1.0,
    still_seconds=0.0,
    likeness=0.9,
)
WELL = CameraFacts(
    is_live=True,
    silent_seconds=0.1,
    corrupt_share=0.0,
    skew_seconds=0.1,
    fps=25.0,
    expected_fps=25.0,
    figures=WELL_SEEN,
)
DOWN = replace(WELL, is_live=False, is_down=True)


def seen(**figures: float) -> dict[str, Any]:
    return {"figures": replace(WELL_SEEN, **figures)}


# Reason: what makes it, seconds until it is told, seconds until it is withdrawn.
PLANTED: dict[HealthReason, tuple[dict[str, Any], float, float]] = {
    HealthReason.DOWN: ({"is_live": False, "is_down": True}, 0, 0),
    HealthReason.STALLED: ({"silent_seconds": 2.1}, 0, 2),
    HealthReason.FROZEN: (seen(still_seconds=60.0, change=0.0), 3, 5),
    HealthReason.DARK: (seen(brightness=5.0, dark_share=1.0, contrast=3.0), 10, 5),
    HealthReason.OVEREXPOSED: (seen(brightness=255.0, bright_share=0.9), 10, 5),
    HealthReason.SCENE_CHANGED: (seen(likeness=0.1), 20, 10),
    HealthReason.BLURRED: (seen(sharpness=0.3), 20, 10),
    HealthReason.CORRUPT: ({"corrupt_share": 0.2}, 5, 10),
    HealthReason.LOW_FPS: ({"fps": 10.0}, 10, 10),
    HealthReason.DRIFT: ({"skew_seconds": -30.0}, 30, 30),
}
OTHERS = [reason for reason in HealthReason if reason is not HealthReason.DOWN]
# Pictures that are dark or burnt out hide what else is wrong with them.
TOGETHER = (HealthReason.STALLED, HealthReason.CORRUPT, HealthReason.LOW_FPS, HealthReason.DRIFT)


def after(seconds: int, facts: CameraFacts, judge: HealthJudge | None = None, start: int = 0) -> Verdict:
    """The verdict once these facts have held for so long, judged every second."""
    judge = judge or HealthJudge()
    verdicts = [judge.judge(facts, float(start + second)) for second in range(seconds + 1)]
    return verdicts[-1]


def test_a_camera_of_which_nothing_is_wrong_and_one_of_which_nothing_is_known() -> None:
    assert after(300, WELL) == Verdict(100, ())
    assert after(300, CameraFacts(is_live=True)) == Verdict(100, ())
    assert after(300, CameraFacts(is_live=False)) == Verdict(100, ())  # it was not reached yet


def test_every_reason_is_planted() -> None:
    assert set(PLANTED) == set(HealthReason)


@pytest.mark.parametrize("reason", HealthReason)
def test_each_reason_is_told_once_it_has_held_and_withdrawn_once_it_is_gone(reason: HealthReason) -> None:
    fields, hold, clear = PLANTED[reason]
    judge, ill = HealthJudge(), replace(WELL, **fields)
    told = [judge.judge(ill, second / 2).reasons for second in range(161)]
    assert told == [(reason,) if second / 2 >= hold else () for second in range(161)]
    withdrawn = [judge.judge(WELL, 100 + second / 2).reasons for second in range(161)]
    assert withdrawn == [() if second / 2 >= clear else (reason,) for second in range(161)]


@pytest.mark.parametrize("reason", [reason for reason in OTHERS if PLANTED[reason][1] >= 2])
def test_what_comes_and_goes_is_not_told_and_not_withdrawn(reason: HealthReason) -> None:
    fields, hold, _ = PLANTED[reason]
    judge, ill = HealthJudge(), replace(WELL, **fields)
    flicker = [judge.judge(WELL if second % int(hold) == 0 else ill, float(second)) for second in range(200)]
    assert {verdict.reasons for verdict in flicker} == {()}
    assert after(60, ill, judge, 200).reasons == (reason,)
    flicker = [judge.judge(ill if second % 2 == 0 else WELL, float(300 + second)) for second in range(200)]
    assert {verdict.reasons for verdict in flicker} == {(reason,)}


@pytest.mark.parametrize(
    "fields",
    [
        seen(still_seconds=25.0),  # a camera that saves bits waits for its keyframe
        seen(dark_share=0.8, brightness=20.0),  # night with lamps
        seen(bright_share=0.5),  # snow
        seen(likeness=0.5),  # somebody stands close to the camera
        seen(sharpness=0.7),
        {"silent_seconds": 1.9},
        {"corrupt_share": 0.04},
        {"skew_seconds": -3.0},
        {"fps": 15.0},
        {"fps": 1.0, "expected_fps": None},
    ],
)
def test_what_is_no_reason(fields: dict[str, Any]) -> None:
    assert after(100, replace(WELL, **fields)) == Verdict(100, ())


@pytest.mark.parametrize(
    ("figures", "reasons"),
    [
        (seen(dark_share=1.0, brightness=0.0, contrast=0.0, sharpness=0.0, likeness=0.0, still_seconds=99.0), {"dark"}),
        (seen(bright_share=1.0, brightness=255.0, contrast=0.0, sharpness=0.0, likeness=0.0), {"overexposed"}),
        (seen(contrast=1.0, sharpness=5.0, likeness=0.0, still_seconds=99.0), {"scene_changed"}),  # covered
        (seen(contrast=1.0, sharpness=5.0), {"blurred"}),  # fog
        (seen(sharpness=0.2, likeness=0.1), {"scene_changed", "blurred"}),
    ],
)
def test_a_picture_that_hides_all_else_is_named_for_that_alone(figures: dict[str, Any], reasons: set[str]) -> None:
    assert {reason.value for reason in after(100, replace(WELL, **figures)).reasons} == reasons


def test_a_camera_that_is_down_is_nothing_else_and_begins_anew() -> None:
    judge = HealthJudge()
    dark = replace(WELL, **PLANTED[HealthReason.DARK][0])
    assert after(20, dark, judge).reasons == (HealthReason.DARK,)
    assert judge.judge(replace(dark, is_live=False, is_down=True), 21.0) == Verdict(0, (HealthReason.DOWN,))
    assert judge.judge(dark, 22.0).reasons == ()
    assert after(10, dark, judge, 22).reasons == (HealthReason.DARK,)


def test_while_it_stalls_what_was_told_stays_told_and_nothing_is_added() -> None:
    judge = HealthJudge()
    blurred = replace(WELL, **PLANTED[HealthReason.BLURRED][0])
    assert after(30, blurred, judge).reasons == (HealthReason.BLURRED,)
    silent = replace(WELL, silent_seconds=9.0, fps=0.0)
    assert set(after(100, silent, judge, 31).reasons) == {HealthReason.STALLED, HealthReason.BLURRED}
    assert after(20, WELL, judge, 132).reasons == ()


def test_a_stall_breaks_off_what_had_nearly_held() -> None:
    judge = HealthJudge()
    blurred = replace(WELL, **PLANTED[HealthReason.BLURRED][0])
    assert after(19, blurred, judge).reasons == ()
    after(60, replace(blurred, silent_seconds=9.0), judge, 20)
    assert after(19, blurred, judge, 81).reasons == ()
    assert after(1, blurred, judge, 101).reasons == (HealthReason.BLURRED,)


def test_a_lower_score_for_more_reasons_down_to_one_and_nought_for_down_alone() -> None:
    sets = [set(found) for size in range(5) for found in combinations(OTHERS, size)]
    scores = {frozenset(found): verdict_of([it for it in OTHERS if it in found]).score for found in sets}
    assert scores[frozenset()] == 100
    assert min(scores.values()) == 1
    for found, score in scores.items():
        for reason in OTHERS:
            more = scores.get(found | {reason})
            if more is not None and reason not in found:
                assert more < score or more == score == 1


facts_found = st.builds(
    CameraFacts,
    is_live=st.booleans(),
    is_down=st.booleans(),
    silent_seconds=st.none() | st.floats(0.0, 1e6),
    corrupt_share=st.none() | st.floats(0.0, 1.0),
    skew_seconds=st.none() | st.floats(-1e9, 1e9),
    fps=st.none() | st.floats(0.0, 1e4),
    expected_fps=st.none() | st.floats(0.001, 1e4),
    figures=st.none()
    | st.builds(
        PictureFigures,
        brightness=st.floats(0.0, 255.0),
        dark_share=st.floats(0.0, 1.0),
        bright_share=st.floats(0.0, 1.0),
        contrast=st.floats(0.0, 128.0),
        sharpness=st.floats(0.0, 10.0),
        change=st.floats(0.0, 255.0),
        still_seconds=st.floats(0.0, 1e6),
        likeness=st.floats(0.0, 1.0),
    ),
)


@given(st.lists(st.tuples(st.floats(0.0, 60.0), facts_found), max_size=30))
def test_whatever_happens_the_score_is_within_its_bounds_and_says_what_the_reasons_do(
    steps: list[tuple[float, CameraFacts]],
) -> None:
    judge, now = HealthJudge(), 0.0
    for passed, facts in steps:
        now += passed
        verdict = judge.judge(facts, now)
        assert (verdict.score == 0) == (verdict.reasons == (HealthReason.DOWN,)) == facts.is_down
        assert (verdict.score == 100) == (verdict.reasons == ())
        assert 0 <= verdict.score <= 100
        assert len(set(verdict.reasons)) == len(verdict.reasons)


@given(st.sets(st.sampled_from(TOGETHER)), st.sampled_from(OTHERS), st.integers(0, 60))
def test_more_that_is_wrong_never_raises_the_score(found: set[HealthReason], more: HealthReason, seconds: int) -> None:
    few = replace(WELL, **{name: value for it in found for name, value in PLANTED[it][0].items()})
    many = replace(few, **PLANTED[more][0])
    assert after(seconds, many).score <= after(seconds, replace(few, silent_seconds=many.silent_seconds)).score
    assert after(seconds, replace(many, is_live=False, is_down=True)).score == 0


def test_a_stall_is_two_frames_that_did_not_come_and_two_seconds_at_least() -> None:
    assert [stall_limit(fps) for fps in (None, 25.0, 1.0, 0.1)] == [2.0, 2.0, 2.0, 20.0]
