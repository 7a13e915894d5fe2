import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from pydantic import SecretStr

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.messaging.clients import made, reader
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.headers import unpacked
from posestream.messaging.topic_admin import admin_client, create_topics
from posestream.messaging.topics import ALERTS, DEAD_LETTERS, POSES

NOWHERE = KafkaConfig(bootstrap_servers="127.0.0.1:1", topic_prefix="t")
# In a process of its own: how long the end takes with no broker, and that the process then ends.
GIVES_UP = """
import sys
from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.logs import configure_logs
from posestream.messaging.event_producer import EventProducer
configure_logs()
try:
    with EventProducer(KafkaConfig(bootstrap_servers="127.0.0.1:1")) as producer:
        producer.send("poses", "lobby", b"x", [("a", b"1")])
except DependencyError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def read_all(kafka: KafkaConfig, stream: str, count: int, seconds: float = 60.0) -> list[Any]:
    """Give the first ``count`` messages of a topic, partition by partition in order."""
    consumer: Consumer = made(Consumer, reader(kafka, "test", beginning=True))
    topic = kafka.topic(stream)
    consumer.assign([TopicPartition(topic, number, 0) for number in range(kafka.partitions)])
    messages: list[Any] = []
    ends_at = time.monotonic() + seconds
    while len(messages) < count and time.monotonic() < ends_at:
        message = consumer.poll(0.5)
        if message is not None and message.error() is None:
            messages.append(message)
    consumer.close()
    return messages


def test_nothing_sent_nothing_waits(kafka: KafkaConfig) -> None:
    with EventProducer(kafka) as producer:
        assert (producer.waiting, producer.flush(5.0)) == (0, 0)


def test_what_is_sent_arrives_with_key_and_headers(kafka: KafkaConfig) -> None:
    delivered = threading.Event()
    with EventProducer(kafka) as producer:
        producer.send(POSES, "lobby", b"value", [("schema_version", b"1")], delivered.set)
        assert delivered.wait(30)
    (message,) = read_all(kafka, POSES, 1)
    assert (message.key(), message.value(), message.headers()) == (b"lobby", b"value", [("schema_version", b"1")])


def test_each_camera_keeps_its_order(kafka: KafkaConfig) -> None:
    cameras = [f"camera-{number}" for number in range(5)]
    with EventProducer(kafka) as producer:
        for number in range(400):
            producer.send(POSES, cameras[number % 5], str(number).encode(), [])
    messages = read_all(kafka, POSES, 400)
    assert len(messages) == 400
    for place, camera in enumerate(cameras):
        mine = [message for message in messages if message.key() == camera.encode()]
        assert [int(message.value()) for message in mine] == list(range(place, 400, 5))
        assert len({message.partition() for message in mine}) == 1


def test_threads_may_send_at_once(kafka: KafkaConfig) -> None:
    def send_numbers(name: str) -> None:
        for number in range(200):
            producer.send(POSES, name, str(number).encode(), [])

    with EventProducer(kafka) as producer:
        threads = [threading.Thread(target=send_numbers, args=(f"thread-{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    messages = read_all(kafka, POSES, 800)
    for number in range(4):
        mine = [int(message.value()) for message in messages if message.key() == f"thread-{number}".encode()]
        assert mine == list(range(200))


def test_a_dead_letter(kafka: KafkaConfig) -> None:
    letter = DeadLetter("no reason", "infer", kafka.topic(POSES), 1, 5, None, b"\xff", None)
    with EventProducer(kafka) as producer:
        producer.send_dead_letter(letter)
    (message,) = read_all(kafka, DEAD_LETTERS, 1)
    assert (message.key(), message.value()) == (None, b"\xff")
    assert unpacked(message.headers())["reason"] == "no reason"


@pytest.mark.slow
def test_a_broker_that_is_killed_and_comes_back_loses_nothing(own_broker: Any) -> None:  # noqa: ANN401  # by path
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, topic_prefix="t", partitions=3)
    create_topics(kafka, admin_client(kafka))
    stop, delivered = threading.Event(), threading.Semaphore(0)
    sent = 0
    with EventProducer(kafka) as producer:

        def send(count: int) -> None:
            nonlocal sent
            for _ in range(count):
                producer.send(POSES, f"camera-{sent % 4}", str(sent).encode(), [("n", b"1")], delivered.release)
                sent += 1

        send(200)
        for _ in range(50):  # some are there, others on the way
            assert delivered.acquire(timeout=30)
        own_broker.kill()
        ends_at = time.monotonic() + 6.0
        while time.monotonic() < ends_at:
            send(20)
            stop.wait(0.1)
        assert producer.waiting > 0
        own_broker.start()
        send(200)
        assert producer.flush(60.0) == 0
    messages = read_all(kafka, POSES, sent)
    for camera in range(4):
        mine = [int(message.value()) for message in messages if message.key() == f"camera-{camera}".encode()]
        assert mine == list(range(camera, sent, 4))


TOO_LARGE = bytes(1_500_000)  # for the topic of poses, not for the client
Work = Callable[[EventProducer], object]


def during(producer: EventProducer, work: Work) -> None:
    with producer:
        work(producer)


def test_a_refused_event_ends_the_sending(kafka: KafkaConfig) -> None:
    def work(producer: EventProducer) -> None:
        producer.send(POSES, "lobby", TOO_LARGE, [])
        producer.flush(30.0)
        raise AssertionError("flush says nothing")

    with pytest.raises(
        DependencyError, match=r"^Kafka refused an event of t\w+\.poses: Broker: Message size too large$"
    ):
        during(EventProducer(kafka), work)


def test_an_event_refused_at_the_very_end_is_told(kafka: KafkaConfig) -> None:
    with pytest.raises(DependencyError, match=r"^Kafka refused an event of"):
        during(EventProducer(kafka), lambda producer: producer.send(POSES, "lobby", TOO_LARGE, []))


def test_after_a_refused_event_no_other_is_taken(kafka: KafkaConfig, eventually: Callable[..., None]) -> None:
    refused: list[str] = []

    def is_refused(producer: EventProducer) -> bool:
        try:
            producer.send(ALERTS, "lobby", b"x", [])
        except DependencyError as error:
            refused.append(str(error))
        return bool(refused)

    def work(producer: EventProducer) -> None:
        producer.send(POSES, "lobby", TOO_LARGE, [])
        eventually(lambda: is_refused(producer))

    with pytest.raises(DependencyError, match="Message size too large"):
        during(EventProducer(kafka), work)
    assert "poses: Broker: Message size too large" in refused[0]


def test_an_event_that_the_client_itself_refuses(kafka: KafkaConfig) -> None:
    with pytest.raises(DependencyError, match=r"^Kafka refused an event of t\w+\.poses: .*Message size too large$"):
        during(EventProducer(kafka), lambda producer: producer.send(POSES, "lobby", bytes(6_000_000), []))


def test_a_sign_of_life_may_be_refused(kafka: KafkaConfig) -> None:
    with EventProducer(kafka) as producer:
        producer.send(POSES, "lobby", TOO_LARGE, [], vital=False)
        producer.send(POSES, "lobby", bytes(6_000_000), [], vital=False)
        assert producer.flush(30.0) == 0
        producer.send(POSES, "lobby", b"x", [])
    assert [message.value() for message in read_all(kafka, POSES, 1)] == [b"x"]


def test_without_a_broker_the_end_is_told_in_time() -> None:
    done = subprocess.run([sys.executable, "-c", GIVES_UP], capture_output=True, text=True, timeout=40, check=False)
    assert (done.returncode, done.stderr) == (4, "")
    assert done.stdout == "Kafka at 127.0.0.1:1 did not take the last 1 events: they are lost\n"


def send_some(producer: EventProducer, count: int, value: bytes = b"x") -> None:
    for _ in range(count):
        producer.send(POSES, "lobby", value, [])


def test_an_error_of_the_work_is_not_hidden_by_the_end() -> None:
    def work(producer: EventProducer) -> None:
        send_some(producer, 1)
        raise KeyError

    with pytest.raises(KeyError):
        during(EventProducer(NOWHERE, drain_seconds=0.1), work)


def test_when_too_many_wait_the_next_one_waits_until_the_end_comes() -> None:
    stop = threading.Event()

    def work(producer: EventProducer) -> None:
        send_some(producer, 3)
        threading.Timer(0.3, stop.set).start()
        send_some(producer, 1)

    with pytest.raises(DependencyError, match=r"^Kafka at 127\.0\.0\.1:1 takes no events: 3 wait, the next is lost$"):
        during(EventProducer(NOWHERE, stop, most_waiting=3, drain_seconds=0.1), work)
    assert stop.is_set()


def test_a_sign_of_life_does_not_wait_for_room() -> None:
    def work(producer: EventProducer) -> None:
        send_some(producer, 3)
        producer.send(POSES, "lobby", b"x", [], vital=False)
        assert producer.waiting == 3

    with pytest.raises(DependencyError, match="did not take the last 3 events"):
        during(EventProducer(NOWHERE, most_waiting=3, drain_seconds=0.1), work)


def test_few_large_events_fill_the_memory_too() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(DependencyError, match=r"takes no events: 51 wait"):
        during(EventProducer(NOWHERE, stop, drain_seconds=0.1), lambda one: send_some(one, 60, bytes(1_000_000)))


def test_a_queue_that_the_config_made_smaller_than_ours_is_waited_for(kafka: KafkaConfig) -> None:
    small = kafka.model_copy(update={"properties": {"queue.buffering.max.messages": SecretStr("2")}})
    with EventProducer(small) as producer:
        send_some(producer, 50)
    assert len(read_all(kafka, POSES, 50)) == 50


def test_a_queue_made_smaller_does_not_hold_up_the_end() -> None:
    stop = threading.Event()
    stop.set()
    small = NOWHERE.model_copy(update={"properties": {"queue.buffering.max.messages": SecretStr("2")}})
    with pytest.raises(DependencyError, match=r"takes no events: 2 wait"):
        during(EventProducer(small, stop, drain_seconds=0.1), lambda producer: send_some(producer, 3))
