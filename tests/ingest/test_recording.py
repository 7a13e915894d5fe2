from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ingest.recording import Recording, open_recording
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.errors import InputError, UsageError
from posestream.schemas import Frame, TimeSource

START_NS = 1_700_000_000_000_000_000
CODECS = [
    ("clip.mp4", "libx264", "yuv420p", {}),
    ("clip.mkv", "libx264", "yuv420p", {}),
    ("clip.ts", "libx264", "yuv420p", {}),
    ("clip.avi", "mpeg4", "yuv420p", {}),
    ("clip.avi", "msmpeg4", "yuv420p", {}),
    ("clip.avi", "mjpeg", "yuvj420p", {}),
    ("clip.mp4", "libx264", "yuv444p", {}),
    ("clip.mp4", "libx265", "yuv420p", {}),
]


def opened(path: Path, settings: ReadSettings | None = None) -> Recording:
    return open_recording(parse_source(str(path)), settings or ReadSettings("cam"), START_NS)


def read(path: Path, settings: ReadSettings | None = None) -> tuple[list[Frame], Recording]:
    with opened(path, settings) as recording:
        return list(recording), recording


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    target = path.with_name(f"cut_{path.name}")
    target.write_bytes(data[: int(len(data) * share)])
    return target


@pytest.mark.parametrize(("name", "codec", "pixel_format", "muxer"), CODECS)
def test_every_frame_comes_once_and_in_order(
    make_clip: Callable[..., Path], name: str, codec: str, pixel_format: str, muxer: dict[str, str]
) -> None:
    path = make_clip(name, 50, codec=codec, pixel_format=pixel_format, muxer=muxer)
    frames, recording = read(path)
    assert [frame.stamp.frame_index for frame in frames] == list(range(50))
    assert [frame.stamp.pts_seconds for frame in frames] == pytest.approx([index / 25 for index in range(50)], abs=2e-3)
    brightness = [float(np.median(frame.image.pixels[60:110, :])) for frame in frames]
    assert brightness == pytest.approx([16 + 219 / 255 * (40 + index) for index in range(50)], abs=14)
    report = recording.report
    assert (report.frames_decoded, report.frames_corrupt, report.complete, report.reason) == (50, 0, True, None)
    assert recording.expected_frames in {50, None}
    assert recording.frame_rate == 25


def test_stamps_are_those_of_a_file(make_clip: Callable[..., Path]) -> None:
    frames, _ = read(make_clip(frames=5), ReadSettings("lobby", width=80))
    stamp = frames[2].stamp
    assert (stamp.event_id, stamp.width, stamp.height) == ("lobby/0/2", 160, 120)
    assert stamp.captured_at_ns == START_NS + 80_000_000
    assert stamp.time_source is TimeSource.FILE
    assert (frames[2].image.width, frames[2].image.height) == (80, 60)


def test_without_a_start_time_the_files_own_is_taken(make_clip: Callable[..., Path]) -> None:
    path = make_clip(frames=2)
    with open_recording(parse_source(str(path)), ReadSettings("cam")) as recording:
        assert next(iter(recording)).stamp.captured_at_ns == path.stat().st_mtime_ns


def test_sampling_keeps_the_index_of_the_decoded_frame(make_clip: Callable[..., Path]) -> None:
    frames, recording = read(make_clip(frames=50), ReadSettings("cam", fps=5))
    assert [frame.stamp.frame_index for frame in frames] == list(range(0, 50, 5))
    assert recording.report.frames_decoded == 50


@pytest.mark.parametrize(("codec", "size"), [("ffv1", (161, 121)), ("mjpeg", (33, 17))])
def test_odd_sizes_are_made_even(make_clip: Callable[..., Path], codec: str, size: tuple[int, int]) -> None:
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    frames, _ = read(make_clip("odd.mkv", 3, size, codec, pixel_format))
    assert (frames[0].stamp.width, frames[0].stamp.height) == size
    assert (frames[0].image.width, frames[0].image.height) == (size[0] - 1, size[1] - 1)


