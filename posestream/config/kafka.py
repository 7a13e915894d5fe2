"""The broker that the services talk over, and how."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from posestream.config.base import Name, Section
from posestream.durations import Duration

# What the services set themselves: another value would break their guarantees.
OWN_PROPERTIES = frozenset(
    {
        "bootstrap.servers",
        "metadata.broker.list",
        "group.id",
        "group.instance.id",
        "group.protocol",
        "acks",
        "request.required.acks",
        "message.timeout.ms",
        "delivery.timeout.ms",
        "retries",
        "message.send.max.retries",
        "transaction.timeout.ms",
        "logger",
        "default.topic.config",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.partition.eof",
        "statistics.interval.ms",
        "auto.offset.reset",
        "enable.idempotence",
        "transactional.id",
        "partitioner",
        "partition.assignment.strategy",
        "isolation.level",
        "plugin.library.paths",
        "allow.auto.create.topics",
    }
)
# Names with _ are callbacks and pointers, which no text can be.
PropertyName = Annotated[str, Field(pattern=r"^(log_level|[a-z][a-z0-9.]*)$")]

_ADDRESS = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\]):(?P<port>[0-9]{1,5})")


class KafkaConfig(Section):
    """Where Kafka is and what the topics are like."""

    bootstrap_servers: str = Field(
        default="127.0.0.1:9092", min_length=1, description="Brokers to ask first: HOST:PORT, several with commas"
    )
    topic_prefix: Name = Field(default="posestream", description="Begin of all names of topics and groups")
    partitions: int = Field(
        default=6, ge=1, le=1000, description="Partitions of each topic: the most workers of a kind"
    )
    replication: int = Field(default=1, ge=1, le=9, description="Copies of each topic; frames are kept once")
    transport: Literal["jpeg", "packet"] = Field(
        default="jpeg",
        description="jpeg: pictures at the camera's width, decoded by ingest; packet: the camera's own stream, "
        "decoded by infer",
    )
    jpeg_quality: int = Field(default=85, ge=30, le=100, description="Quality of the pictures with transport jpeg")
    max_frame_age: Duration = Field(
        default=1.0, description="infer passes over live frames older than this; 0s: none, every frame is answered"
    )
    delivery: Literal["at-least-once", "exactly-once"] = Field(
        default="at-least-once", description="exactly-once: transactions in track and alert, for some more delay"
    )
    commit_interval: Duration = Field(
        default=0.2, gt=0, le=60, description="How often track, alert and write commit; with exactly-once the delay"
    )
    properties: dict[PropertyName, SecretStr] = Field(
        default={}, description="Any librdkafka property, like security.protocol or sasl.password"
    )

    @field_validator("bootstrap_servers")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        servers = [server.strip() for server in value.split(",")]
        if not all(is_address(server) for server in servers):
            raise ValueError("wanted HOST:PORT, several with commas, each port 1 to 65535: 10.0.0.5:9092,10.0.0.6:9092")
        return ",".join(servers)

    @field_validator("properties", mode="before")
    @classmethod
    def _as_texts(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: _property_text(item) for key, item in value.items()}

    @model_validator(mode="after")
    def _none_of_ours(self) -> Self:
        for name in self.properties:
            if name in OWN_PROPERTIES:
                raise ValueError(f"properties: '{name}' is set by posestream itself; leave it out")
        return self

    def topic(self, stream: str) -> str:
        """Give the full name of a topic: ``posestream.frames``."""
        return f"{self.topic_prefix}.{stream}"

    def librdkafka(self) -> dict[str, str]:
        """Give the properties that every client of the broker needs; they hold secrets."""
        own = {name: value.get_secret_value() for name, value in self.properties.items()}
        return {"bootstrap.servers": self.bootstrap_servers, **own}


def is_address(text: str) -> bool:
    """Say whether a text is HOST:PORT or [IPv6]:PORT."""
    found = _ADDRESS.fullmatch(text)
    return found is not None and 1 <= int(found["port"]) <= 65535


def _property_text(value: object) -> object:
    """YAML reads true and 500 where librdkafka wants texts."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
