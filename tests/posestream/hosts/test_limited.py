from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.recording import open_recording
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.hosts.limited import FirstFrames


@pytest.mark.parametrize(("count", "frames"), [(1, 1), (3, 3), (5, 5), (9, 5)])
def test_it_ends_after_so_many_frames(make_clip: Callable[..., Path], count: int, frames: int) -> None:
    recording = FirstFrames(open_recording(parse_source(str(make_clip([[]] * 5))), ReadSettings("cam"), 0), count)
    assert (recording.expected_frames, recording.frame_rate) == (frames, 10)
    with recording:
        assert [frame.stamp.frame_index for frame in recording] == list(range(frames))
    recording.close()
    assert recording.report.complete is (count > 5)


def test_a_length_that_nobody_knows(make_clip: Callable[..., Path]) -> None:
    whole = open_recording(parse_source(str(make_clip([[]]))), ReadSettings("cam"), 0)
    whole.expected_frames = None
    with FirstFrames(whole, 7) as recording:
        assert recording.expected_frames == 7
        assert len(list(recording)) == 1
