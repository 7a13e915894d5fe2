"""Why a broker cannot be reached, from real refusals."""

from typing import Any

import pytest
from confluent_kafka import KafkaError

from posestream.config import KafkaConfig
from posestream.errors import ConfigError, DependencyError
from posestream.messaging.broker_admin import admin_client, asked, refusal


def why(kafka: KafkaConfig) -> str:
    """Give the line that a user reads."""
    admin = admin_client(kafka)
    with pytest.raises(DependencyError) as raised:
        asked(kafka, admin, lambda: admin.list_topics(timeout=2.0))
    assert "CANARY" not in str(raised.value)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_nobody_listens() -> None:
    assert why(KafkaConfig(bootstrap_servers="127.0.0.1:1")) == (
        "Kafka at 127.0.0.1:1 cannot be reached: Connect to ipv4#127.0.0.1:1 failed: Connection refused; is it "
        "running, is kafka.bootstrap_servers right?"
    )


def test_an_unknown_property_is_a_mistake_in_the_config() -> None:
    with pytest.raises(ConfigError, match=r"^kafka.properties: No such configuration property: \"no.such\"$"):
        admin_client(KafkaConfig.model_validate({"properties": {"no.such": "x"}}))


def test_a_wrong_password_is_told_without_it(secured_kafka: Any) -> None:  # noqa: ANN401  # loaded by path
    properties = secured_kafka.login("nobody", "CANARY")
    line = why(KafkaConfig.model_validate({"bootstrap_servers": secured_kafka.sasl, "properties": properties}))
    assert line.endswith(
        "SASL authentication error: Authentication failed: Invalid username or password; are kafka.properties right?"
    )


def test_an_unknown_authority_is_told(secured_kafka: Any) -> None:  # noqa: ANN401  # loaded by path
    properties = secured_kafka.login("admin") | {"security.protocol": "SASL_SSL"}
    line = why(KafkaConfig.model_validate({"bootstrap_servers": secured_kafka.tls, "properties": properties}))
    assert "SSL handshake failed" in line
    assert "certificate verify failed" in line
    assert line.endswith("are kafka.properties right?")


def test_tls_with_login_works(secured_kafka: Any) -> None:  # noqa: ANN401  # loaded by path
    properties = secured_kafka.login("admin") | {"security.protocol": "SASL_SSL"}
    kafka = KafkaConfig.model_validate(
        {
            "bootstrap_servers": secured_kafka.tls,
            "properties": properties | {"ssl.ca.location": str(secured_kafka.authority)},
        }
    )
    admin = admin_client(kafka)
    assert asked(kafka, admin, lambda: admin.list_topics(timeout=5.0)).brokers
    assert admin.why == ""


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            "topic x: the broker refuses it: because; this user lacks an ACL for it",
        ),
        (KafkaError.INVALID_PARTITIONS, "topic x: the broker refuses it: because"),
    ],
)
def test_a_refusal_is_one_line(code: int, line: str) -> None:
    kafka = KafkaConfig()
    assert str(refusal(kafka, "topic x", KafkaError(code, "because."))) == line


def test_an_answer_that_does_not_come_is_a_broker_that_is_away() -> None:
    kafka = KafkaConfig(bootstrap_servers="127.0.0.1:1")
    line = str(refusal(kafka, "topic x", KafkaError(KafkaError._TIMED_OUT), "no route"))
    assert line.startswith("Kafka at 127.0.0.1:1 cannot be reached: no route; ")
