"""Marks of known places go through every correction, in every layout, and are found where arithmetic says."""

from math import ceil, cos, radians, sin

import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.correction import correction_of, even_box
from ingest.picture import PictureMaker
from ingest.settings import ReadSettings
from posestream.config import DewarpConfig
from posestream.schemas import Image

W, H = 400, 300
MARK = (290.0, 90.0)
GROUND, PURPLE = 160, np.array([220, 20, 220])  # far apart in Y, U and V, and in R, G and B


def blob(width: int, height: int, centre: tuple[float, float], radius: float = 10.0) -> np.ndarray:
    """A soft purple disc on grey, whose middle weighed by brightness is ``centre`` px (edges, not pixel centres)."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    near = np.clip(radius - np.hypot(x - centre[0], y - centre[1]), 0, 4)[..., None] / 4
    pixels = GROUND + near * (PURPLE - GROUND)
    return np.round(pixels).astype(np.uint8)


def frame_of(pixels: np.ndarray) -> VideoFrame:
    """A frame that is stored as cameras send it."""
    return VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p", dst_color_range=1, dst_colorspace=5)


def middle(plane: np.ndarray, ground: float) -> np.ndarray:
    """Where a plane (H, W) differs from its ground, as 0..1 of it."""
    weights = np.abs(plane.astype(float) - ground)
    weights[weights < 0.12 * weights.max()] = 0
    rows, columns = plane.shape
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    return np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()


def planes_of(image: Image) -> list[np.ndarray]:
    if image.layout == "rgb24":
        return [image.pixels[..., channel] for channel in range(3)]
    luma = image.height * image.width
    flat = image.pixels.reshape(-1)
    halves = flat[luma:].reshape(2, image.height // 2, image.width // 2)
    return [flat[:luma].reshape(image.height, image.width), halves[0], halves[1]]


def clockwise(point: tuple[float, float], degrees: float) -> tuple[float, float]:
    """Where a point of the W x H picture lies once it is turned, px of the picture around it."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    x, y = point[0] - W / 2, point[1] - H / 2
    size = turned_size(degrees)
    return x * c - y * s + size[0] / 2, x * s + y * c + size[1] / 2


def turned_size(degrees: float) -> tuple[float, float]:
    c, s = abs(cos(radians(degrees))), abs(sin(radians(degrees)))
    return W * c + H * s, W * s + H * c


@pytest.mark.parametrize("still", [False, True])
@pytest.mark.parametrize("width", [None, 120])
@pytest.mark.parametrize("crop", [None, (0.25, 0.1, 0.95, 0.9)])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270, -90, 7.5, -20])
def test_a_mark_lands_where_arithmetic_says_in_every_plane(
    rotate: float, crop: tuple[float, float, float, float] | None, width: int | None, *, still: bool
) -> None:
    size = turned_size(rotate)
    expected = np.array(clockwise(MARK, rotate))
    maker = PictureMaker(ReadSettings("cam", width, rotate=rotate, crop=crop), still=still)
    frame = frame_of(blob(W, H, MARK))
    if crop is not None:
        left, top, right, bottom = even_box(crop, ceil(size[0] - 1e-6), ceil(size[1] - 1e-6))
        expected, size = expected - (left, top), (right - left, bottom - top)
        assert left == pytest.approx(crop[0] * turned_size(rotate)[0], abs=1.5)
    assert maker.frame_size(frame) == pytest.approx(size, abs=1.001)
    image = maker.image(frame)
    for plane in planes_of(image):
        seen = plane.copy()
        ground = float(np.median(seen))
        empty = 0 if still else (16 if plane.shape[1] == image.width else 128)
        seen[seen.astype(int) == empty] = round(ground)  # the corners of a free angle
        if rotate % 90:
            seen = near_only(seen, expected / size, round(ground))
        # 0.5 px of the source's frame, or of the smaller picture
        apart = np.abs(middle(seen, ground) * size - expected)
        assert apart.max() < max(0.5, 0.5 * size[0] / image.width)


def near_only(plane: np.ndarray, share: np.ndarray, ground: int) -> np.ndarray:
    """The plane with all but the mark's neighbourhood painted over: edges of a free angle are blended with black."""
    rows, columns = plane.shape
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    return np.where((np.abs(x - share[0]) < 0.08) & (np.abs(y - share[1]) < 0.08), plane, ground).astype(np.uint8)


NOISE = np.random.default_rng(5).integers(16, 235, (H, W), np.uint8)


def bring(source: np.ndarray, given: ReadSettings) -> np.ndarray:
    correction = correction_of(given, source.shape[1], source.shape[0], 0)
    target = np.zeros(correction.frame_size[::-1], np.uint8)
    correction.bring(source, target)
    return target


