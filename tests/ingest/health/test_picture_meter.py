"""Real clips as they are: nothing is told of them; and with one thing at a time spoilt: that is told, nothing else."""

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.health.judge import HealthReason
from ingest.health.picture_meter import PictureMeter, sharpness

Luma = NDArray[np.uint8]
Judged = Callable[..., list[set[HealthReason]]]
CLIPS = ("vtest.avi", "intel_one_by_one.mp4")
WELL, ILL = 30, 70
each_clip = pytest.mark.parametrize("name", CLIPS)


def noisy(luma: Luma, number: int, sigma: float = 1.5) -> Luma:
    noise = np.random.default_rng(number).normal(0.0, sigma, luma.shape)
    return np.asarray(np.clip(luma + noise, 0, 255), np.uint8)


def dimmed(luma: Luma, number: int) -> Luma:
    return noisy(np.asarray(luma * 0.05, np.uint8), number)


def overexposed(luma: Luma, _number: int) -> Luma:
    return np.asarray(np.clip(luma * 3.0, 0, 255), np.uint8)


def blurred(luma: Luma, _number: int) -> Luma:
    return np.asarray(cv2.GaussianBlur(luma, (0, 0), 4.0), np.uint8)


def blurred_and_noisy(luma: Luma, number: int) -> Luma:
    return noisy(blurred(luma, number), number, 4.0)


