from pathlib import Path

import cv2
import numpy as np
import pytest

from ingest.folder import still_picture
from ingest.recording import open_folder, open_recording
from ingest.scaling import PlaneScaler
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.errors import InputError

START_NS = 1_000
SETTINGS = ReadSettings("pictures")


def smooth(width: int, height: int, level: int = 0) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, 200, width), np.linspace(0, 200, height))
    return np.stack([x, y, np.full_like(x, level)], axis=2).astype(np.uint8)


def save(path: Path, pixels: np.ndarray) -> Path:
    assert cv2.imwrite(str(path), pixels[:, :, ::-1])
    return path


def test_pictures_come_sorted_in_full_colour_one_a_second(tmp_path: Path) -> None:
    for name, level in (("c.bmp", 30), ("a.png", 10), ("b.webp", 20), ("d.tif", 40)):
        save(tmp_path / name, smooth(31, 21, level))
    (tmp_path / "notes.txt").write_text("no picture")
    with open_folder(parse_source(str(tmp_path)), SETTINGS, START_NS) as recording:
        frames = list(recording)
    assert recording.picture_names == ("a.png", "b.webp", "c.bmp", "d.tif")
    assert [frame.stamp.pts_seconds for frame in frames] == [0.0, 1.0, 2.0, 3.0]
    assert [frame.stamp.captured_at_ns for frame in frames] == [START_NS + index * 10**9 for index in range(4)]
    assert [frame.image.layout for frame in frames] == ["rgb24"] * 4
    assert frames[0].image.pixels.shape == (21, 31, 3)
    assert np.array_equal(frames[0].image.pixels, smooth(31, 21, 10))
    assert recording.report.complete
    assert recording.expected_frames == 4


def test_an_unreadable_picture_is_counted_and_named(tmp_path: Path) -> None:
    for name in ("a.jpg", "c.jpg"):
        save(tmp_path / name, smooth(32, 24))
    (tmp_path / "b.jpg").write_bytes(b"no picture at all")
    with open_folder(parse_source(str(tmp_path)), SETTINGS, START_NS) as recording:
        frames = list(recording)
    assert [recording.picture_names[frame.stamp.frame_index] for frame in frames] == ["a.jpg", "c.jpg"]
    report = recording.report
    assert (report.frames_decoded, report.frames_corrupt, report.complete) == (2, 1, False)
    assert report.reason == "1 of 3 pictures cannot be read: b.jpg"


def test_a_folder_without_a_picture_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no picture"):
        open_folder(parse_source(str(tmp_path)), SETTINGS)


def test_a_folder_of_broken_pictures_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    with open_folder(parse_source(str(tmp_path)), SETTINGS) as recording, pytest.raises(InputError):
        list(recording)


@pytest.mark.parametrize("name", ["one.jpg", "50%done.jpg", "img%03d.png", "ONE.JPEG"])
def test_a_single_picture_is_one_frame(tmp_path: Path, name: str) -> None:
    pixels = smooth(61, 41)
    path = save(tmp_path / name, pixels)
    with open_recording(parse_source(str(path)), SETTINGS) as recording:
        (frame,) = list(recording)
    assert (frame.stamp.width, frame.stamp.height) == (61, 41)
    assert np.abs(frame.image.pixels.astype(int) - pixels).mean() < 3
    assert recording.report.complete


def test_a_picture_that_lies_on_its_side_is_turned_as_its_exif_says(tmp_path: Path) -> None:
    path = save(tmp_path / "phone.jpg", smooth(64, 48))
    data = path.read_bytes()
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"
    exif = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01" + entry + bytes(4)
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:])
    with open_recording(parse_source(str(path)), SETTINGS) as recording:
        (frame,) = list(recording)
    assert (frame.stamp.width, frame.stamp.height) == (48, 64)
    upright = cv2.imread(str(path))[:, :, ::-1]
    assert np.abs(frame.image.pixels.astype(int) - upright).mean() < 3
    planes = PlaneScaler(ReadSettings("cam", width=24)).image(still_picture(path))
    assert (planes.width, planes.height) == (24, 32)
    shrunk = cv2.resize(upright, (24, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(cv2.cvtColor(planes.pixels, cv2.COLOR_YUV2RGB_I420).astype(int) - shrunk).mean() < 5
