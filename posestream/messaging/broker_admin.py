"""The client that asks the broker and tells it; why it cannot, in one line."""

import re
from collections.abc import Callable
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from posestream.config import KafkaConfig
from posestream.errors import DependencyError
from posestream.messaging.clients import Settings, made, unreachable
from posestream.redact import redact

_Answer = TypeVar("_Answer")

ASK_SECONDS = 5.0
NO_LEADER = {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE}
DENIED = {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED}
_SYMPTOMS = {KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._TRANSPORT}  # noqa: SLF001  # documented so
_ADDRESS = re.compile(r"^(?:\w+://)?\S+:\d+/\w+: ")
_STATE = re.compile(r" \(after \d+ms in state \w+.*\)$")


class BrokerAdmin(AdminClient):
    """An admin client that remembers why the broker could not be reached: a refused login, an unknown authority."""

    def __init__(self, settings: Settings) -> None:
        self._why, self._tell = "", settings["error_cb"]
        super().__init__(settings | {"error_cb": self._hear})

    @property
    def why(self) -> str:
        """The last cause that the client has heard of; empty without."""
        self.poll(0)
        return self._why

    def _hear(self, error: KafkaError) -> None:
        self._tell(error)
        # What went wrong with one connection says more than that none is left.
        if not self._why or error.code() not in _SYMPTOMS:
            self._why = _STATE.sub("", _ADDRESS.sub("", error.str()))


def admin_client(kafka: KafkaConfig) -> BrokerAdmin:
    """Make an admin client; raises ConfigError for a property that librdkafka does not know."""
    return made(BrokerAdmin, {"socket.keepalive.enable": True, **kafka.librdkafka()})


def asked(kafka: KafkaConfig, admin: BrokerAdmin, ask: Callable[[], _Answer]) -> _Answer:
    """Give the answer to a question; raises DependencyError with the cause that the client has heard of."""
    try:
        return ask()
    except KafkaException as exc:
        raise unreachable(kafka, admin.why or exc.args[0].str()) from None


def refusal(kafka: KafkaConfig, what: str, error: KafkaError, why: str = "") -> DependencyError:
    """Say that the broker did not do ``what``: it refuses, or it cannot be reached (``why``)."""
    if error.code() in _SYMPTOMS:
        return unreachable(kafka, why or error.str())
    remedy = "; this user lacks an ACL for it" if error.code() in DENIED else ""
    return DependencyError(redact(f"{what}: the broker refuses it: {error.str().rstrip('.')}{remedy}"))
