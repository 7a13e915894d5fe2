import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ingest.deadlines import LiveDeadlines
from ingest.live import LiveCamera
from ingest.settings import ReadSettings
from ingest.source import Source, SourceKind, parse_source
from ingest.status import CameraState
from posestream.clock import SystemClock
from posestream.schemas import Frame, FrameStamp, TimeSource

SHORT = LiveDeadlines(
    open_s=5.0,
    first_frame_s=5.0,
    next_frame_s=2.0,
    backoff_first_s=0.02,
    backoff_cap_s=0.1,
    healthy_s=1.0,
    refused_retry_s=0.05,
)
HASTY = LiveDeadlines(open_s=0.3, first_frame_s=0.3, backoff_first_s=0.02, backoff_cap_s=0.1)
NASTY = "p@s:s/#?%w"

Wait = Callable[[Callable[[], object]], None]


@pytest.fixture(params=["process", "thread"])
def camera(request: pytest.FixtureRequest) -> Iterator[Callable[..., LiveCamera]]:
    """Factory of started cameras, each with a reader of this kind; stopped after the test."""
    with ExitStack() as stack:

        def start(source: Source, fps: float | None = None, deadlines: LiveDeadlines = SHORT) -> LiveCamera:
            rng = random.Random(1)  # noqa: S311  # jitter, no secret
            settings = ReadSettings("cam", width=80, fps=fps, isolation=request.param)
            live = LiveCamera(source, settings, SystemClock(), rng, lambda: None, deadlines)
            stack.callback(live.stop, 10.0)
            live.start()
            return live

        yield start


def gather(live: LiveCamera, wait_for: Wait, enough: Callable[[list[Frame]], bool]) -> list[Frame]:
    """Take frames as they come until there are enough."""
    frames: list[Frame] = []

    def look() -> bool:
        frame = live.take()
        if frame is not None:
            frames.append(frame)
        return enough(frames)

    wait_for(look)
    return frames


def test_a_clip_loops_in_real_time_and_each_round_is_an_epoch(
    make_clip: Callable[..., Path], camera: Callable[..., LiveCamera], wait_for: Wait
) -> None:
    live = camera(parse_source(str(make_clip(frames=12))))
    frames = gather(live, wait_for, lambda got: len({frame.stamp.epoch for frame in got}) == 3)
    epochs = [frame.stamp.epoch for frame in frames]
    assert epochs == sorted(epochs)
    stamps = [(frame.stamp.epoch, frame.stamp.frame_index) for frame in frames]
    assert stamps == sorted(set(stamps))
    times = [frame.stamp.captured_at_ns for frame in frames]
    assert times == sorted(set(times))
    assert times[-1] - times[0] > 0.7e9
    assert {frame.stamp.time_source for frame in frames} == {TimeSource.ARRIVAL}
    assert (frames[0].image.width, frames[0].stamp.width) == (80, 160)
    status = live.status()
    assert (status.state, status.reason, status.source_fps) == (CameraState.LIVE, None, 25.0)


def test_every_frame_is_counted(
    make_clip: Callable[..., Path], camera: Callable[..., LiveCamera], wait_for: Wait
) -> None:
    live = camera(parse_source(str(make_clip(frames=25))))
    wait_for(lambda: live.status().frames_dropped > 3)
    assert live.take() is not None
    assert live.stop(10.0)
    left = live.take()
    status = live.status()
    assert status.frames_decoded == status.frames_sampled
    assert status.frames_sampled == status.frames_delivered + status.frames_dropped
    assert status.frames_delivered == 1 + (left is not None)


def test_sampling_takes_fewer_frames_than_are_decoded(
    make_clip: Callable[..., Path], camera: Callable[..., LiveCamera], wait_for: Wait
) -> None:
    live = camera(parse_source(str(make_clip(frames=25))), fps=5)
    frames = gather(live, wait_for, lambda got: len(got) == 4)
    assert [frame.stamp.frame_index for frame in frames] == [0, 5, 10, 15]
    assert live.status().frames_sampled < live.status().frames_decoded


def test_a_folder_is_shown_at_its_rate_as_full_colour(
    tmp_path: Path, make_clip: Callable[..., Path], camera: Callable[..., LiveCamera], wait_for: Wait
) -> None:
    for name in ("a", "b", "c"):
        make_clip(f"pictures/{name}.png", frames=1, codec="png", pixel_format="rgb24", muxer={"update": "1"})
    (tmp_path / "pictures" / "broken.jpg").write_bytes(b"")
    live = camera(parse_source(str(tmp_path / "pictures")), fps=20)
    frames = gather(live, wait_for, lambda got: len({frame.stamp.epoch for frame in got}) == 2)
    assert {frame.image.layout for frame in frames} == {"rgb24"}
    assert {frame.stamp.frame_index for frame in frames} == {0, 1, 2}


def test_a_file_that_is_no_video_is_down_and_tried_again(
    tmp_path: Path, camera: Callable[..., LiveCamera], wait_for: Wait
) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("hello")
    live = camera(parse_source(str(path)))
    wait_for(lambda: live.status().reconnects >= 2)
    assert live.status().state is CameraState.DOWN
    assert live.status().reason == f"{path}: not a video or picture that can be read"


