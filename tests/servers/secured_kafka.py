"""A broker that asks who is there (SASL/PLAIN, with and without TLS) and lets each do only what its ACLs say."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

PASSWORD = "correct-horse"  # noqa: S105  # of a broker that lives as long as the tests
USERS = ("admin", "nobody", *(f"user{number}" for number in range(20)))
_AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"


class SecuredKafka:
    """Wraps a KafkaBroker: USERS log in at ``sasl`` or ``tls`` with PASSWORD; ``admin`` may do all, others nothing."""

    def __init__(self, broker_class: Any, jars: Path, folder: Path) -> None:  # noqa: ANN401  # loaded by path
        settings = {"authorizer.class.name": _AUTHORIZER, "super.users": "User:ANONYMOUS;User:admin"}
        self.broker = broker_class(jars, folder, settings)
        self.sasl, self.tls = (broker_class(jars, folder).bootstrap_servers for _ in range(2))  # each has a free port
        self.authority, self._unused = folder / "ca.pem", iter(USERS[2:])
        listeners = f"PLAINTEXT://{self.broker.bootstrap_servers},SASL_PLAINTEXT://{self.sasl},SASL_SSL://{self.tls}"
        users = " ".join(f'user_{user}="{PASSWORD}"' for user in USERS)
        logins = f"{_LOGIN} {users};"
        settings |= {
            "listeners": f"{listeners},CONTROLLER://127.0.0.1:{self.broker.controller}",
            "advertised.listeners": listeners,
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,"
            "SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config": logins,
            "listener.name.sasl_ssl.plain.sasl.jaas.config": logins,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(_keys(folder, self.authority)),
        }

    def start(self) -> None:
        """Start the broker and wait until it answers."""
        self.broker.start()

    def stop(self) -> None:
        """End it; may be called twice."""
        self.broker.stop()

    def new_user(self) -> str:
        """Give a user that may do nothing yet."""
        return next(self._unused)

    def login(self, user: str, password: str = PASSWORD) -> dict[str, str]:
        """Give the properties of a user's client at ``sasl``."""
        return {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": user,
            "sasl.password": password,
        }

    def allow(self, user: str, kind: str, name: str, *operations: str, prefixed: bool = False) -> None:
        """Allow ``operations`` (READ, WRITE, …) on a TOPIC, GROUP, TRANSACTIONAL_ID or the BROKER (kafka-cluster)."""
        admin = AdminClient({"bootstrap.servers": self.broker.bootstrap_servers})
        for made in admin.create_acls(_bindings(user, kind, name, operations, prefixed=prefixed)).values():
            made.result(10.0)


def _bindings(user: str, kind: str, name: str, operations: Sequence[str], *, prefixed: bool) -> list[AclBinding]:
    pattern = ResourcePatternType.PREFIXED if prefixed else ResourcePatternType.LITERAL
    return [
        AclBinding(
            ResourceType[kind], name, pattern, f"User:{user}", "*", AclOperation[operation], AclPermissionType.ALLOW
        )
        for operation in operations
    ]


def _keys(folder: Path, authority: Path) -> Path:
    """Give a PEM file with the key and certificate of 127.0.0.1; its authority is the certificate itself."""
    key, both = folder / "key.pem", folder / "server.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(authority)]
    subprocess.run([*command, *subject], check=True, capture_output=True)
    both.write_text(key.read_text() + authority.read_text())
    return both
