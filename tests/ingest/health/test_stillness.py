import io

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.health.stillness import Stillness

Luma = NDArray[np.uint8]
WIDTH, HEIGHT, RATE, SECONDS = 320, 180, 5, 60


def scene() -> Luma:
    """A still room: boxes of many sizes, with soft light on them."""
    rng = np.random.default_rng(5)
    room = np.full((HEIGHT, WIDTH), 90.0, np.float32)
    for _ in range(60):
        left, top = rng.integers(0, WIDTH), rng.integers(0, HEIGHT)
        room[top : top + rng.integers(5, 60), left : left + rng.integers(5, 60)] = rng.integers(30, 220)
    return np.asarray(room + np.linspace(-20, 20, WIDTH, dtype=np.float32), np.uint8)


def coded(noise: float, options: dict[str, str]) -> list[Luma]:
    """A look a second at the still room with a sensor's noise, as H.264 leaves it."""
    rng, room, file = np.random.default_rng(0), scene().astype(np.float32), io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream(
            "libx264", rate=RATE, options={"preset": "veryfast", "tune": "zerolatency", "threads": "1", **options}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(RATE * SECONDS):
            picture = np.clip(room + rng.normal(0.0, 1.0, room.shape) * noise, 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "gray").reformat(format="yuv420p")))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        frames = [frame.reformat(format="gray").to_ndarray() for frame in container.decode(video=0)]
    return [np.asarray(cv2.resize(it, (160, 90), interpolation=cv2.INTER_AREA), np.uint8) for it in frames[::RATE]]


def still_for(looks: list[Luma]) -> list[float]:
    stillness = Stillness()
    return [stillness.seconds_still(look, float(second)) for second, look in enumerate(looks)]


@pytest.mark.parametrize("crf", ["28", "36", "44"])
@pytest.mark.parametrize("gop_seconds", [2, 10, 20])
def test_a_quiet_scene_is_still_until_the_next_keyframe_at_most(crf: str, gop_seconds: int) -> None:
    options = {"crf": crf, "g": str(RATE * gop_seconds)}
    for noise in (1.0, 3.0):
        assert max(still_for(coded(noise, options))) <= gop_seconds


@pytest.mark.parametrize("crf", ["28", "36", "44"])
@pytest.mark.parametrize("gop_seconds", [2, 10])
def test_a_frozen_picture_is_still_though_it_is_coded_anew(crf: str, gop_seconds: int) -> None:
    assert still_for(coded(0.0, {"crf": crf, "g": str(RATE * gop_seconds)}))[-1] >= 30


def test_a_clock_that_runs_in_a_frozen_picture_does_not_count() -> None:
    looks = [cv2.resize(scene(), (160, 90)) for _ in range(40)]
    for second, look in enumerate(looks):
        cv2.putText(look, f"12:00:{second:02}", (5, 9), cv2.FONT_HERSHEY_PLAIN, 0.7, 255)
    assert still_for([np.asarray(look, np.uint8) for look in looks])[-1] == 39.0


def test_whatever_moves_ends_it_and_a_picture_that_comes_back_later_is_new() -> None:
    one = np.asarray(cv2.resize(scene(), (160, 90)), np.uint8)
    other = one.copy()
    other[40:50, 70:75] = 255 - other[40:50, 70:75]
    assert still_for([one, one, other, other, one, one]) == [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]


def test_steps_of_one_level_are_something_new_when_many_pixels_make_them() -> None:
    one = np.asarray(cv2.resize(scene(), (160, 90)), np.uint8)
    flicker = one.copy()
    flicker[::12, ::12] += 1  # rounding: less than one pixel of a hundred
    dawn = one + np.uint8(1)
    assert still_for([one, flicker, one]) == [0.0, 1.0, 2.0]
    assert still_for([one, dawn]) == [0.0, 0.0]
