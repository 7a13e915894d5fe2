"""`posestream write` with a real Kafka and a real InfluxDB: what is there is what the pure fold gives."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from confluent_kafka import Message
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from posestream.config import KafkaConfig, ZoneConfig
from posestream.messaging.alert_message import alert_head, read_alert, write_alert
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.events import event_headers, read_tracks, write_tracks
from posestream.messaging.topics import ALERTS, DEAD_LETTERS, TRACKS
from posestream.schemas import Alert, AlertState, Poses, Tracks
from posestream.skeletons import COCO17
from sinks.influx_lines import Point, alert_points, second_points
from sinks.series import FinishedSecond, OpenSecond, fold
from sinks.store import SqliteStore

ZONES = """
cameras:
  - {id: lobby, url: "file:lobby.mp4", zones: [{id: left, polygon: [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}]}
  - {id: yard, url: "file:yard.mp4"}
"""
CAMERAS = ("lobby", "yard", "gate")
TOKEN = "test-token-of-this-machine"  # noqa: S105  # as tests/servers/influx_server.py makes it
Processes = Callable[..., Any]
Recorded = Callable[[str], list[Message]]
Found = dict[tuple[str, tuple[tuple[str, str], ...], int], dict[str, Any]]


class Server(Protocol):
    """tests/servers/influx_server.py InfluxServer."""

    url: str

    def start(self) -> None: ...

    def stop(self) -> None: ...


def influx_client(server: Server) -> InfluxDBClient:
    return InfluxDBClient(server.url, token=TOKEN, org="site")


def config_text(kafka: KafkaConfig, store: str) -> str:
    return (
        f"site: plant\nkafka: {{bootstrap_servers: '{kafka.bootstrap_servers}', topic_prefix: {kafka.topic_prefix}}}\n"
        f"store: {store}\n{ZONES}"
    )


def influx_store(server: "Server", **changes: str) -> str:
    parts = {"url": server.url, "org": "site", "bucket": "poses", "token": TOKEN} | changes
    return "{kind: influxdb, timeout: 2s, " + ", ".join(f"{name}: '{value}'" for name, value in parts.items()) + "}"


@pytest.fixture
def flow(make_tracks: Callable[..., Tracks]) -> Callable[[str, int, int], Iterator[Tracks]]:
    """Give ``flow(camera, first, last)``: five messages a second, some of them beats, persons who come and go."""

    def make(camera_id: str, first: int, last: int) -> Iterator[Tracks]:
        for index in range(first, last):
            chance = random.Random(f"{camera_id}/{index}")  # noqa: S311  # the same message each time
            tops = [(chance.randrange(320), 40.0) for _ in range(chance.randrange(4))]
            states = [chance.choice([0, 1, 1, 2]) for _ in tops]
            tracks = make_tracks(tops, states=states, camera_id=camera_id, frame_index=index)
            poses = replace(tracks.poses, timings_ms={"inference": chance.random() * 30, "decode": chance.random()})
            if chance.random() < 0.2:
                poses = Poses.empty(poses.stamp, COCO17, "test", inferred=False)
                yield Tracks.empty(poses)
            else:
                yield replace(tracks, poses=poses)

    return make


def send_tracks(producer: EventProducer, tracks: Tracks) -> None:
    producer.send(TRACKS, tracks.poses.stamp.camera_id, write_tracks(tracks), event_headers())


def send_alert(producer: EventProducer, alert: Alert) -> None:
    producer.send(ALERTS, alert.camera_id, write_alert(alert), alert_head(alert, "plant"))


def seconds_of(messages: list[Message], zones: dict[str, Any]) -> list[FinishedSecond]:
    """The pure fold over a recorded topic."""
    states: dict[str, OpenSecond] = {}
    seconds = []
    for message in messages:
        tracks = read_tracks(message.key(), message.value(), message.headers())
        camera = tracks.poses.stamp.camera_id
        states[camera], second = fold(states.get(camera), tracks, zones.get(camera, ()))
        seconds += [] if second is None else [second]
    return seconds


def wanted_points(recorded: Recorded, zones: dict[str, Any]) -> Found:
    points: list[Point] = []
    for second in seconds_of(recorded(TRACKS), zones):
        points += second_points(second, "plant")
    for message in recorded(ALERTS):
        points += alert_points(read_alert(message.key(), message.value(), message.headers()), "plant")
    return {place(point): fields(point) for point in points}


def place(point: Point) -> tuple[str, tuple[tuple[str, str], ...], int]:
    measurement, *tags = point.series.split(",")
    return measurement, tuple((tag.split("=")[0], tag.split("=")[1]) for tag in tags), point.time_ns


def fields(point: Point) -> dict[str, Any]:
    def value(text: str) -> float | str:
        if text in {"true", "false"}:
            return text == "true"
        if text.startswith('"'):
            return text[1:-1]
        return int(text[:-1]) if text.endswith("i") else float(text)

    return {name: value(text) for name, _, text in (field.partition("=") for field in point.fields.split(","))}


def points_in(server: Server) -> Found:
    """All that the server has."""
    found: Found = {}
    query = 'from(bucket: "poses") |> range(start: 0) |> map(fn: (r) => ({r with ns: string(v: uint(v: r._time))}))'
    with influx_client(server) as client:
        for record in client.query_api().query_stream(query):
            tags = {name: record.values[name] for name in ("camera", "rule", "severity", "site", "zone")
                    if record.values.get(name) is not None}  # fmt: skip
            key = (record.get_measurement(), tuple(sorted(tags.items())), int(record.values["ns"]))
            assert record.get_field() not in found.setdefault(key, {}), "a point stands twice"
            found[key][record.get_field()] = record.get_value()
    return found


@pytest.fixture
def zones() -> dict[str, Any]:
    return {"lobby": [ZoneConfig(id="left", polygon=((0, 0), (0.5, 0), (0.5, 1), (0, 1)))]}


@pytest.mark.long
def test_what_kafka_holds_is_what_influxdb_holds_through_kills(
    kafka: KafkaConfig, influx: Server, producer: EventProducer, recorded: Recorded, service_process: Processes,
    flow: Callable[..., Iterator[Tracks]], make_alert: Callable[..., Alert], eventually: Callable[..., None],
    zones: dict[str, Any],
) -> None:  # fmt: skip
    write = service_process("write", config_text(kafka, influx_store(influx)))
    write.start()
    chance = random.Random(4)  # noqa: S311
    for step in range(6):
        for camera in CAMERAS:
            for tracks in flow(camera, step * 30, step * 30 + 30):
                send_tracks(producer, tracks)
                if chance.random() < 0.1:
                    send_tracks(producer, tracks)  # at least once: what track may do
        for state in (AlertState.FIRING, AlertState.RESOLVED)[: 1 + step % 2]:
            for track_id in (1, 2):  # two persons in the same frame
                send_alert(
                    producer, replace(make_alert(frame=step, state=state), track_id=track_id, id=f"{step}/{track_id}")
                )
        producer.flush(10)
        eventually(lambda: write.metric("posestream_points_written_total") > 0, 60, write.said)
        time.sleep(chance.random())  # anywhere between two commits
        write.kill()
        write.start()
    write.wait_until_ready()
    wanted = wanted_points(recorded, zones)
    assert {measurement for measurement, _, _ in wanted} == {"people", "zones", "pipeline", "alerts"}
    eventually(lambda: points_in(influx) == wanted, 60, lambda: str(len(points_in(influx))) + write.said())
    assert write.stop(signal.SIGTERM) == 0
    assert points_in(influx) == wanted
    assert "test-token" not in write.log.read_text()


@pytest.mark.slow
def test_the_topic_is_the_buffer_while_the_server_is_away(
    kafka: KafkaConfig, influx: Server, producer: EventProducer, recorded: Recorded, service_process: Processes,
    flow: Callable[..., Iterator[Tracks]], eventually: Callable[..., None], zones: dict[str, Any],
) -> None:  # fmt: skip
    write = service_process("write", config_text(kafka, influx_store(influx)))
    write.start()
    write.wait_until_ready()
    sent, ends_at, stopped = 0, time.monotonic() + 26, False
    memory = []
    while time.monotonic() < ends_at:
        for camera in CAMERAS:
            for tracks in flow(camera, sent, sent + 20):
                send_tracks(producer, tracks)
        sent += 20
        if sent == 100:
            eventually(lambda: points_in(influx) != {}, 30, write.said)
            influx.stop()
            stopped = True
        memory.append(rss_mb(write.pid))
        time.sleep(0.2)
    assert stopped
    producer.flush(10)
    assert "store" in write.waits_for()
    assert "cannot be reached" in write.waits_for()["store"]
    influx.start()
    wanted = wanted_points(recorded, zones)
    eventually(
        lambda: points_in(influx) == wanted, 90, lambda: f"{len(points_in(influx))} of {len(wanted)} {write.said()}"
    )
    assert write.waits_for() == {}
    assert max(memory) - memory[0] < 60
    assert write.stop(signal.SIGTERM) == 0


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": "a-wrong-token"}, "check store.token"),
        ({"bucket": "nobody-made-it"}, "check store.org and store.bucket"),
        ({"url": "http://127.0.0.1:9"}, "is store.url right?"),
    ],
)
def test_a_store_that_takes_nothing_is_waited_for(
    kafka: KafkaConfig, influx: Server, service_process: Processes, eventually: Callable[..., None],
    changes: dict[str, str], words: str,
) -> None:  # fmt: skip
    write = service_process("write", config_text(kafka, influx_store(influx, **changes)))
    write.start()
    eventually(lambda: words in (write.waits_for() or {}).get("store", ""), 60, write.said)
    assert "a-wrong-token" not in write.said() + write.ask("/readyz")[1] + write.ask("/metrics")[1]
    assert write.stop(signal.SIGINT) == 130


def test_a_bucket_that_vanishes_keeps_the_backlog(
    kafka: KafkaConfig, influx: Server, producer: EventProducer, recorded: Recorded, service_process: Processes,
    flow: Callable[..., Iterator[Tracks]], eventually: Callable[..., None],
) -> None:  # fmt: skip
    write = service_process("write", config_text(kafka, influx_store(influx)))
    write.start()
    write.wait_until_ready()
    with influx_client(influx) as client:
        client.buckets_api().delete_bucket(client.buckets_api().find_bucket_by_name("poses"))
    for tracks in flow("yard", 0, 20):
        send_tracks(producer, tracks)
    producer.flush(10)
    eventually(lambda: "check store.org" in (write.waits_for() or {}).get("store", ""), 60, write.said)
    assert write.metric("posestream_points_written_total") == 0
    assert recorded(DEAD_LETTERS) == []
    with influx_client(influx) as client:
        client.buckets_api().create_bucket(bucket_name="poses")
    wanted = wanted_points(recorded, {})
    eventually(lambda: points_in(influx) == wanted, 60, write.said)


def test_a_line_that_the_server_never_takes_goes_to_the_dead_letters_alone(
    kafka: KafkaConfig, influx: Server, producer: EventProducer, recorded: Recorded, service_process: Processes,
    make_alert: Callable[..., Alert], eventually: Callable[..., None],
) -> None:  # fmt: skip
    alerts = [replace(make_alert(frame=number), track_id=number) for number in range(1, 21)]
    alerts[7] = replace(alerts[7], started_at_ns=1_000_000_000_000_000_000)
    with influx_client(influx) as client:  # in the week of that alert its value is a text: no number fits
        body = 'alerts,camera=other value="none" 1000000000000000000'
        client.write_api(write_options=SYNCHRONOUS).write("poses", record=body)
    for alert in alerts:
        send_alert(producer, alert)
    producer.send(ALERTS, "lobby", b"{", [("schema_version", b"1")])
    producer.flush(10)
    write = service_process("write", config_text(kafka, influx_store(influx)))
    write.start()
    eventually(lambda: len(recorded(DEAD_LETTERS)) == 2, 60, write.said)
    reasons = {dict(message.headers())["reason"].decode() for message in recorded(DEAD_LETTERS)}
    assert any("field type conflict" in reason for reason in reasons), reasons
    eventually(lambda: len(points_in(influx)) == 20, 30, write.said)


def test_the_same_into_one_sqlite_file(
    kafka: KafkaConfig, producer: EventProducer, recorded: Recorded, service_process: Processes,
    make_tracks: Callable[..., Tracks], make_alert: Callable[..., Alert], eventually: Callable[..., None],
    tmp_path: Path,
) -> None:  # fmt: skip
    now_ns = time.time_ns()
    for index in range(60):
        tracks = make_tracks([(100, 40)] * (index % 3), frame_index=index)
        stamp = replace(tracks.poses.stamp, captured_at_ns=now_ns + index * 200_000_000)
        send_tracks(producer, replace(tracks, poses=replace(tracks.poses, stamp=stamp)))
    send_alert(producer, make_alert())
    send_alert(producer, make_alert(state=AlertState.RESOLVED))
    producer.flush(10)
    write = service_process("write", config_text(kafka, "{kind: sqlite, path: series.db}"))
    write.start()
    wanted = [second.second for second in seconds_of(recorded(TRACKS), {})]
    write.wait_until_ready()
    with SqliteStore(tmp_path / "write" / "data" / "series.db") as store:
        eventually(lambda: store.series("lobby", 0, 2**63) == wanted, 60, write.said)
        write.kill()
        write.start()
        write.wait_until_ready()
        eventually(lambda: [alert["state"] for alert in store.alerts()] == ["resolved"], 30, write.said)
        assert store.series("lobby", 0, 2**63) == wanted
    assert write.stop(signal.SIGTERM) == 0


@pytest.mark.slow
def test_a_large_backlog_does_not_grow_it(
    kafka: KafkaConfig, influx: Server, producer: EventProducer, service_process: Processes,
    make_tracks: Callable[..., Tracks], eventually: Callable[..., None],
) -> None:  # fmt: skip
    write = service_process("write", config_text(kafka, influx_store(influx)))
    write.start()
    write.wait_until_ready()
    for index in (0, 5):  # once around: the first point is written
        send_tracks(producer, make_tracks([(100, 40)] * 20, frame_index=index))
    eventually(lambda: write.metric("posestream_points_written_total") >= 2, 60, write.said)
    idle = rss_mb(write.pid)
    write.kill()
    sent = 0
    for index in range(6, 9000):
        tracks = make_tracks([(100, 40)] * 20, camera_id=CAMERAS[index % 3], frame_index=index)
        sent += len(write_tracks(tracks))
        send_tracks(producer, tracks)
    producer.flush(60)
    assert sent > 60e6
    write.start()
    peak = [0.0]

    def done() -> bool:
        peak[0] = max(peak[0], rss_mb(write.pid))
        return bool(write.metric("posestream_points_written_total") >= 2 * 5300)  # people and pipeline of each second

    eventually(done, 240, write.said)
    print(f"idle {idle:.0f} MB, peak {peak[0]:.0f} MB, backlog {sent / 1e6:.0f} MB")  # noqa: T201
    assert peak[0] - idle < 60, (idle, peak)
    assert write.stop(signal.SIGTERM) == 0
