"""Which errors of Quix Streams a stream outlives, and which end the service."""

from pathlib import Path

import pytest
from quixstreams.exceptions.assignment import PartitionAssignmentError
from quixstreams.kafka.exceptions import KafkaBrokerUnavailableError
from quixstreams.models.topics.exceptions import TopicPermissionError
from quixstreams.state.exceptions import ChangelogTopicPartitionNotAssigned

from posestream.config import Config, KafkaConfig
from posestream.errors import DependencyError
from posestream.service import ServiceOptions, running
from sinks.stream import StreamApplication, StreamOptions, run_stream


def test_what_passes_by_itself_makes_the_application_anew(kafka: KafkaConfig, tmp_path: Path) -> None:
    waiting = [
        PartitionAssignmentError("lost while it was taken up"),
        ChangelogTopicPartitionNotAssigned("lost while it was taken up"),
        KafkaBrokerUnavailableError("away"),
    ]

    def build(_app: StreamApplication) -> None:
        error = waiting.pop()
        if not waiting:
            service.stop.set()
        raise error

    with running("track", Config(kafka=kafka), ServiceOptions("one", tmp_path, 0)) as service:
        run_stream(service, StreamOptions(0.2), build)
    assert waiting == []


def test_what_does_not_pass_ends_the_service(kafka: KafkaConfig, tmp_path: Path) -> None:
    def build(_app: StreamApplication) -> None:
        raise TopicPermissionError("no right")

    def serve() -> None:
        with running("track", Config(kafka=kafka), ServiceOptions("one", tmp_path, 0)) as service:
            run_stream(service, StreamOptions(0.2), build)

    with pytest.raises(DependencyError, match=r"^track: Kafka refuses: no right; this user lacks an ACL$"):
        serve()
