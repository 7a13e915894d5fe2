"""A real Apache Kafka (KRaft, one node) for tests: on free ports of this machine, ended by its process id."""

import os
import random
import shutil
import socket
import subprocess
import time
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

SCRIPT = Path(__file__).with_name("kafka.sh")
START_SECONDS = 60.0
HEAP = "-Xmx512m"


def kafka_jars() -> Path | None:
    """Give the folder of the broker's jars, fetched if need be; None without Java or Maven."""
    if shutil.which("java") is None:
        return None
    fetched = subprocess.run(["sh", str(SCRIPT)], stdout=subprocess.PIPE, text=True, check=False)
    return Path(fetched.stdout.strip()) if fetched.returncode == 0 else None


class KafkaBroker:
    """One broker with its data in ``folder``; it can be killed, stopped and started again with its data."""

    def __init__(self, jars: Path, folder: Path, settings: dict[str, str] | None = None) -> None:
        self._jars, self._folder = jars, folder
        self.port, self.controller = _free_port(), _free_port()
        self._properties = folder / "server.properties"
        self._settings = settings or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where clients ask."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The broker's process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the broker and wait until it answers; the first start formats its folder."""
        if not self._properties.exists():
            self._format()
        log = (self._folder / "broker.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [*self._java(HEAP), "kafka.Kafka", str(self._properties)], stdout=log, stderr=log
            )
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        ends_at = time.monotonic() + START_SECONDS
        while time.monotonic() < ends_at:
            assert self._process.poll() is None, (self._folder / "broker.log").read_text()[-2000:]
            try:
                if admin.list_topics(timeout=1.0).brokers:
                    return
            except KafkaException:
                time.sleep(0.1)
        raise AssertionError("Kafka did not start")

    def kill(self) -> None:
        """End it at once, as if the power went."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End it in order; may be called twice."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(15.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _java(self, *options: str) -> list[str]:
        return ["java", *options, "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", f"{self._jars}/*"]

    def _format(self) -> None:
        own = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self.controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": str(self._folder / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "10",
            "transaction.state.log.num.partitions": "10",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
            "message.max.bytes": "8388608",
            "replica.fetch.max.bytes": "8388608",
            "log.retention.check.interval.ms": "1000",
            "log.segment.delete.delay.ms": "1000",
        }
        text = "".join(f"{name}={value}\n" for name, value in (own | self._settings).items())
        self._properties.write_text(text)
        tool = [*self._java(), "kafka.tools.StorageTool"]
        cluster = subprocess.run([*tool, "random-uuid"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[
            -1
        ]
        formatted = subprocess.run(
            [*tool, "format", "-t", cluster, "-c", str(self._properties), "--standalone"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert formatted.returncode == 0, formatted.stderr


def given_broker() -> str | None:
    """Give the broker that the environment names (POSESTREAM_TEST_KAFKA=HOST:PORT), None without."""
    return os.environ.get("POSESTREAM_TEST_KAFKA") or None


def _free_port() -> int:
    """Give a port below those that outgoing connections get: while a server is away nobody takes its place."""
    while True:
        port = random.SystemRandom().randrange(15_000, 30_000)
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
