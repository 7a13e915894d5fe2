"""What cannot be seen with a healthy broker; test_stream.py kills a real one."""

import threading
import time
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from quixstreams.internal_producer import KafkaProducerTransactionCommitFailed

from sinks.bounded_producer import BoundedProducer


class Client:
    """A producer of Quix whose client answers, fails or never answers."""

    def __init__(self, answer: threading.Event, error: Exception | None = None) -> None:
        self._answer, self._error = answer, error
        self.committed = 0

    def commit_transaction(self, _timeout: float | None) -> None:
        assert self._answer.wait(60)
        if self._error is not None:
            raise self._error
        self.committed += 1


def producer_on(client: Client) -> BoundedProducer:
    producer = BoundedProducer("127.0.0.1:1", transactional=True)
    producer.__dict__["_producer"] = client
    producer.commit_seconds = 0.2
    return producer


def commit(producer: BoundedProducer) -> None:
    metadata: Any = None
    producer.commit_transaction([], metadata)


def test_a_commit_that_is_answered() -> None:
    answer = threading.Event()
    answer.set()
    client = Client(answer)
    commit(producer_on(client))
    assert client.committed == 1


def test_an_error_is_raised_by_the_one_who_waits() -> None:
    answer = threading.Event()
    answer.set()
    with pytest.raises(KafkaException):
        commit(producer_on(Client(answer, KafkaException(KafkaError(KafkaError._FENCED)))))


def test_one_that_is_never_answered_is_given_up() -> None:
    answer = threading.Event()
    began = time.monotonic()
    with pytest.raises(KafkaProducerTransactionCommitFailed, match=r"^no answer within 0\.2 s$"):
        commit(producer_on(Client(answer)))
    assert time.monotonic() - began < 30
    answer.set()
