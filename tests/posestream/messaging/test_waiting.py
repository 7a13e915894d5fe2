import threading
import uuid
from collections.abc import Callable
from typing import Any, Self

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from posestream.clock import SystemClock
from posestream.config import KafkaConfig
from posestream.errors import ConfigError
from posestream.messaging.topic_admin import admin_client, create_topics
from posestream.messaging.topics import FRAMES, POSES
from posestream.messaging.waiting import wait_for_topics
from posestream.telemetry.readiness import BROKER, Readiness

Eventually = Callable[..., None]


class Waiter:
    """Waits in a thread of its own, as a service does."""

    def __init__(self, kafka: KafkaConfig) -> None:
        self.readiness = Readiness((BROKER,), SystemClock())
        self.stop = threading.Event()
        self.answers: list[bool] = []
        self._kafka = kafka
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.answers.append(wait_for_topics(self._kafka, (FRAMES, POSES), self.readiness, self.stop))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    @property
    def reason(self) -> str:
        return self.readiness.waiting.get(BROKER, "")


def test_what_is_there_is_not_waited_for(kafka: KafkaConfig) -> None:
    readiness = Readiness((BROKER, "models"), SystemClock())
    assert wait_for_topics(kafka, (FRAMES, POSES), readiness, threading.Event())
    assert readiness.waiting == {"models": "starting"}


def test_partitions_unlike_the_config_s_are_told_and_not_waited_for(broker: str) -> None:
    kafka = KafkaConfig(bootstrap_servers=broker, topic_prefix=f"t{uuid.uuid4().hex[:12]}", partitions=2)
    create_topics(kafka, admin_client(kafka))
    wanted = kafka.model_copy(update={"partitions": 3})
    with capture_logs() as logs:
        assert wait_for_topics(wanted, (FRAMES,), Readiness((BROKER,), SystemClock()), threading.Event())
    [line] = logs
    assert (line["event"], line["log_level"]) == ("partitions_differ", "warning")
    assert line["reason"].startswith(f"topic {kafka.topic(FRAMES)} has 2 partitions, the config wants 3: ")
    assert line["reason"].endswith("'posestream topics apply --more-partitions'")


def test_told_to_stop_it_does_not_wait(kafka: KafkaConfig) -> None:
    stop = threading.Event()
    stop.set()
    assert not wait_for_topics(kafka, (FRAMES,), Readiness((BROKER,), SystemClock()), stop)


def test_topics_that_come_later(broker: str, eventually: Eventually) -> None:
    kafka = KafkaConfig(bootstrap_servers=broker, topic_prefix=f"t{uuid.uuid4().hex[:12]}", partitions=1)
    missing = ", ".join(kafka.topic(stream) for stream in (FRAMES, POSES))
    with Waiter(kafka) as waiter:
        eventually(lambda: waiter.reason == f"there is no topic {missing}: run 'posestream topics apply'")
        create_topics(kafka, admin_client(kafka))
        eventually(lambda: waiter.answers)
    assert waiter.answers == [True]
    assert waiter.readiness.waiting == {}


def test_a_broker_that_is_not_there_ends_the_waiting_when_told(eventually: Eventually) -> None:
    kafka = KafkaConfig(bootstrap_servers="127.0.0.1:1")
    with Waiter(kafka) as waiter:
        eventually(lambda: waiter.reason.startswith("Kafka at 127.0.0.1:1 cannot be reached: "))
    assert waiter.answers == [False]


@pytest.mark.slow
def test_a_broker_that_comes_later(own_broker: Any, eventually: Eventually) -> None:  # noqa: ANN401  # by path
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, topic_prefix="t", partitions=1)
    own_broker.stop()
    with Waiter(kafka) as waiter:
        eventually(lambda: "cannot be reached" in waiter.reason)
        own_broker.start()
        eventually(lambda: "there is no topic t.frames, t.poses" in waiter.reason)
        create_topics(kafka, admin_client(kafka))
        eventually(lambda: waiter.answers)
    assert waiter.answers == [True]


def test_a_wrong_property_is_not_waited_for() -> None:
    kafka = KafkaConfig(properties={"no.such.property": SecretStr("canary")})
    with pytest.raises(ConfigError, match=r"^kafka\.properties: No such configuration property") as refused:
        wait_for_topics(kafka, (FRAMES,), Readiness((BROKER,), SystemClock()), threading.Event())
    assert "canary" not in str(refused.value)


def test_a_limit_that_is_too_small_is_waited_for_and_told(kafka: KafkaConfig, eventually: Eventually) -> None:
    small = kafka.model_copy(update={"properties": {"message.max.bytes": SecretStr("1000")}})
    with Waiter(small) as waiter:
        eventually(lambda: "message.max.bytes 1000 is less than the largest message" in waiter.reason)
    assert waiter.answers == [False]
