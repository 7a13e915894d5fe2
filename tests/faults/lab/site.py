"""A whole site: broker, InfluxDB, cameras, a config and the services over it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import TopicPartition
from confluent_kafka.admin import OffsetSpec

from lab.footage import rtsp_cameras, server_module
from lab.installation import Installation, wait_until
from lab.records import Record, records
from posestream.config import Config, KafkaConfig, load_config
from posestream.messaging.topic_admin import admin_client, create_topics

SERVICES = ("ingest", "infer", "track", "alert", "write", "archive")
CAMERAS = ("gate", "west", "room", "hall")
"""Names that the clients' partitioner (murmur2) puts on four different partitions of four."""
FULL = "[[0, 0], [1, 0], [1, 1], [0, 1]]"
RULES = """
  - {id: present, kind: zone, zone: all, for: 500ms}
  - {id: linger, kind: loiter, zone: all, for: 3s}
  - {id: crowd, kind: crowd, zone: all, more_than: 2, for: 500ms, cooldown: 5s}
"""


@dataclass
class Site:
    """What the scenarios work with; ``influx`` is None where the store is a file."""

    folder: Path
    broker: Any
    influx: Any
    cameras: list[Any]
    config_path: Path
    config: Config
    services: Installation

    @property
    def kafka(self) -> KafkaConfig:
        return self.config.kafka

    def records(self, stream: str, *, committed: bool = True) -> list[Record]:
        """Give all messages of a topic."""
        return records(self.kafka, stream, committed=committed)

    def start_all(self, services: Sequence[str] = SERVICES) -> None:
        """Start one worker of each service and wait until all are ready."""
        for service in services:
            self.services.start(service)
        self.services.wait_ready()

    def ends(self, stream: str) -> tuple[int, ...]:
        """Give the offset that each partition's next message will get."""
        admin, topic = admin_client(self.kafka), self.kafka.topic(stream)
        numbers = sorted(admin.list_topics(topic, timeout=10).topics[topic].partitions)
        asked = admin.list_offsets({TopicPartition(topic, number): OffsetSpec.latest() for number in numbers})
        return tuple(int(answer.result(10).offset) for answer in asked.values())

    def wait_still(self, streams: Sequence[str], quiet_seconds: float = 3.0) -> None:
        """Wait until no message comes on these topics any more."""
        seen: list[Any] = [None, 0.0]

        def still() -> bool:
            now = [self.ends(stream) for stream in streams]
            if now != seen[0]:
                seen[0], seen[1] = now, time.monotonic()
            return bool(time.monotonic() - seen[1] > quiet_seconds)

        wait_until(still, f"silence on {', '.join(streams)}")


@contextmanager
def site(
    folder: Path,
    *,
    clips: Sequence[Path] = (),
    files: Sequence[Path] = (),
    kafka: str = "",
    rules: str = RULES,
    influx: bool = True,
    more: str = "",
    jars: Path | None = None,
) -> Iterator[Site]:
    """Make a site: an RTSP camera of CAMERAS for each clip, a camera ``fileN`` for each file, none of it started yet.

    ``kafka`` are further keys of that section as flow YAML (``max_frame_age: 0s``), ``more`` further sections.
    """
    server = server_module("kafka_broker")
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        (folder / "kafka").mkdir()
        broker = server.KafkaBroker(jars or server.kafka_jars(), folder / "kafka")
        stack.callback(broker.stop)
        broker.start()
        store = _influx(stack, folder) if influx else None
        servers = stack.enter_context(rtsp_cameras(clips, folder))
        path = folder / "site.yaml"
        path.write_text(_config(broker, store, [one.url() for one in servers], files, kafka, rules, more))
        config = load_config(path)
        create_topics(config.kafka, admin_client(config.kafka))
        services = Installation(path, folder)
        stack.callback(services.stop)
        yield Site(folder, broker, store, servers, path, config, services)


def _influx(stack: ExitStack, folder: Path) -> Any:  # noqa: ANN401  # loaded by path
    module = server_module("influx_server")
    program = module.influxd()
    assert program is not None, "no InfluxDB: sh tests/servers/influxd.sh"
    (folder / "influx").mkdir()
    store = module.InfluxServer(program, folder / "influx")
    stack.callback(store.stop)
    store.start()
    return store


def _config(
    broker: Any,  # noqa: ANN401  # loaded by path
    store: Any,  # noqa: ANN401  # as above
    urls: Sequence[str],
    files: Sequence[Path],
    kafka: str,
    rules: str,
    more: str,
) -> str:
    lines = ["site: lab", "cameras:"]
    sources = list(zip(CAMERAS, urls, strict=False))
    sources += [(f"file{number}", f"file:{path}") for number, path in enumerate(files)]
    for camera, url in sources:
        lines.append(f"  - {{id: {camera}, url: '{url}', fps: 5, width: 640, zones: [{{id: all, polygon: {FULL}}}]}}")
    if not sources:  # services that are given their messages by the scenario
        lines[-1] = "cameras: []"
    lines += ["rules:", rules.strip("\n")] if rules and sources else []
    extra = f", {kafka}" if kafka else ""
    lines.append(f"kafka: {{bootstrap_servers: '{broker.bootstrap_servers}', partitions: 4{extra}}}")
    if store is not None:
        where = f"url: '{store.url}', org: site, bucket: poses, token: test-token-of-this-machine"
        lines.append(f"store: {{kind: influxdb, {where}}}")
    lines += ["model: {preset: fast}", "archive: {every: 5s}", more]
    return "\n".join(lines) + "\n"
