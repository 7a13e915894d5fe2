import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.models.card import Fit, Grid, InputCard
from inference.preprocess import Pixels, Placement, input_size, letterbox, rotated_crop, square_crop, to_rgb, to_tensor
from posestream.schemas import Image

EXACT = 0.01
MEASURED = 0.12  # px of the input: what is left of a dot's place after resampling to whole numbers


def card(**fields: object) -> InputCard:
    plain = {"layout": "nhwc", "dtype": "float32", "channels": "rgb"}
    size = {} if "area" in fields else {"size": (256, 256)}
    return InputCard.model_validate(plain | size | fields)


def dot(height: int, width: int, x: float, y: float, spread: float) -> Pixels:
    """A picture with a soft white dot at this place; pixel i covers [i, i + 1)."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    light = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
    return np.repeat(np.round(light * 255).astype(np.uint8)[..., None], 3, axis=2)


def place_of_light(pixels: Pixels) -> NDArray[np.float32]:
    light = pixels[..., 0].astype(np.float64)
    rows, columns = np.mgrid[: light.shape[0], : light.shape[1]] + 0.5
    return np.array([(light * columns).sum(), (light * rows).sum()], np.float32) / np.float32(light.sum())


def to_input(place: Placement, points: NDArray[np.float64]) -> NDArray[np.float32]:
    """The way there, written from the definition of a placement."""
    return ((points - [place.left, place.top]) / [place.scale_x, place.scale_y]).astype(np.float32)


# --- to_rgb


def test_rgb_is_not_copied() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    assert np.shares_memory(to_rgb(Image(pixels, "rgb24")), pixels)


@pytest.mark.parametrize(
    ("yuv", "rgb"),
    [
        # BT.601, limited range: R = 1.164 (Y - 16) + 1.596 (V - 128), and so on.
        ((16, 128, 128), (0, 0, 0)),
        ((235, 128, 128), (255, 255, 255)),
        ((81, 90, 240), (254, 0, 0)),
        ((145, 54, 34), (0, 255, 1)),
        ((41, 240, 110), (0, 0, 255)),
    ],
)
def test_planes_become_colours(yuv: tuple[int, ...], rgb: tuple[int, ...]) -> None:
    planes = np.concatenate([np.full(each, value, np.uint8) for each, value in zip((48, 12, 12), yuv, strict=True)])
    picture = to_rgb(Image(planes.reshape(9, 8), "i420"))
    assert picture.shape == (6, 8, 3)
    assert np.abs(picture.astype(int) - rgb).max() <= 2


# --- input_size


def test_a_fixed_size_is_kept_for_all_pictures() -> None:
    for picture in ((1, 1), (480, 640), (5000, 3)):
        assert input_size(card(size=(416, 320)), *picture) == (416, 320)


@pytest.mark.parametrize(
    ("picture", "wanted"),
    [
        ((720, 1280), (192, 320)),
        ((1080, 1920), (192, 320)),
        ((480, 640), (224, 288)),
        ((480, 480), (256, 256)),
        ((640, 480), (288, 224)),
        ((1280, 720), (320, 192)),
        ((1, 1), (256, 256)),
        ((2, 4000), (32, 1920)),
        ((4000, 2), (1920, 32)),
    ],
)
def test_the_input_has_the_pictures_aspect(picture: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert input_size(card(area=192 * 320, multiple=32), *picture) == wanted


@given(height=st.integers(1, 10_000), width=st.integers(1, 10_000), step=st.sampled_from([1, 8, 32]))
def test_sides_are_multiples_and_the_area_is_about_the_cards(height: int, width: int, step: int) -> None:
    area = 192 * 320
    rows, columns = input_size(card(area=area, multiple=step), height, width)
    assert rows % step == columns % step == 0
    assert min(rows, columns) >= step
    assert rows * columns <= area + (rows + columns) * step


# --- letterbox


@pytest.mark.parametrize("picture", [(1, 1), (7, 3), (480, 640), (427, 640), (1080, 1920), (3, 999), (999, 3)])
@pytest.mark.parametrize("size", [(416, 416), (192, 320), (33, 57)])
def test_the_whole_picture_fits_and_its_corners_come_back(picture: tuple[int, int], size: tuple[int, int]) -> None:
    canvas, place = letterbox(np.full((*picture, 3), 255, np.uint8), size)
    assert canvas.shape == (*size, 3)
    rows, columns = (int(side.sum()) for side in (canvas[:, 0, 0] > 0, canvas[0, :, 0] > 0))
    assert canvas[:rows, :columns].min() == 255
    assert canvas[rows:].sum() == canvas[:, columns:].sum() == 0
    assert rows == size[0] or columns == size[1]
    corner = place.points_to_picture(np.array([[columns, rows]], np.float32))
    assert np.abs(corner - [[picture[1], picture[0]]]).max() < EXACT


@pytest.mark.parametrize("at", [(100.0, 60.0), (250.5, 190.25), (500.0, 390.0)])
@pytest.mark.parametrize(
    ("picture", "size"), [((427, 640), (224, 320)), ((427, 640), (416, 416)), ((427, 640), (900, 1000))]
)
def test_what_is_seen_in_the_input_is_where_it_was_in_the_picture(
    picture: tuple[int, int], size: tuple[int, int], at: tuple[float, float]
) -> None:
    canvas, place = letterbox(dot(*picture, *at, spread=8), size)
    seen = place.points_to_picture(place_of_light(canvas))
    assert np.abs(seen - at).max() < MEASURED * place.scale_x


@pytest.mark.parametrize("picture", [(1, 1), (480, 640), (427, 640), (3, 999), (999, 3)])
@pytest.mark.parametrize("size", [(416, 416), (640, 640), (33, 57)])
def test_in_the_centre_what_is_left_free_is_grey_on_both_sides(picture: tuple[int, int], size: tuple[int, int]) -> None:
    canvas, place = letterbox(np.full((*picture, 3), 255, np.uint8), size, "centre", 114)
    light = np.argwhere(canvas[..., 0] == 255)
    (top, left), (bottom, right) = light.min(axis=0), light.max(axis=0) + 1
    assert (canvas[canvas[..., 0] != 255] == 114).all()
    free = top, size[0] - bottom, left, size[1] - right
    assert 0 <= free[1] - free[0] <= 1
    assert 0 <= free[3] - free[2] <= 1
    corners = place.points_to_picture(np.array([[left, top], [right, bottom]], np.float32))
    assert np.abs(corners - [[0, 0], [picture[1], picture[0]]]).max() < EXACT


@pytest.mark.parametrize("size", [(416, 416), (33, 57)])
def test_stretched_the_picture_fills_the_input(size: tuple[int, int]) -> None:
    canvas, place = letterbox(np.full((427, 640, 3), 255, np.uint8), size, "stretch", 114)
    assert canvas.min() == 255
    corners = place.points_to_picture(np.array([[0, 0], size[::-1]], np.float32))
    assert np.abs(corners - [[0, 0], [640, 427]]).max() < EXACT


@pytest.mark.parametrize("fit", ["top-left", "centre", "stretch"])
@pytest.mark.parametrize("grid", ["edges", "centres"])
@pytest.mark.parametrize("size", [(224, 320), (416, 400), (900, 1000)])
def test_each_fit_gives_places_back(fit: Fit, grid: Grid, size: tuple[int, int]) -> None:
    at = (250.5, 190.25)
    canvas, place = letterbox(dot(427, 640, *at, spread=8), size, fit, 0, grid)
    seen = place.points_to_picture(place_of_light(canvas) - np.float32(0.5 if grid == "centres" else 0))
    assert np.abs(seen - at).max() < MEASURED * max(place.scale_x, place.scale_y)


def test_a_side_may_be_a_pixel_more_than_its_multiple() -> None:
    rows, columns = input_size(card(area=257 * 257, multiple=16, plus=1), 720, 1280)
    assert rows % 16 == columns % 16 == 1
    assert columns > rows


# --- square_crop


@given(
    box=st.tuples(st.floats(-50, 600), st.floats(-50, 400), st.floats(0, 300), st.floats(0, 300)),
    size=st.sampled_from([(256, 256), (256, 192), (64, 96)]),
    padding=st.floats(1.0, 1.5),
)
def test_a_crop_holds_its_box_in_the_middle(
    box: tuple[float, float, float, float], size: tuple[int, int], padding: float
) -> None:
    x, y, width, height = box
    corners = np.array([x, y, x + width, y + height], np.float32)
    crop, place = square_crop(np.zeros((48, 64, 3), np.uint8), corners, size, padding)
    assert crop.shape == (*size, 3)
    assert place.scale_x == place.scale_y
    inside = to_input(place, corners.reshape(2, 2).astype(np.float64))
    assert np.abs(inside.mean(axis=0) - [size[1] / 2, size[0] / 2]).max() < EXACT
    if max(width / size[1], height / size[0]) * max(size) > 1:
        shares = (inside[1] - inside[0]) / [size[1], size[0]]
        assert shares.max() == pytest.approx(1 / padding, abs=1e-3)


@given(
    box=st.tuples(st.floats(0, 1800), st.floats(0, 1000), st.floats(10, 900), st.floats(10, 900)),
    x=st.floats(0, 1920),
    y=st.floats(0, 1080),
)
def test_there_and_back_again(box: tuple[float, float, float, float], x: float, y: float) -> None:
    left, top, width, height = box
    corners = np.array([left, top, left + width, top + height], np.float32)
    _, place = square_crop(np.zeros((2, 2, 3), np.uint8), corners, (256, 256), 1.15)
    there = to_input(place, np.array([[x, y]]))
    assert np.abs(place.points_to_picture(there) - [[x, y]]).max() < EXACT
    as_box = place.boxes_to_picture(np.tile(there, 2))
    assert np.abs(as_box - [[x, y, x, y]]).max() < EXACT


@pytest.mark.parametrize("side", [40.0, 111.0, 222.0, 400.0])
@pytest.mark.parametrize("shift", [0.0, 0.3, 0.5])
def test_what_is_seen_in_a_crop_is_where_it_was_in_the_picture(side: float, shift: float) -> None:
    # A crop that counts from the centres of pixels would be wrong by half of (1 - scale): 0.4 px at both ends.
    at = (321.25, 204.75)
    box = np.array([at[0] - side / 2 + shift, at[1] - side / 2, at[0] + side / 2, at[1] + side / 2], np.float32)
    crop, place = square_crop(dot(427, 640, *at, spread=6), box, (256, 256), 1.15)
    assert np.abs(place.points_to_picture(place_of_light(crop)) - at).max() < MEASURED * max(place.scale_x, 0.5)


@pytest.mark.parametrize("size", [(256, 192), (256, 256), (64, 48)])
@pytest.mark.parametrize("grid", ["edges", "centres", "udp"])
@pytest.mark.parametrize("side", [111.0, 222.0, 400.0])
def test_what_a_decoder_counts_as_its_grid_says_comes_back(size: tuple[int, int], grid: Grid, side: float) -> None:
    at = (321.25, 204.75)
    box = np.array([at[0] - side / 3, at[1] - side / 2, at[0] + side / 4, at[1] + side / 1.5], np.float32)
    crop, place = square_crop(dot(427, 640, *at, spread=12), box, size, 1.25, grid)
    seen = place.points_to_picture(place_of_light(crop) - np.float32(0 if grid == "edges" else 0.5))
    assert np.abs(seen - at).max() < MEASURED * max(place.scale_x, 0.5)


@given(grid=st.sampled_from(["edges", "centres", "udp"]), size=st.sampled_from([(256, 192), (1, 1), (5, 9)]))
def test_the_edges_of_a_crop_are_where_its_grid_says(grid: Grid, size: tuple[int, int]) -> None:
    box = np.array([100, 50, 200, 300], np.float32)
    place = square_crop(np.zeros((9, 9, 3), np.uint8), box, size, 1.25, grid)[1]
    plain = square_crop(np.zeros((9, 9, 3), np.uint8), box, size, 1.25)[1]
    sides = np.array(size[::-1])
    first, last = {"edges": (0, sides), "centres": (-0.5, sides - 0.5), "udp": (0, np.maximum(sides - 1, 1))}[grid]
    for counted, edge in ((first, 0 * sides), (last, sides)):
        there = place.points_to_picture(np.broadcast_to(counted, (1, 2)).astype(np.float32))
        assert np.abs(there - plain.points_to_picture(edge[None].astype(np.float32))).max() < EXACT


@pytest.mark.parametrize("box", [(-500, -500, -400, -400), (5, 5, 5, 5), (10, 10, 4, 4), (-20, -20, 20, 20)])
def test_what_lies_outside_is_black(box: tuple[int, ...]) -> None:
    crop, place = square_crop(np.full((8, 8, 3), 200, np.uint8), np.array(box, np.float32), (32, 32), 1.15)
    rows, columns = np.mgrid[:32, :32] + 0.5
    points = place.points_to_picture(np.stack([columns, rows], axis=2).astype(np.float32))
    far_out = ((points < -1) | (points > 9)).any(axis=2)
    well_in = ((points > 1) & (points < 7)).all(axis=2)
    assert crop[far_out].sum() == 0
    assert (crop[well_in] == 200).all()


# --- to_tensor


@pytest.fixture
def pixels() -> Pixels:
    return np.random.default_rng(3).integers(0, 256, (5, 7, 3)).astype(np.uint8)


@pytest.mark.parametrize("channels", ["rgb", "bgr"])
@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_a_tensor_holds_each_pixel_at_its_place(pixels: Pixels, channels: str, layout: str, dtype: str) -> None:
    tensor = to_tensor(pixels, card(channels=channels, layout=layout, dtype=dtype))
    assert tensor.dtype == np.dtype(dtype)
    assert tensor.flags.c_contiguous
    assert tensor.shape == ((1, 5, 7, 3) if layout == "nhwc" else (1, 3, 5, 7))
    for y, x, colour in np.ndindex(5, 7, 3):
        channel = colour if channels == "rgb" else 2 - colour
        got = tensor[0, y, x, channel] if layout == "nhwc" else tensor[0, channel, y, x]
        assert got == pixels[y, x, colour]


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
def test_mean_and_std_are_those_of_the_cards_channels(pixels: Pixels, layout: str) -> None:
    mean, std = (10.0, 20.0, 30.0), (2.0, 4.0, 8.0)
    tensor = to_tensor(pixels, card(channels="bgr", layout=layout, mean=mean, std=std))
    wanted = (pixels[..., ::-1].astype(np.float64) - mean) / std
    got = tensor[0] if layout == "nhwc" else tensor[0].transpose(1, 2, 0)
    assert np.abs(got - wanted).max() < 1e-4


def test_std_alone_divides(pixels: Pixels) -> None:
    tensor = to_tensor(pixels, card(std=(255.0, 255.0, 255.0)))
    assert np.abs(tensor[0] - pixels / 255).max() < 1e-6


def test_the_pixels_are_left_alone(pixels: Pixels) -> None:
    before = pixels.copy()
    tensor = to_tensor(pixels, card(mean=(1.0, 1.0, 1.0)))
    assert not np.shares_memory(tensor, pixels)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("turn", [0.0, np.pi / 2, np.pi, 0.7, -2.4])
def test_what_is_seen_in_a_rotated_crop_is_where_it_was_in_the_picture(turn: float) -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[140:146, 210:216] = 255
    centre, scale = np.array([200.0, 150.0]), 1.5
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = np.column_stack([linear, centre - linear @ [64, 64]]).astype(np.float32)
    crop = rotated_crop(picture, matrix, (128, 128))
    assert crop.shape == (128, 128, 3)
    weights = crop[..., 0].astype(np.float64)
    rows, columns = np.indices(weights.shape) + 0.5
    spot = np.array([(weights * columns).sum(), (weights * rows).sum(), weights.sum()]) / weights.sum()
    assert np.abs(matrix @ spot - [213, 143]).max() < 0.35


def test_a_rotated_crop_is_black_outside_of_the_picture() -> None:
    crop = rotated_crop(np.full((20, 20, 3), 255, np.uint8), np.array([[1, 0, 10], [0, 1, 10]], np.float32), (20, 40))
    assert crop.shape == (20, 40, 3)
    assert crop[:9, :9].min() == 255
    assert crop[11:].max() == crop[:, 11:].max() == 0
