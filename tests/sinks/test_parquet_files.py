from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17
from sinks.parquet_files import add_rows, file_name, folder_of, partition_lock
from sinks.parquet_schema import POSES
from sinks.parquet_tables import Table, to_table

DAY_NS = 86_400_000_000_000


def message(offset: int, epoch: int = 0) -> Poses:
    stamp = FrameStamp("lobby", epoch, offset, offset / 5, offset * 200_000_000, TimeSource.FILE, 320, 240)
    return Poses.empty(stamp, COCO17, "test")


def rows(offsets: Iterable[int], epoch: int = 0) -> Table:
    return to_table(POSES, [(offset, message(offset, epoch)) for offset in offsets])


def offsets_in(folder: Path) -> dict[str, list[int]]:
    files = sorted(folder.glob("*.parquet"))
    return {path.name: pq.ParquetFile(path).read().column("kafka_offset").to_pylist() for path in files}


@pytest.mark.parametrize(
    ("captured_at_ns", "day"),
    [
        (0, "1970-01-01"),
        (DAY_NS - 1, "1970-01-01"),
        (DAY_NS, "1970-01-02"),
        (-1, "1969-12-31"),
        (2**63 - 1, "2262-04-11"),
    ],
)
def test_folders_are_by_day_of_capture_and_camera(captured_at_ns: int, day: str) -> None:
    assert folder_of("poses", "lobby", captured_at_ns) == Path("poses", f"date={day}", "camera=lobby")


def test_names_sort_as_offsets_do() -> None:
    names = [file_name(partition, offset) for partition in (0, 11) for offset in (0, 9, 10, 2**63 - 1)]
    assert names == sorted(names)
    assert names[1] == "0000-00000000000000000009.parquet"


def test_rows_that_come_again_are_written_once(tmp_path: Path) -> None:
    assert add_rows(tmp_path, 3, rows(range(5)))
    assert not add_rows(tmp_path, 3, rows(range(5)))
    assert not add_rows(tmp_path, 3, rows(range(1, 3)))  # another cut of the same
    assert add_rows(tmp_path, 3, rows(range(2, 9)))  # a longer one
    assert offsets_in(tmp_path) == {file_name(3, 0): [0, 1, 2, 3, 4], file_name(3, 5): [5, 6, 7, 8]}


def test_partitions_do_not_meet(tmp_path: Path) -> None:
    assert add_rows(tmp_path, 0, rows([0, 1]))
    assert add_rows(tmp_path, 1, rows([0, 1]))
    assert len(offsets_in(tmp_path)) == 2


def test_a_topic_that_was_made_anew_takes_nothing_from_the_old_one(tmp_path: Path) -> None:
    add_rows(tmp_path, 0, rows(range(4)))
    assert add_rows(tmp_path, 0, rows(range(2), epoch=7))
    assert not add_rows(tmp_path, 0, rows(range(2), epoch=7))
    assert add_rows(tmp_path, 0, rows(range(2, 4), epoch=7))
    assert sorted(offset for offsets in offsets_in(tmp_path).values() for offset in offsets) == [0, 0, 1, 1, 2, 2, 3, 3]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=12))
def test_however_batches_come_again_each_row_stands_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("camera")
    reached = 0
    for back, count in steps:
        start = max(0, reached - back)  # what was not committed comes again, cut otherwise
        add_rows(folder, 0, rows(range(start, start + count)))
        reached = max(reached, start + count)
    found = [offset for offsets in offsets_in(folder).values() for offset in offsets]
    assert found == list(range(reached))


def test_a_part_left_by_a_crash_is_no_file(tmp_path: Path) -> None:
    (tmp_path / f"{file_name(0, 0)}.part").write_bytes(b"half")
    assert add_rows(tmp_path, 0, rows([0, 1]))
    assert [path.name for path in tmp_path.iterdir()] == [file_name(0, 0)]


def test_a_damaged_file_is_moved_aside_and_its_rows_are_written_again(tmp_path: Path) -> None:
    (tmp_path / file_name(0, 0)).write_bytes(b"PAR1 nothing more")
    assert add_rows(tmp_path, 0, rows([0, 1]))
    assert offsets_in(tmp_path) == {file_name(0, 0): [0, 1]}
    assert (tmp_path / f"{file_name(0, 0)}.damaged").read_bytes() == b"PAR1 nothing more"


def cut_in_its_pages(path: Path) -> None:
    """Its end, which says what stands where, is whole."""
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xa5" * (len(content) // 2) + content[4 + len(content) // 2 :])


def of_somebody_else(path: Path) -> None:
    pq.write_table(pa.table({"kafka_offset": ["a"], "word": ["b"]}), path)


def with_other_columns(path: Path) -> None:
    pq.write_table(pq.ParquetFile(path).read().drop_columns(["model"]), path)


def without_values(path: Path) -> None:
    table = pq.ParquetFile(path).read()
    place = table.schema.get_field_index("epoch")
    empty = pa.nulls(len(table), table.schema.field("epoch").type)
    pq.write_table(table.set_column(place, "epoch", empty), path)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [emptied, cut_in_its_pages, of_somebody_else, with_other_columns, without_values])
def test_no_file_stops_the_archive(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / file_name(0, 0)
    add_rows(tmp_path, 0, rows(range(50)))
    spoil(path)
    spoilt = path.read_bytes()
    # The same offsets as in a topic that was made anew: all of the old file is to be carried over.
    assert add_rows(tmp_path, 0, rows(range(50), epoch=1))
    assert offsets_in(tmp_path) == {path.name: list(range(50))}
    assert (tmp_path / f"{path.name}.damaged").read_bytes() == spoilt
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, f"{path.name}.damaged"]


def test_a_file_whose_other_columns_cannot_be_read_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / file_name(0, 0)
    add_rows(tmp_path, 0, rows(range(50)))
    column = next(
        column
        for number in range(pq.ParquetFile(path).metadata.num_columns)
        if (column := pq.ParquetFile(path).metadata.row_group(0).column(number)).path_in_schema == "model"
    )
    content = bytearray(path.read_bytes())
    start = column.dictionary_page_offset
    content[start : start + column.total_compressed_size] = b"\xa5" * column.total_compressed_size
    path.write_bytes(content)
    assert add_rows(tmp_path, 0, rows(range(50), epoch=1))
    assert offsets_in(tmp_path) == {path.name: list(range(50))}
    assert (tmp_path / f"{path.name}.damaged").read_bytes() == bytes(content)


def test_a_place_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "camera=lobby").touch()
    with pytest.raises(OSError, match="camera=lobby"):
        add_rows(tmp_path / "camera=lobby", 0, rows([0]))
    assert list(tmp_path.iterdir()) == [tmp_path / "camera=lobby"]


def test_one_worker_at_a_time_writes_a_partition(tmp_path: Path) -> None:
    with partition_lock(tmp_path, "poses", 0):
        with pytest.raises(BlockingIOError), partition_lock(tmp_path, "poses", 0):
            pass
        with partition_lock(tmp_path, "poses", 1), partition_lock(tmp_path, "tracks", 0):
            pass
    with partition_lock(tmp_path, "poses", 0):
        pass


def test_numbers_pack_well(tmp_path: Path, make_tracks: Callable[..., Tracks]) -> None:
    events: list[tuple[int, Any]] = []
    for index in range(200):
        tracks = make_tracks([(100 + index / 7, 40)] * 3, frame_index=index)
        events.append((index, replace(tracks.poses)))
    add_rows(tmp_path, 0, to_table(POSES, events))
    assert (tmp_path / file_name(0, 0)).stat().st_size < 200 * 3 * 17 * 3 * 4 / 2
