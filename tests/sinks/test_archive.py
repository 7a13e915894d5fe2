"""`posestream archive` with a real Kafka: every message is one row of one file, whatever was killed when."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from confluent_kafka import Message

from posestream.config import KafkaConfig
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.events import event_headers, write_poses, write_tracks
from posestream.messaging.topics import DEAD_LETTERS, POSES, TRACKS
from posestream.schemas import Tracks
from sinks.parquet_tables import Event, from_table

Recorded = Callable[[str], list[Message]]
Processes = Callable[..., Any]
MakeTracks = Callable[..., Tracks]
CAMERAS = ("lobby", "yard", "gate")


def config_text(kafka: KafkaConfig, every: str = "500ms", most_frames: int = 2000) -> str:
    return (
        f"kafka: {{bootstrap_servers: '{kafka.bootstrap_servers}', topic_prefix: {kafka.topic_prefix}}}\n"
        f"archive: {{path: kept, every: {every}, most_frames: {most_frames}}}\n"
    )


def send(producer: EventProducer, tracks: Tracks) -> None:
    camera = tracks.poses.stamp.camera_id
    producer.send(POSES, camera, write_poses(tracks.poses), event_headers())
    producer.send(TRACKS, camera, write_tracks(tracks), event_headers())


def value_of(event: Event) -> bytes:
    return write_tracks(event) if isinstance(event, Tracks) else write_poses(event)


def rows_in(folder: Path, stream: str) -> Counter[tuple[int, int, bytes]]:
    """All rows of all files: (partition, offset, the message that the row is)."""
    rows: Counter[tuple[int, int, bytes]] = Counter()
    for path in (folder / stream).rglob("*.parquet"):
        with pq.ParquetFile(path) as file:
            table = file.read()
        offsets = table.column("kafka_offset").to_pylist()
        rows.update(
            (int(path.name[:4]), offset, value_of(event))
            for offset, event in zip(offsets, from_table(table), strict=True)
        )
    return rows


def messages_in(recorded: Recorded, stream: str) -> Counter[tuple[int, int, bytes]]:
    return Counter((each.partition(), each.offset(), each.value()) for each in recorded(stream))


def lag_is_gone(process: Any, rows: int) -> bool:  # noqa: ANN401  # loaded by path: no static type
    return bool(process.metric("posestream_archive_rows_total") >= rows)


def test_nothing_sent_is_nothing_kept(
    kafka: KafkaConfig, service_process: Processes, tmp_path: Path, eventually: Callable[..., None]
) -> None:
    archive = service_process("archive", config_text(kafka))
    archive.start()
    archive.wait_until_ready()
    assert archive.stop(signal.SIGTERM) == 0
    eventually(lambda: not archive.running, 10)
    assert list((tmp_path / "archive" / "data" / "kept").rglob("*.parquet")) == []


def test_every_message_is_one_row_of_one_file_through_kills(
    kafka: KafkaConfig, producer: EventProducer, recorded: Recorded, service_process: Processes,
    make_tracks: MakeTracks, eventually: Callable[..., None], tmp_path: Path,
) -> None:  # fmt: skip
    archive = service_process("archive", config_text(kafka, every="300ms", most_frames=150))
    archive.start()
    chance = random.Random(7)  # noqa: S311
    folder = tmp_path / "archive" / "data" / "kept"
    for step in range(8):
        for index in range(step * 60, step * 60 + 60):
            for camera in CAMERAS:
                send(producer, make_tracks([(100, 40)] * (index % 4), camera_id=camera, frame_index=index))
        producer.flush(10)
        eventually(lambda: archive.metric("posestream_archive_rows_total") > 0, 60, archive.said)
        time.sleep(chance.random() * 0.5)  # between files, between files and commit, after it
        archive.kill()
        archive.start()
    wanted = {stream: messages_in(recorded, stream) for stream in (POSES, TRACKS)}
    eventually(lambda: {stream: rows_in(folder, stream) for stream in wanted} == wanted, 60, archive.said)
    assert archive.stop(signal.SIGTERM) == 0
    assert {stream: rows_in(folder, stream) for stream in wanted} == wanted
    assert sum(wanted[POSES].values()) == 8 * 60 * 3
    assert {path.parent.parent.name for path in folder.rglob("*.parquet")} == {"date=2025-06-15"}
    assert {path.parent.name for path in folder.rglob("*.parquet")} == {f"camera={camera}" for camera in CAMERAS}


def test_what_cannot_be_read_goes_to_the_dead_letters(
    kafka: KafkaConfig, producer: EventProducer, recorded: Recorded, service_process: Processes,
    make_tracks: MakeTracks, eventually: Callable[..., None], tmp_path: Path,
) -> None:  # fmt: skip
    good = make_tracks([(100, 40)])
    for key, value in (("lobby", b"\xff\xff"), ("../../x", write_poses(good.poses)), ("lobby", b"")):
        producer.send(POSES, key, value, event_headers())
    send(producer, good)
    producer.flush(10)
    archive = service_process("archive", config_text(kafka))
    archive.start()
    eventually(lambda: len(recorded(DEAD_LETTERS)) == 3, 60, archive.said)
    folder = tmp_path / "archive" / "data" / "kept"
    eventually(lambda: sum(rows_in(folder, TRACKS).values()) == 1, 30, archive.said)
    assert archive.stop(signal.SIGINT) == 130
    assert len(list(folder.rglob("*.parquet"))) == 2


def test_a_disk_that_takes_nothing_is_waited_for(
    kafka: KafkaConfig, producer: EventProducer, recorded: Recorded, service_process: Processes,
    make_tracks: MakeTracks, eventually: Callable[..., None], tmp_path: Path,
) -> None:  # fmt: skip
    archive = service_process("archive", config_text(kafka))
    folder = tmp_path / "archive" / "data" / "kept"
    (folder / "tracks").mkdir(parents=True)
    (folder / "tracks" / "date=2025-06-15").touch()  # a file where the folder of the day must be
    for index in range(30):
        send(producer, make_tracks([(100, 40)], frame_index=index))
    producer.flush(10)
    archive.start()
    eventually(lambda: "date=2025-06-15" in (archive.waits_for() or {}).get("archive", ""), 60, archive.said)
    (folder / "tracks" / "date=2025-06-15").unlink()
    wanted = {stream: messages_in(recorded, stream) for stream in (POSES, TRACKS)}
    eventually(lambda: {stream: rows_in(folder, stream) for stream in wanted} == wanted, 60, archive.said)
    eventually(lambda: archive.waits_for() == {}, 20, archive.said)
    assert archive.stop(signal.SIGTERM) == 0


@pytest.mark.slow
def test_a_large_backlog_does_not_grow_it(
    kafka: KafkaConfig, producer: EventProducer, service_process: Processes, make_tracks: MakeTracks,
    eventually: Callable[..., None],
) -> None:  # fmt: skip
    archive = service_process("archive", config_text(kafka, every="5s"))
    archive.start()
    archive.wait_until_ready()
    send(producer, make_tracks([(100, 40)] * 20))  # once around: libraries are loaded, pools made
    eventually(lambda: lag_is_gone(archive, 2), 60, archive.said)
    idle = rss_mb(archive.pid)
    archive.kill()
    sent = 0
    for index in range(1, 5001):
        tracks = make_tracks([(100, 40)] * 20, camera_id=CAMERAS[index % 3], frame_index=index)
        send(producer, tracks)
        sent += len(write_poses(tracks.poses)) + len(write_tracks(tracks))
    producer.flush(60)
    assert sent > 60e6
    archive.start()
    peak = [0.0]

    def done() -> bool:
        peak[0] = max(peak[0], rss_mb(archive.pid))
        return lag_is_gone(archive, 10_000)

    eventually(done, 240, archive.said)
    print(f"idle {idle:.0f} MB, peak {peak[0]:.0f} MB, backlog {sent / 1e6:.0f} MB")  # noqa: T201
    assert peak[0] - idle < 60, (idle, peak)
    assert archive.stop(signal.SIGTERM) == 0


def rss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def test_files_are_what_everybody_reads(
    kafka: KafkaConfig, producer: EventProducer, service_process: Processes, make_tracks: MakeTracks,
    eventually: Callable[..., None], tmp_path: Path,
) -> None:  # fmt: skip
    send(producer, make_tracks([(100, 40), (200, 40)]))
    producer.flush(10)
    archive = service_process("archive", config_text(kafka))
    archive.start()
    eventually(lambda: lag_is_gone(archive, 2), 60, archive.said)
    assert archive.stop(signal.SIGTERM) == 0
    table = pq.read_table(tmp_path / "archive" / "data" / "kept" / "tracks")
    assert {"camera", "date"} <= set(table.schema.names)
    assert table.schema.field("captured_at").type == pa.timestamp("ns", "UTC")
    assert np.array(table.column("track_ids")[0].as_py()).tolist() == [1, 2]
