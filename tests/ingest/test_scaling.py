import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from ingest.scaling import PlaneScaler, StillScaler
from ingest.settings import ReadSettings
from posestream.errors import InputError
from posestream.schemas import Image

OWN = ReadSettings("cam")


def smooth(width: int, height: int) -> np.ndarray:
    """Colours (H, W, 3) that change slowly, so that chroma subsampling hardly matters."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return np.stack([40 + 180 * x, 60 + 150 * y, 200 - 120 * x * y], axis=2).astype(np.uint8)


def coded(pixels: np.ndarray, pixel_format: str, *, full_range: bool = False) -> VideoFrame:
    frame = VideoFrame.from_ndarray(pixels, "rgb24")
    return frame.reformat(format=pixel_format, dst_color_range=2 if full_range else 1, dst_colorspace=5)


def seen(image: Image) -> np.ndarray:
    assert image.layout == "i420"
    return cv2.cvtColor(image.pixels, cv2.COLOR_YUV2RGB_I420)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def test_planes_of_the_own_size_are_taken_as_they_are() -> None:
    frame = coded(smooth(64, 48), "yuv420p")
    assert np.array_equal(PlaneScaler(OWN).image(frame).pixels, frame.to_ndarray())


@pytest.mark.parametrize(
    ("pixel_format", "full_range"),
    [
        ("yuv420p", False), ("yuv420p", True), ("yuvj420p", True), ("yuv422p", False), ("yuvj422p", True),
        ("yuv444p", False), ("yuv420p10le", False), ("nv12", False), ("rgb24", True), ("bgra", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [(64, 48), (62, 50), (65, 49), (640, 360)])
def test_every_pixel_format_keeps_its_colours(pixel_format: str, full_range: bool, size: tuple[int, int]) -> None:
    pixels = smooth(*size)
    image = PlaneScaler(OWN).image(coded(pixels, pixel_format, full_range=full_range))
    width, height = size[0] // 2 * 2, size[1] // 2 * 2
    assert (image.width, image.height) == (width, height)
    assert apart(seen(image), pixels[:height, :width]) < 4


def test_grey_stays_grey() -> None:
    image = PlaneScaler(OWN).image(coded(np.full((32, 32, 3), 130, np.uint8), "gray"))
    assert apart(seen(image), np.full((32, 32, 3), 130, np.uint8)) < 3


@pytest.mark.parametrize(("width", "fitted"), [(32, (32, 24)), (30, (30, 22)), (63, (62, 46)), (640, (64, 48))])
def test_scaling_keeps_the_picture(width: int, fitted: tuple[int, int]) -> None:
    pixels = smooth(64, 48)
    image = PlaneScaler(ReadSettings("cam", width)).image(coded(pixels, "yuv420p"))
    assert (image.width, image.height) == fitted
    assert apart(seen(image), cv2.resize(pixels, fitted, interpolation=cv2.INTER_AREA)) < 4


def test_shrinking_does_not_alias() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    image = PlaneScaler(ReadSettings("cam", 16)).image(coded(stripes, "yuv420p"))
    assert image.pixels[:16].std() < 5


def test_a_change_of_size_in_mid_stream_is_followed() -> None:
    scaler = PlaneScaler(ReadSettings("cam", 40))
    sizes = [scaler.image(coded(smooth(*size), "yuv422p")) for size in ((80, 60), (80, 20), (20, 20), (80, 60))]
    assert [(image.width, image.height) for image in sizes] == [(40, 30), (40, 10), (20, 20), (40, 30)]


def test_later_frames_do_not_change_earlier_pictures() -> None:
    scaler = PlaneScaler(OWN)
    first = scaler.image(coded(smooth(64, 48), "yuv422p"))
    before = first.pixels.copy()
    scaler.image(coded(255 - smooth(64, 48), "yuv422p"))
    assert np.array_equal(first.pixels, before)


def test_a_picture_above_the_cap_is_refused() -> None:
    frame = coded(smooth(64, 48), "yuv420p")
    with pytest.raises(InputError, match="64x48"):
        PlaneScaler(OWN, max_pixels=64 * 48 - 1).image(frame)
    with pytest.raises(InputError, match="64x48"):
        StillScaler(OWN, max_pixels=64 * 48 - 1).image(frame)


@pytest.mark.parametrize("size", [(64, 48), (65, 49), (1, 1)])
@pytest.mark.parametrize("pixel_format", ["rgb24", "bgra", "yuvj444p", "rgb48le"])
def test_stills_keep_size_and_full_colour(size: tuple[int, int], pixel_format: str) -> None:
    pixels = smooth(*size)
    image = StillScaler(OWN).image(coded(pixels, pixel_format, full_range=True))
    assert image.layout == "rgb24"
    assert image.pixels.shape == pixels.shape
    assert apart(image.pixels, pixels) < 2


def test_stills_are_scaled_where_the_settings_want_it() -> None:
    assert StillScaler(ReadSettings("cam", 32)).image(coded(smooth(64, 48), "rgb24")).pixels.shape == (24, 32, 3)


def test_a_pixel_format_that_cannot_be_converted_is_an_input_error() -> None:
    with pytest.raises(InputError, match="pixel format"):
        PlaneScaler(OWN).image(av.VideoFrame(16, 16, "rgb96le"))
