"""The AsyncAPI 3 document of all topics: ``python -m posestream.messaging.asyncapi > docs/asyncapi.json``."""

import json
import sys
from typing import Any

from posestream import __version__
from posestream.config import KafkaConfig
from posestream.messaging.asyncapi_messages import BINDINGS, Schema, messages_by_stream, payload_schemas
from posestream.messaging.flow import SERVICES
from posestream.messaging.topics import (
    ALERTS,
    CONTROL,
    DEAD_LETTERS,
    FRAMES,
    HEALTH,
    POSES,
    TRACKS,
    TopicSpec,
    topic_specs,
)

_LISTS = {"cleanup.policy"}
_NUMBERS = {"retention.ms", "retention.bytes", "max.message.bytes"}
_SUMMARIES = {
    FRAMES: "Pictures of the cameras; at most once.",
    POSES: "Persons of each frame; at least once, in order of a camera.",
    TRACKS: "Persons followed from frame to frame; at least once, in order of a camera.",
    ALERTS: "Changes of state of alerts; at least once, with deterministic ids.",
    HEALTH: "How cameras and services are; the last of each key is kept.",
    CONTROL: "What people tell the services; the last of each key is kept, no value takes it back.",
    DEAD_LETTERS: "Messages that a service could not read, and why.",
}


def asyncapi_document(kafka: KafkaConfig) -> Schema:
    """Give the document for an installation; the committed one is that of the defaults."""
    messages = messages_by_stream()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "posestream",
            "version": __version__,
            "description": "Live human-pose analytics: what its services say to each other over Kafka.",
            "license": {"name": "Apache-2.0"},
        },
        "servers": {"kafka": {"host": kafka.bootstrap_servers.split(",")[0], "protocol": "kafka"}},
        "channels": {spec.stream: _channel(spec, messages[spec.stream]) for spec in topic_specs(kafka)},
        "operations": _operations(kafka),
        "components": {
            "messages": {name: message for of_topic in messages.values() for name, message in of_topic.items()},
            "schemas": payload_schemas(),
        },
    }


def _channel(spec: TopicSpec, messages: dict[str, Schema]) -> Schema:
    binding = {
        "topic": spec.name,
        "partitions": spec.partitions,
        "replicas": spec.replication,
        "topicConfiguration": {
            name: _value(name, text) for name, text in spec.settings.items() if name in _LISTS | _NUMBERS
        },
        "bindingVersion": BINDINGS,
    }
    return {
        "address": spec.name,
        "summary": _SUMMARIES[spec.stream],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": binding},
    }


def _operations(kafka: KafkaConfig) -> dict[str, Schema]:
    operations: dict[str, Schema] = {}
    for service, flow in SERVICES.items():
        for stream in flow.reads:
            bindings: dict[str, Any] = {}
            if stream in flow.shares:
                group = {"type": "string", "enum": [f"{kafka.topic_prefix}.{service}"]}
                bindings = {"bindings": {"kafka": {"groupId": group, "bindingVersion": BINDINGS}}}
            operations[f"{service}-receives-{stream}"] = _operation("receive", service, stream) | bindings
        for stream in flow.writes:
            operations[f"{service}-sends-{stream}"] = _operation("send", service, stream)
    return operations


def _operation(action: str, service: str, stream: str) -> Schema:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{stream}"},
        "summary": f"{service}: {SERVICES[service].summary}",
        "tags": [{"name": service}],
    }


def _value(name: str, text: str) -> Any:  # noqa: ANN401  # a list or a number, as the binding wants it
    return text.split(",") if name in _LISTS else int(text)


def document_text() -> str:
    """Give the committed document."""
    return json.dumps(asyncapi_document(KafkaConfig()), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document_text())
