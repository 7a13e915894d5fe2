from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posestream.errors import InputError
from posestream.messaging.events import write_tracks
from posestream.schemas import Tracks
from sinks.parquet_files import add_rows
from sinks.parquet_reader import ArchiveFile, events_of, look_into
from sinks.parquet_schema import POSES, SCHEMAS, TRACKS
from sinks.parquet_tables import to_table

MakeTracks = Callable[..., Tracks]


def archived(folder: Path, events: list[Tracks]) -> Path:
    add_rows(folder, 0, to_table(TRACKS, list(enumerate(events))))
    (path,) = folder.glob("*.parquet")
    return path


def test_what_lies_in_a_file(tmp_path: Path, make_tracks: MakeTracks) -> None:
    events = [make_tracks([(100, 40)] * (index % 3), frame_index=index) for index in range(600)]
    path = archived(tmp_path, events)
    begins = (0, events[0].poses.stamp.captured_at_ns)
    file = look_into(path)
    assert file == ArchiveFile(path, TRACKS, "lobby", 600, begins)
    assert [write_tracks(event) for event in events_of(file) if isinstance(event, Tracks)] == [
        write_tracks(event) for event in events
    ]


def test_a_file_without_rows_is_none(tmp_path: Path) -> None:
    pq.write_table(to_table(POSES, []), tmp_path / "empty.parquet")
    assert look_into(tmp_path / "empty.parquet") is None


@pytest.mark.parametrize("content", [b"", b"text", b"PAR1" * 10])
def test_files_that_are_no_parquet(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.parquet: cannot be read"):
        look_into(tmp_path / "x.parquet")


def test_files_of_others(tmp_path: Path) -> None:
    pq.write_table(pa.table({"camera_id": ["lobby"]}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match="not a file of posestream's archive"):
        look_into(tmp_path / "x.parquet")


def test_a_file_that_is_damaged_further_on(tmp_path: Path, make_tracks: MakeTracks) -> None:
    path = archived(tmp_path, [make_tracks([(100, 40)] * 3, frame_index=index) for index in range(50)])
    content = bytearray(path.read_bytes())
    content[200:-4000] = b"\0" * len(content[200:-4000])
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        list(events_of(ArchiveFile(path, TRACKS, "lobby", 50, (0, 0))))


def test_a_row_that_is_no_event(tmp_path: Path, make_tracks: MakeTracks) -> None:
    table = to_table(TRACKS, [(0, make_tracks([(100, 40)]))])
    unknown = table.set_column(table.schema.get_field_index("skeleton"), "skeleton", pa.array(["fish"]))
    pq.write_table(unknown.cast(SCHEMAS[TRACKS]), tmp_path / "x.parquet")
    with pytest.raises(InputError, match="unknown skeleton 'fish'"):
        list(events_of(ArchiveFile(tmp_path / "x.parquet", TRACKS, "lobby", 1, (0, 0))))