@pytest.mark.parametrize(
    ("name", "codec", "muxer"),
    [
        ("clip.mp4", "libx264", {"movflags": "faststart"}),
        ("clip.mkv", "libx264", {}),
        ("clip.avi", "mpeg4", {}),
        ("clip.avi", "mjpeg", {}),
    ],
)
def test_a_truncated_file_gives_its_good_frames_and_says_what_is_lost(
    make_clip: Callable[..., Path], name: str, codec: str, muxer: dict[str, str]
) -> None:
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    frames, recording = read(cut(make_clip(name, 100, codec=codec, pixel_format=pixel_format, muxer=muxer), 0.6))
    report = recording.report
    assert 20 < len(frames) < 90
    assert report.frames_decoded == len(frames)
    assert not report.complete
    assert report.reason == f"the file ends after {len(frames)} of about 100 frames"


def test_a_damaged_file_gives_its_good_frames_and_counts_the_others(make_clip: Callable[..., Path]) -> None:
    path = make_clip(frames=100, muxer={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(byte ^ 0x55 for byte in data[middle : middle + 400])
    path.write_bytes(data)
    frames, recording = read(path)
    report = recording.report
    assert 50 < len(frames) < 100
    assert report.frames_decoded == len(frames)
    assert report.frames_corrupt > 0
    assert not report.complete
    assert "damaged" in (report.reason or "")


def test_an_mp4_without_its_index_cannot_be_read(make_clip: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="not a video or picture that can be read"):
        opened(cut(make_clip(frames=50), 0.5))


def test_a_file_whose_frames_are_all_broken_is_an_input_error(make_clip: Callable[..., Path]) -> None:
    path = make_clip(frames=30, muxer={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    path.write_bytes(data)
    with opened(path) as recording, pytest.raises(InputError, match="no frame could be decoded"):
        list(recording)


def test_a_reading_that_was_broken_off_says_so(make_clip: Callable[..., Path]) -> None:
    with opened(make_clip()) as recording:
        next(iter(recording))
        assert (recording.report.complete, recording.report.frames_decoded) == (False, 1)


def test_privacy_areas_are_black_in_every_frame(make_clip: Callable[..., Path]) -> None:
    areas = (((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)),)
    frames, _ = read(make_clip(frames=5), ReadSettings("cam", width=80, privacy=areas))
    assert all((frame.image.pixels[:30] == 16).all() for frame in frames)
    assert all(frame.image.pixels[35:60].mean() > 30 for frame in frames)


def test_the_frame_s_size_is_that_of_the_corrected_picture(make_clip: Callable[..., Path]) -> None:
    frames, _ = read(make_clip(frames=2), ReadSettings("cam", width=60, rotate=90, crop=(0.0, 0.25, 1.0, 1.0)))
    assert {(frame.stamp.width, frame.stamp.height) for frame in frames} == {(120, 120)}
    assert {(frame.image.width, frame.image.height) for frame in frames} == {(60, 60)}


def test_a_camera_is_no_recording() -> None:
    with pytest.raises(UsageError):
        open_recording(parse_source("rtsp://cam/x"), ReadSettings("cam"))


@pytest.mark.testdata
@pytest.mark.parametrize(
    ("name", "count"), [("vtest.avi", 795), ("intel_one_by_one.mp4", 1394), ("sports2d_demo.mp4", 230)]
)
def test_real_clips_lose_no_frame(testdata: Path, name: str, count: int) -> None:
    with opened(testdata / "videos" / name, ReadSettings("cam", width=320)) as recording:
        assert sum(1 for _ in recording) == count
    assert recording.report.complete
    assert recording.expected_frames == count


def test_closing_ends_the_iteration_and_the_report_can_still_be_read(make_clip: Callable[..., Path]) -> None:
    recording = opened(make_clip(frames=50))
    frames = iter(recording)
    next(frames)
    recording.close()
    recording.close()
    assert len(list(frames)) < 49
    assert not recording.report.complete
