from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from quixstreams.sinks import SinkBackpressureError

from posestream.messaging.events import event_headers, read_tracks, write_tracks
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import Tracks
from posestream.service import Service
from sinks.parquet_files import partition_lock
from sinks.parquet_schema import TRACKS
from sinks.parquet_sink import FOLDER, MOST_BYTES, ParquetSink, Recorded, keeping

MakeTracks = Callable[..., Tracks]


@pytest.fixture
def service(lone_service: Callable[..., Service]) -> Service:
    return lone_service("archive", FOLDER)


@pytest.fixture
def sink(service: Service, tmp_path: Path) -> ParquetSink:
    return ParquetSink(service, tmp_path / "kept", TRACKS, read_tracks, lambda most: most)


def recorded(tracks: Tracks) -> Recorded:
    key = tracks.poses.stamp.camera_id.encode()
    return keeping(read_tracks)(key, write_tracks(tracks), event_headers())


def add(sink: ParquetSink, tracks: Tracks, offset: int) -> None:
    sink.add(recorded(tracks), b"lobby", 0, [], "t", 0, offset)


def offsets_in(folder: Path) -> list[int]:
    files = sorted(folder.rglob("*.parquet"))
    return [offset for path in files for offset in pq.ParquetFile(path).read().column("kafka_offset").to_pylist()]


def test_nothing_is_no_file(sink: ParquetSink, service: Service, tmp_path: Path) -> None:
    sink.flush()
    assert not (tmp_path / "kept").exists()
    assert service.readiness.waiting == {}


def test_a_reader_that_keeps_refuses_what_the_reader_refuses(make_tracks: MakeTracks) -> None:
    with pytest.raises(Unreadable):
        keeping(read_tracks)(b"lobby", b"\xff", event_headers())
    kept = recorded(make_tracks([(100, 40)]))
    assert (kept.camera_id, kept.value) == ("lobby", write_tracks(make_tracks([(100, 40)])))


def test_a_commit_writes_one_file_a_camera_and_day(sink: ParquetSink, make_tracks: MakeTracks, tmp_path: Path) -> None:
    for offset in range(150):
        camera = ("lobby", "yard")[offset % 2]
        add(sink, make_tracks([(100, 40)], camera_id=camera, frame_index=offset), offset)
    assert not (tmp_path / "kept").exists()
    sink.flush()
    assert len(list((tmp_path / "kept").rglob("*.parquet"))) == 2
    assert sorted(offsets_in(tmp_path / "kept")) == list(range(150))


def test_many_bytes_are_written_before_the_commit(sink: ParquetSink, make_tracks: MakeTracks, tmp_path: Path) -> None:
    size = len(recorded(make_tracks([(100, 40)] * 50)).value)
    count = MOST_BYTES // size + 2
    for offset in range(count):
        add(sink, make_tracks([(100, 40)] * 50, frame_index=offset), offset)
    assert 0 < len(offsets_in(tmp_path / "kept")) < count
    sink.flush()
    assert offsets_in(tmp_path / "kept") == list(range(count))


def test_a_disk_that_takes_nothing_makes_all_come_again(
    sink: ParquetSink, service: Service, make_tracks: MakeTracks, tmp_path: Path
) -> None:
    (tmp_path / "kept").touch()
    for seconds in (0.5, 1.0):
        add(sink, make_tracks([(100, 40)]), 0)
        with pytest.raises(SinkBackpressureError) as caught:
            sink.flush()
        assert caught.value.retry_after == seconds
    assert "kept" in service.readiness.waiting[FOLDER]
    assert b'posestream_sink_errors_total{code="disk"} 2.0' in service.metrics.text()
    (tmp_path / "kept").unlink()
    add(sink, make_tracks([(100, 40)]), 0)
    sink.flush()
    assert offsets_in(tmp_path / "kept") == [0]
    assert service.readiness.waiting == {}


def test_after_trouble_nothing_is_kept_until_the_commit(
    sink: ParquetSink, make_tracks: MakeTracks, tmp_path: Path
) -> None:
    (tmp_path / "kept").touch()
    for offset in range(MOST_BYTES // len(recorded(make_tracks([(100, 40)] * 50)).value) + 2):
        add(sink, make_tracks([(100, 40)] * 50, frame_index=offset), offset)
    (tmp_path / "kept").unlink()
    with pytest.raises(SinkBackpressureError):
        sink.flush()  # though the disk is back: what was passed over must come again first
    sink.flush()
    assert not (tmp_path / "kept").exists()


def test_a_worker_that_writes_there_is_waited_for(
    sink: ParquetSink, service: Service, make_tracks: MakeTracks, tmp_path: Path
) -> None:
    add(sink, make_tracks([(100, 40)]), 0)
    with partition_lock(tmp_path / "kept", TRACKS, 0), pytest.raises(SinkBackpressureError):
        sink.flush()
    assert service.readiness.waiting == {FOLDER: "another worker writes these files"}


def test_when_another_sink_must_wait_what_will_come_again_is_forgotten(
    sink: ParquetSink, make_tracks: MakeTracks, tmp_path: Path
) -> None:
    add(sink, make_tracks([(100, 40)]), 0)
    sink.on_paused()
    sink.flush()
    assert not (tmp_path / "kept").exists()