@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([90, 180, 270, -90]))
@settings(max_examples=60, deadline=None)
def test_quarter_turns_change_no_pixel_and_four_are_none(width: int, height: int, rotate: int) -> None:
    source = NOISE[:height, :width]
    given = ReadSettings("cam", rotate=rotate)
    once = bring(source, given)
    assert np.array_equal(once, np.rot90(source, -rotate // 90))
    assert np.array_equal(bring(bring(bring(once, given), given), given), source)


@given(st.integers(1, 90), st.integers(1, 90))
@settings(max_examples=60, deadline=None)
def test_the_whole_as_a_crop_is_the_picture(width: int, height: int) -> None:
    source = NOISE[:height, :width]
    assert np.array_equal(bring(source, ReadSettings("cam", crop=(0, 0, 1, 1))), source)


@given(
    st.integers(1, 70), st.integers(1, 70), st.tuples(*[st.integers(0, 1000)] * 4), st.sampled_from([0, 90, 180, 33])
)
@settings(max_examples=120, deadline=None)
def test_any_crop_of_any_size_gives_a_picture_of_what_it_names(
    width: int, height: int, edges: tuple[int, ...], rotate: int
) -> None:
    left, right = sorted(edges[:2])
    top, bottom = sorted(edges[2:])
    crop = (left / 1001, top / 1001, (right + 1) / 1001, (bottom + 1) / 1001)
    box = even_box(crop, width, height)
    for begin, end, first, last, side in (
        (box[0], box[2], crop[0], crop[2], width),
        (box[1], box[3], crop[1], crop[3], height),
    ):
        assert 0 <= begin < end <= side
        assert begin % 2 == 0
        assert (end - begin >= 2) or side < 2
        assert abs(begin - first * side) <= 3
        assert abs(end - last * side) <= 3
    for still in (False, True):
        maker = PictureMaker(ReadSettings("cam", rotate=rotate, crop=crop), still=still)
        frame = frame_of(np.repeat(NOISE[:height, :width, None], 3, axis=2))
        image = maker.image(frame)
        assert abs(image.width - maker.frame_size(frame)[0]) <= 1


def test_a_change_of_size_in_mid_stream_is_followed() -> None:
    maker = PictureMaker(ReadSettings("cam", 100, rotate=90, crop=(0, 0, 1, 0.5), dewarp=None))
    dewarped = PictureMaker(ReadSettings("cam", 64, dewarp=DewarpConfig()))
    sizes = []
    for width, height in ((W, H), (64, 48), (W, H)):
        frame = frame_of(blob(width, height, (20, 20)))
        sizes.append((maker.frame_size(frame), maker.image(frame).width, dewarped.frame_size(frame)))
        assert dewarped.image(frame).width == min(64, dewarped.frame_size(frame)[0])
    assert [entry[0] for entry in sizes] == [(300, 200), (48, 32), (300, 200)]
    assert sizes[0] == sizes[2] != sizes[1]


def pinhole_line(y: float) -> np.ndarray:
    """A fisheye picture, 800 x 800, of a straight cable 2 m below the ceiling, ``y`` m north of the lens."""
    side, focal = 800, 400 / (np.pi / 2)
    x = np.linspace(-6, 6, 40_001)
    theta = np.arctan2(np.hypot(x, y), 2.0)
    around = np.arctan2(-y, x)
    columns, rows = side / 2 + focal * theta * np.cos(around), side / 2 + focal * theta * np.sin(around)
    distance = np.full((side, side), 99.0)
    grid_x, grid_y = np.floor(columns).astype(int), np.floor(rows).astype(int)
    for dx in range(-4, 5):
        for dy in range(-4, 5):
            px, py = grid_x + dx, grid_y + dy
            np.minimum.at(distance, (py, px), np.hypot(px + 0.5 - columns, py + 0.5 - rows))
    shade = np.clip(3.0 - distance, 0, 1)[..., None] * (PURPLE - GROUND) + GROUND
    return np.round(shade).astype(np.uint8)


@pytest.mark.parametrize("still", [False, True])
@pytest.mark.parametrize(("pan", "y"), [(0, 1.5), (0, 2.4), (180, -2.0)])
def test_a_straight_cable_becomes_straight(pan: float, y: float, *, still: bool) -> None:
    dewarp = DewarpConfig(pan=pan, tilt=45)
    maker = PictureMaker(ReadSettings("cam", dewarp=dewarp), still=still)
    picture = pinhole_line(y)
    image = maker.image(frame_of(picture))
    width, height = image.width, image.height
    # Level below the lens and across the view: the same height everywhere, by the pinhole's formula.
    below = np.arctan2(2.0, abs(y))
    expected = 0.5 + np.tan(below - np.radians(45)) * 0.5 / np.tan(np.radians(45)) * dewarp.aspect
    for plane in planes_of(image):
        ground = float(np.median(plane))
        rows = []
        for column in range(plane.shape[1] // 5, plane.shape[1] * 4 // 5, 7):
            strip = plane[:, column : column + 1]
            rows.append(middle(strip, ground)[1] * height)
        assert np.ptp(rows) < (1.0 if plane.shape[1] == width else 2.0)
        assert np.mean(rows) == pytest.approx(expected * height, abs=0.5)
        assert np.abs(np.array(rows) - expected * height).max() < (0.5 if plane.shape[1] == width else 1.0)


@pytest.mark.parametrize("still", [False, True])
@pytest.mark.parametrize("rotate", [0, 90])
def test_a_mark_of_the_fisheye_lands_in_the_view(rotate: int, *, still: bool) -> None:
    side, focal = 800, 400 / (np.pi / 2)
    point = np.array([0.5, 2.0, 2.2])  # right, ahead (up in the upright picture), down
    theta, around = np.arctan2(np.hypot(*point[:2]), point[2]), np.arctan2(-point[1], point[0])
    at = np.array([focal * theta * np.cos(around), focal * theta * np.sin(around)])
    if rotate == 90:  # as stored: turned by 90 degrees clockwise it is upright
        at = np.array([at[1], -at[0]])
    picture = blob(side, side, (side / 2 + at[0], side / 2 + at[1]), 8)
    image = PictureMaker(ReadSettings("cam", 320, rotate=rotate, dewarp=DewarpConfig(tilt=45)), still=still).image(
        frame_of(picture)
    )
    ahead = point[1] * np.cos(np.pi / 4) + point[2] * np.sin(np.pi / 4)
    down = point[2] * np.cos(np.pi / 4) - point[1] * np.sin(np.pi / 4)
    expected = np.array([0.5 + point[0] / ahead / 2, 0.5 + down / ahead / 2 * 4 / 3])
    for plane in planes_of(image):
        apart = (middle(plane, float(np.median(plane))) - expected) * (image.width, image.height)
        assert np.abs(apart).max() < 0.5


@pytest.mark.parametrize(("still", "black"), [(False, [16, 128, 128]), (True, [0, 0, 0])])
def test_what_no_lens_sees_is_black(still: bool, black: list[int]) -> None:
    dewarp = DewarpConfig(tilt=10)
    frame = frame_of(np.full((600, 600, 3), 200, np.uint8))
    image = PictureMaker(ReadSettings("cam", dewarp=dewarp), still=still).image(frame)
    assert [int(plane[0].max()) for plane in planes_of(image)] == black
    assert [int(plane[-1].min()) for plane in planes_of(image)] != black


def test_shrinking_by_maps_does_not_alias() -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    image = PictureMaker(ReadSettings("cam", 70, rotate=45, crop=(0.3, 0.3, 0.7, 0.7))).image(frame_of(stripes))
    assert image.pixels[: image.height].std() < 12


AREA = ((0.1, 0.2), (0.6, 0.2), (0.6, 0.7), (0.1, 0.7))


@pytest.mark.parametrize("still", [False, True])
@pytest.mark.parametrize(
    "keys",
    [
        {"rotate": 90.0}, {"rotate": 180.0}, {"rotate": 12.0}, {"crop": (0.2, 0.1, 0.9, 0.8)},
        {"dewarp": DewarpConfig()},
        {"rotate": 270.0, "dewarp": DewarpConfig(), "crop": (0.0, 0.3, 1.0, 1.0)},
        {"dewarp": DewarpConfig.model_validate({"view": "panorama"})},
    ],
)  # fmt: skip
@pytest.mark.parametrize("width", [None, 100])
def test_privacy_areas_lie_in_the_corrected_frame_and_nothing_under_them_leaves(
    keys: dict[str, object], width: int | None, *, still: bool
) -> None:
    def seen(source: np.ndarray, privacy: tuple[object, ...]) -> Image:
        given = ReadSettings("cam", width, privacy=privacy, **keys)  # type: ignore[arg-type]
        return PictureMaker(given, still=still).image(frame_of(source))

    noise = np.random.default_rng(3).integers(0, 256, (2, 240, 320, 3), np.uint8)
    hidden, plain = seen(noise[0], (AREA,)), seen(noise[0], ())
    other, other_plain = seen(noise[1], (AREA,)), seen(noise[1], ())
    for plane, free, second, second_free in zip(*map(planes_of, (hidden, plain, other, other_plain)), strict=True):
        rows, columns = plane.shape
        inside = np.s_[int(rows * 0.2) : int(np.ceil(rows * 0.7)), int(columns * 0.1) : int(np.ceil(columns * 0.6))]
        assert np.array_equal(plane[inside], second[inside])  # whatever the camera saw, the same is shown
        assert np.unique(plane[inside]).size == 1
        assert not np.array_equal(free[inside], second_free[inside])
        near = [
            slice(max(0, int(n * lo) - 3), int(n * hi) + 4) for n, lo, hi in ((rows, 0.2, 0.7), (columns, 0.1, 0.6))
        ]
        margin = np.ones(plane.shape, bool)
        margin[tuple(near)] = False
        assert np.array_equal(plane[margin], free[margin])