def moved_across(luma: Luma, _number: int) -> Luma:
    return np.roll(luma, luma.shape[1] // 4, axis=1)


def moved_down(luma: Luma, _number: int) -> Luma:
    return np.roll(luma, luma.shape[0] // 4, axis=0)


def painted(luma: Luma, number: int) -> Luma:
    return noisy(np.full_like(luma, 110), number)


def behind_a_hand(luma: Luma, number: int) -> Luma:
    """Grey fingers over nine tenths of the picture; a corner is left."""
    height, width = luma.shape
    covered = luma.copy()
    for finger in range(4):
        middle = (width * (2 * finger + 1) // 8, height // 2 + 20 * (finger % 2))
        cv2.ellipse(covered, middle, (width // 6, height * 5 // 8), 8 * finger - 12, 0, 360, 90 + 6 * finger, -1)
    return noisy(covered, number)


def with_someone_close(luma: Luma, number: int) -> Luma:
    """Somebody half as wide as the picture walks through it within twelve seconds, again and again."""
    height, width = luma.shape
    covered = luma.copy()
    left = int((number % 24) / 12 * width * 1.5 - width * 0.25)
    cv2.ellipse(covered, (left, height), (width // 4, height), 0, 0, 360, 60, -1)
    cv2.circle(covered, (left, height // 8), height // 6, 150, -1)
    return covered


@each_clip
@pytest.mark.parametrize("step", [1, 2, 10])
def test_nothing_is_told_of_a_camera_that_is_well(clips: dict[str, Any], judged: Judged, name: str, step: int) -> None:
    told = judged(clips[name].looks[::step], step / 10)
    assert len(told) * step > 790
    assert set().union(*told) == set()


@each_clip
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (dimmed, HealthReason.DARK),
        (overexposed, HealthReason.OVEREXPOSED),
        (blurred, HealthReason.BLURRED),
        (blurred_and_noisy, HealthReason.BLURRED),
        (moved_across, HealthReason.SCENE_CHANGED),
        (moved_down, HealthReason.SCENE_CHANGED),
        (painted, HealthReason.SCENE_CHANGED),
    ],
)
def test_what_is_spoilt_is_told_and_nothing_else(
    clips: dict[str, Any],
    judged: Judged,
    name: str,
    spoil: Callable[[Luma, int], Luma],
    reason: HealthReason,
) -> None:
    told = judged(clips[name].spoilt(spoil, WELL, ILL))
    assert set().union(*told[:WELL]) == set()
    assert set().union(*told[WELL:]) == {reason}
    assert all(reasons == {reason} for reasons in told[WELL + 45 :])


@each_clip
def test_behind_a_hand_the_scene_is_gone_and_what_is_seen_of_the_hand_may_be_blurred(
    clips: dict[str, Any], judged: Judged, name: str
) -> None:
    told = judged(clips[name].spoilt(behind_a_hand, WELL, ILL))
    assert set().union(*told[:WELL]) == set()
    assert set().union(*told) <= {HealthReason.SCENE_CHANGED, HealthReason.BLURRED}
    assert all(HealthReason.SCENE_CHANGED in reasons for reasons in told[WELL + 45 :])


@each_clip
def test_a_repeated_picture_is_frozen(clips: dict[str, Any], judged: Judged, name: str) -> None:
    frames = clips[name].frames
    told = judged(clips[name].spoilt(lambda _luma, _number: frames[WELL], WELL, ILL))
    assert set().union(*told[: WELL + 20]) == set()
    assert told[-1] == {HealthReason.FROZEN}


def test_the_picture_of_another_camera_is_another_scene_until_it_has_been_known_for_minutes(
    clips: dict[str, Any], judged: Judged
) -> None:
    other = clips[CLIPS[1]].frames
    size = clips[CLIPS[0]].frames[0].shape[::-1]
    swapped = clips[CLIPS[0]].spoilt(lambda _, number: cv2.resize(other[number % len(other)], size), WELL, 400)
    told = judged(swapped)
    assert set().union(*told) == {HealthReason.SCENE_CHANGED}
    assert all(told[WELL + 40 : WELL + 290])
    assert told[-1] == set()


@each_clip
def test_whoever_comes_close_changes_no_scene(clips: dict[str, Any], judged: Judged, name: str) -> None:
    assert set().union(*judged(clips[name].spoilt(with_someone_close, WELL, ILL))) == set()


@each_clip
def test_light_that_goes_off_and_on_again_leaves_the_scene_what_it_was(
    clips: dict[str, Any], judged: Judged, name: str
) -> None:
    off = clips[name].spoilt(dimmed, WELL, ILL)
    told = judged([*off, *clips[name].spoilt(lambda luma, _: luma, 0, 60)])
    assert set().union(*told) == {HealthReason.DARK}
    assert set().union(*told[WELL + ILL + 10 :]) == set()


@each_clip
def test_half_of_the_light_is_light_enough(clips: dict[str, Any], judged: Judged, name: str) -> None:
    dusk = clips[name].spoilt(lambda luma, number: noisy(np.asarray(luma * 0.4, np.uint8), number), WELL, ILL)
    assert set().union(*judged(dusk)) == set()


def test_figures_of_plain_pictures() -> None:
    for level, dark, bright in ((0, 1.0, 0.0), (39, 1.0, 0.0), (40, 0.0, 0.0), (229, 0.0, 0.0), (230, 0.0, 1.0)):
        figures = PictureMeter().look(np.full((90, 160), level, np.uint8), 0.0)
        assert (figures.brightness, figures.dark_share) == (level, dark)
        assert figures.bright_share == pytest.approx(bright)
        assert (figures.contrast, figures.change) == (0.0, 0.0)
        assert figures.sharpness == pytest.approx(0.0, abs=1e-4)
        assert (figures.still_seconds, figures.likeness) == (0.0, 1.0)
        assert all(type(value) is float for value in astuple(figures))


def test_change_is_the_mean_difference_and_leaves_the_callers_look_alone() -> None:
    meter, look = PictureMeter(), np.full((90, 160), 100, np.uint8)
    meter.look(look, 0.0)
    look[:45] += 4  # the caller may use its buffer again
    assert meter.look(look, 1.0).change == pytest.approx(2.0)


def test_blur_takes_sharpness_and_contrast_does_not() -> None:
    steps = np.random.default_rng(1).integers(0, 2, (23, 40)).astype(np.uint8)
    blocks = np.asarray(np.kron(steps, np.full((4, 4), 200, np.uint8))[:90], np.uint8)
    faint = blocks // 8 + 100
    levels = [sharpness(np.asarray(cv2.GaussianBlur(blocks, (0, 0), sigma), np.uint8)) for sigma in (0.6, 1.2, 2.4)]
    assert sharpness(blocks) > levels[0] > levels[1] > levels[2]
    assert sharpness(faint) == pytest.approx(sharpness(blocks), rel=0.1)


def test_a_stream_of_another_size_begins_anew() -> None:
    meter = PictureMeter()
    for seconds in range(60):
        assert meter.look(np.zeros((90, 160), np.uint8), seconds).still_seconds == seconds
    figures = meter.look(np.full((120, 160), 9, np.uint8), 60.0)
    assert (figures.still_seconds, figures.change, figures.likeness) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((90, 160, 3), np.uint8), np.zeros((90, 160), np.float32), np.zeros((15, 160), np.uint8), np.zeros(0)],
)
def test_what_is_no_look(wrong: Any) -> None:  # noqa: ANN401  # what the type forbids
    with pytest.raises(ValueError, match="a look is uint8"):
        PictureMeter().look(wrong, 0.0)
