from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from posestream.errors import UsageError
from sinks.results import AnnotatedVideo


def bar(position: int, height: int, width: int) -> np.ndarray:
    picture = np.full((height, width, 3), 30, np.uint8)
    picture[:, position : position + 8] = (240, 60, 60)
    return picture


def test_no_frame_makes_no_file(tmp_path: Path) -> None:
    with AnnotatedVideo(tmp_path / "annotated.mp4", 5):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("height", "width"), [(48, 64), (49, 64), (47, 63)])
def test_frames_come_back_in_order(tmp_path: Path, height: int, width: int) -> None:
    path = tmp_path / "annotated.mp4"
    with AnnotatedVideo(path, 29.97) as video:
        for number in range(6):
            video.write(bar(number * 8, height, width))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate is not None
        assert abs(stream.average_rate - Fraction(2997, 100)) < Fraction(1, 100)
    assert len(frames) == 6
    assert frames[0].shape == (height + height % 2, width + width % 2, 3)
    reds = [int(frame[:, :, 0].mean(axis=0)[:48].argmax()) // 8 for frame in frames]
    assert reds == [0, 1, 2, 3, 4, 5]
    assert [entry.name for entry in tmp_path.iterdir()] == ["annotated.mp4"]


def test_another_size_is_refused(tmp_path: Path) -> None:
    with AnnotatedVideo(tmp_path / "annotated.mp4", 5) as video:
        video.write(bar(0, 48, 64))
        with pytest.raises(ValueError, match=r"wanted pictures of \(H, W\) \(48, 64\), got \(64, 48\)"):
            video.write(bar(0, 64, 48))


def test_an_exception_leaves_an_older_video(tmp_path: Path) -> None:
    path = tmp_path / "annotated.mp4"
    path.write_bytes(b"older")

    def fail() -> None:
        with AnnotatedVideo(path, 5) as video:
            video.write(bar(0, 48, 64))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert path.read_bytes() == b"older"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write here"), AnnotatedVideo(tmp_path / "none" / "a.mp4", 5) as video:
        video.write(bar(0, 48, 64))


def test_a_rate_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frame_rate > 0"):
        AnnotatedVideo(tmp_path / "annotated.mp4", 0)
