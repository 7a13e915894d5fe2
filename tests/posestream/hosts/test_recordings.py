import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from posestream.errors import InputError, UsageError
from posestream.hosts.recordings import captured_at_ns, find_recordings, in_order, poses_of
from posestream.json_form import tracks_to_json
from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17
from sinks.parquet_files import add_rows, folder_of
from sinks.parquet_tables import to_table

SECOND_NS = 1_000_000_000


def poses_at(camera_id: str, second: int, epoch: int = 0) -> Poses:
    stamp = FrameStamp(camera_id, epoch, second, float(second), second * SECOND_NS, TimeSource.FILE, 320, 240)
    return Poses.empty(stamp, COCO17, "test")


def archived(archive: Path, camera_id: str, seconds: Sequence[int], offset: int = 0, epoch: int = 0) -> None:
    """Two files, as archive makes them: the poses and their tracks."""
    events = [poses_at(camera_id, second, epoch) for second in seconds]
    for stream, made in (("poses", events), ("tracks", [Tracks.empty(event) for event in events])):
        folder = archive / folder_of(stream, camera_id, events[0].stamp.captured_at_ns)
        add_rows(folder, 0, to_table(stream, list(enumerate(made, offset))))


def lines(path: Path, events: Sequence[Poses]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(tracks_to_json(Tracks.empty(event))) + "\n" for event in events))
    return path


def found(places: Sequence[Path], stream: str = "poses") -> list[tuple[str, int]]:
    events = in_order(find_recordings(places, stream))
    return [(poses_of(event).stamp.camera_id, captured_at_ns(event) // SECOND_NS) for event in events]


def test_an_empty_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no recorded poses in there"):
        find_recordings([tmp_path], "poses")
    with pytest.raises(InputError, match="there is no such file or folder"):
        find_recordings([tmp_path / "x"], "poses")


@pytest.mark.parametrize("stream", ["poses", "tracks"])
def test_events_come_in_the_order_of_capture_across_cameras_and_files(tmp_path: Path, stream: str) -> None:
    archived(tmp_path, "a", [1, 4, 5])
    archived(tmp_path, "a", [8, 9], offset=10)
    archived(tmp_path, "b", [2, 3, 6, 7])
    wanted = [("a", 1), ("b", 2), ("b", 3), ("a", 4), ("a", 5), ("b", 6), ("b", 7), ("a", 8), ("a", 9)]
    assert found([tmp_path], stream) == wanted
    assert found([tmp_path, tmp_path / stream], stream) == wanted  # what is named twice counts once


def test_a_camera_keeps_its_own_order_when_its_clock_was_set_back(tmp_path: Path) -> None:
    archived(tmp_path, "a", [5, 6], epoch=1)
    archived(tmp_path, "a", [3, 7], offset=10, epoch=2)
    assert found([tmp_path]) == [("a", 5), ("a", 6), ("a", 3), ("a", 7)]


def test_poses_jsonl_of_analyze_is_a_recording_too(tmp_path: Path) -> None:
    archived(tmp_path, "a", [1, 3])
    lines(tmp_path / "clip" / "poses.jsonl", [poses_at("clip", 2), poses_at("clip", 4)])
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "poses.jsonl").touch()
    assert found([tmp_path]) == [("a", 1), ("clip", 2), ("a", 3), ("clip", 4)]


def test_a_file_of_the_other_stream_is_a_mistake_if_it_was_named(tmp_path: Path) -> None:
    archived(tmp_path, "a", [1])
    (poses,) = (tmp_path / "poses").rglob("*.parquet")
    with pytest.raises(UsageError, match=r"holds poses: use --stream poses"):
        find_recordings([poses], "tracks")
    with pytest.raises(UsageError, match=r"holds poses: use --stream poses"):
        find_recordings([lines(tmp_path / "poses.jsonl", [poses_at("a", 1)])], "tracks")
    assert found([tmp_path], "tracks") == [("a", 1)]


def test_a_file_that_cannot_be_read_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    archived(tmp_path, "a", [1])
    (tmp_path / "z.parquet").write_bytes(b"no")
    with pytest.raises(InputError, match=r"z\.parquet: cannot be read"):
        find_recordings([tmp_path], "poses")
