import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.folder import FolderRecording
from ingest.recording import open_recording
from ingest.settings import ReadSettings
from ingest.source import parse_source
from posestream.config import CameraConfig, ZoneRuleConfig
from posestream.errors import UsageError
from posestream.hosts.outputs import ResultFiles, fitted
from posestream.hosts.stages import CameraStages
from posestream.schemas import Frame, Image, Poses

SETTINGS = ReadSettings("cam")


def test_a_recording_without_frames_gives_empty_files(make_clip: Callable[..., Path], tmp_path: Path) -> None:
    recording = open_recording(parse_source(str(make_clip([[]]))), SETTINGS, 0)
    with recording, ResultFiles(tmp_path, recording, (), draw=True):
        pass
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir() if path.suffix != ".mp4"} == {
        "poses.jsonl": 0,
        "tracks.txt": 0,
        "alerts.jsonl": 0,
    }
    assert not (tmp_path / "annotated.mp4").exists()


def test_every_frame_is_a_line_and_a_drawn_picture(
    make_clip: Callable[..., Path],
    make_poses: Callable[..., Poses],
    picture_of: Callable[..., NDArray[np.uint8]],
    camera: CameraConfig,
    rule: ZoneRuleConfig,
    tmp_path: Path,
) -> None:
    stages = CameraStages(camera, (rule,))
    recording = open_recording(parse_source(str(make_clip([[]]))), SETTINGS, 0)
    out = tmp_path / "out"
    out.mkdir()
    with recording, ResultFiles(out, recording, camera.zones, draw=True) as files:
        for index in range(8):
            poses = make_poses(index, [(200, 60)])
            tracks = stages.follow(poses)
            frame = Frame(poses.stamp, Image(picture_of([]), "rgb24"))
            files.write(frame, tracks, stages.judge(tracks))
            files.draw(frame, tracks)
        files.write_alerts(stages.finish())
    lines = [json.loads(line) for line in (out / "poses.jsonl").read_text().splitlines()]
    assert [line["frame_index"] for line in lines] == list(range(8))
    assert {person["track_id"] for person in lines[-1]["persons"]} == {1}
    mot = (out / "tracks.txt").read_text().splitlines()
    assert mot[-1].startswith("8,1,")
    alerts = [json.loads(line) for line in (out / "alerts.jsonl").read_text().splitlines()]
    assert [alert["state"] for alert in alerts] == ["firing", "resolved"]
    with av.open(str(out / "annotated.mp4")) as video:
        pictures = [picture.to_ndarray(format="rgb24").astype(int) for picture in video.decode(video=0)]
    assert len(pictures) == 8
    # The zone turns red when its alert fires.
    redness = [float((one[200:, 170:310, 0] - one[200:, 170:310, 2]).mean()) for one in pictures]
    assert redness[-1] > redness[0] + 10


def test_pictures_are_written_for_coco_by_their_names(
    make_poses: Callable[..., Poses], picture_of: Callable[..., NDArray[np.uint8]], camera: CameraConfig, tmp_path: Path
) -> None:
    recording = FolderRecording([Path("000139.jpg"), Path("shop.jpg")], "pictures", SETTINGS, 0)
    stages = CameraStages(camera, ())
    with ResultFiles(tmp_path, recording, (), draw=False) as files:
        for index in range(2):
            poses = make_poses(index, [(200, 60)])
            files.write(Frame(poses.stamp, Image(picture_of([]), "rgb24")), stages.follow(poses), ())
    results = json.loads((tmp_path / "coco_results.json").read_text())
    assert [result["image_id"] for result in results] == [139, "shop"]


def test_what_was_written_before_an_exception_stays(
    make_clip: Callable[..., Path],
    make_poses: Callable[..., Poses],
    picture_of: Callable[..., NDArray[np.uint8]],
    camera: CameraConfig,
    tmp_path: Path,
) -> None:
    recording = open_recording(parse_source(str(make_clip([[]]))), SETTINGS, 0)
    stages, poses = CameraStages(camera, ()), make_poses(0, [(200, 60)])
    files = ResultFiles(tmp_path, recording, (), draw=False)
    files.write(Frame(poses.stamp, Image(picture_of([]), "rgb24")), stages.follow(poses), ())
    with recording, pytest.raises(KeyError), files:
        raise KeyError
    assert len((tmp_path / "poses.jsonl.part").read_text().splitlines()) == 1
    assert not (tmp_path / "poses.jsonl").exists()


def test_a_folder_that_cannot_be_written_is_refused_and_nothing_stays_open(
    make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    recording = open_recording(parse_source(str(make_clip([[]]))), SETTINGS, 0)
    (tmp_path / "tracks.txt.part").mkdir()
    with recording, pytest.raises(UsageError, match=r"tracks\.txt: cannot write here"):
        ResultFiles(tmp_path, recording, (), draw=False)


@pytest.mark.parametrize(
    ("size", "place"),
    [
        ((4, 6), (slice(0, 4), slice(0, 6))),
        ((8, 12), (slice(0, 8), slice(0, 12))),
        ((4, 12), (slice(0, 4), slice(3, 9))),
        ((8, 6), (slice(2, 6), slice(0, 6))),
        ((2, 2), (slice(0, 1), slice(0, 2))),
        ((1, 1), (slice(0, 1), slice(0, 1))),
    ],
)
def test_a_picture_of_another_size_is_fitted_with_its_shape_kept(
    size: tuple[int, int], place: tuple[slice, slice]
) -> None:
    canvas = fitted(np.full((4, 6, 3), 200, np.uint8), size)
    wanted = np.zeros((*size, 3), np.uint8)
    wanted[place] = 200
    assert canvas.tolist() == wanted.tolist()
