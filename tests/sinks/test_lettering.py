import numpy as np
import pytest

from sinks.lettering import draw_tag, letter_height, text_size

COLOURS = ((0, 0, 250), (255, 255, 255))


@pytest.mark.parametrize(("height", "letters"), [(1, 11), (240, 11), (720, 21), (2160, 64)])
def test_letters_grow_with_the_picture(height: int, letters: int) -> None:
    assert letter_height(height) == letters


def test_longer_texts_and_larger_letters_take_more_room() -> None:
    (nothing, _), (short, low), (long, _), (large, high) = (
        text_size("", 12), text_size("ab", 12), text_size("abcdef", 12), text_size("ab", 24),
    )  # fmt: skip
    assert nothing < short < long
    assert short < large
    assert low < high


@pytest.mark.parametrize(
    ("corner", "left", "top"),
    [((20, 10), 20, 10), ((-50, -50), 0, 0), ((1000, 1000), None, None)],
)
def test_a_tag_stays_within_the_picture(corner: tuple[int, int], left: int | None, top: int | None) -> None:
    canvas = np.zeros((60, 120, 3), np.uint8)
    draw_tag(canvas, "7", corner, 12, COLOURS)
    rows, columns = np.nonzero(canvas.any(axis=2))
    width, height = text_size("7", 12)
    wanted_left, wanted_top = 120 - width if left is None else left, 60 - height if top is None else top
    assert (columns.min(), rows.min()) == pytest.approx((wanted_left, wanted_top), abs=1)
    assert (columns.max() - columns.min() + 1, rows.max() - rows.min() + 1) == pytest.approx((width, height), abs=2)
    assert (canvas == 255).all(axis=2).any()  # and there are letters on it


@pytest.mark.parametrize("text", ["", "ü · 人 🙂", "x" * 500])
def test_any_text_on_any_picture(text: str) -> None:
    for size in ((1, 1, 3), (30, 30, 3)):
        draw_tag(np.zeros(size, np.uint8), text, (5, 5), 11, COLOURS)