@pytest.mark.parametrize(
    ("mode", "state"),
    [
        ("401", CameraState.REFUSED),
        ("403", CameraState.REFUSED),
        ("404", CameraState.DOWN),
        ("close", CameraState.DOWN),
    ],
)
def test_a_camera_that_fails_is_told_without_its_password_and_tried_for_ever(
    fake_camera: Callable[[str], int],
    camera: Callable[..., LiveCamera],
    wait_for: Wait,
    mode: str,
    state: CameraState,
) -> None:
    with capture_logs() as logs:
        live = camera(parse_source(f"rtsp://admin:{NASTY}@127.0.0.1:{fake_camera(mode)}/live"))
        wait_for(lambda: live.status().reconnects >= 2)
        shown = repr((live.status(), logs))
    assert live.status().state is state
    assert logs
    for secret in (NASTY, "p%40s", "admin"):
        assert secret not in shown


def test_a_camera_that_hangs_is_given_up_and_stopping_does_not_wait_for_it(
    fake_camera: Callable[[str], int], camera: Callable[..., LiveCamera], wait_for: Wait
) -> None:
    live = camera(parse_source(f"rtsp://127.0.0.1:{fake_camera('hole')}/live"), deadlines=HASTY)
    wait_for(lambda: live.status().reconnects >= 2)
    assert live.status().state is CameraState.DOWN
    assert "no answer in time" in (live.status().reason or "")


def test_a_camera_is_started_once(make_clip: Callable[..., Path], camera: Callable[..., LiveCamera]) -> None:
    live = camera(parse_source(str(make_clip(frames=2))))
    with pytest.raises(RuntimeError):
        live.start()


def test_stopping_what_was_never_started_is_no_mistake() -> None:
    source = Source(SourceKind.FILE, "x.mp4", "x.mp4")
    rng = random.Random(1)  # noqa: S311  # jitter, no secret
    live = LiveCamera(source, ReadSettings("cam"), SystemClock(), rng, lambda: None)
    assert live.stop()
    assert live.take() is None


def test_moments_between_frames_are_in_order_with_them(
    make_clip: Callable[..., Path], camera: Callable[..., LiveCamera], wait_for: Wait
) -> None:
    live = camera(parse_source(str(make_clip(frames=12, rate=200))))
    wait_for(lambda: live.status().state is CameraState.LIVE)
    stamps: list[FrameStamp] = []
    frames = 0

    def look() -> bool:
        nonlocal frames
        frame, moment = live.take(), None
        if frame is None:
            moment = live.moment()
        stamp = moment if frame is None else frame.stamp
        if stamp is not None:
            stamps.append(stamp)
        frames += frame is not None
        return frames >= 100

    ends_at = time.monotonic() + 30
    while not look():
        assert time.monotonic() < ends_at
    order = [(stamp.epoch, stamp.captured_at_ns) for stamp in stamps]
    assert all(earlier < later for earlier, later in pairwise(order))
    assert len(stamps) > 2 * frames  # many moments between two frames


@pytest.mark.rtsp
def test_a_real_camera_goes_and_comes_back_with_a_higher_epoch(
    rtsp_server: Callable[..., Any],
    make_clip: Callable[..., Path],
    camera: Callable[..., LiveCamera],
    wait_for: Wait,
) -> None:
    server = rtsp_server(make_clip(frames=50))
    live = camera(parse_source(server.url()))
    frames = gather(live, wait_for, lambda got: len(got) >= 20)
    first = frames[-1].stamp
    assert [frame.stamp.epoch for frame in frames] == [first.epoch] * len(frames)
    assert frames[0].image.layout == "i420"
    assert live.status().frames_corrupt == 0
    server.stop()
    wait_for(lambda: live.status().state is CameraState.DOWN)
    assert live.status().reason
    server.start()
    wait_for(lambda: live.status().state is CameraState.LIVE)
    again = gather(live, wait_for, lambda got: bool(got) and got[-1].stamp.epoch > first.epoch)[-1].stamp
    assert again.captured_at_ns > first.captured_at_ns
    assert live.stop(10.0)
    live.take()
    status = live.status()
    assert status.frames_sampled == status.frames_delivered + status.frames_dropped


@pytest.mark.rtsp
def test_a_password_of_odd_characters_opens_a_real_camera_and_a_wrong_one_is_refused(
    rtsp_server: Callable[..., Any],
    make_clip: Callable[..., Path],
    camera: Callable[..., LiveCamera],
    wait_for: Wait,
) -> None:
    server = rtsp_server(make_clip(frames=50), login=("admin", NASTY))
    live = camera(parse_source(f"rtsp://admin:{NASTY}@127.0.0.1:{server.port}/cam"))
    wait_for(lambda: live.status().frames_sampled > 3)
    refused = camera(parse_source(f"rtsp://admin:wrong@127.0.0.1:{server.port}/cam"))
    wait_for(lambda: refused.status().state is CameraState.REFUSED)
    assert "wrong" not in repr(refused.status())
