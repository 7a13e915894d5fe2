"""A service on sinks/stream.py for its tests: counts the messages of each key and chains their hashes in its state.

    python counting_worker.py BROKER PREFIX FOLDER at-least-once|exactly-once [WORKER]

Each output says how many messages of its key there were and the hash of all of them: a state that was lost, or a
message that was counted twice, shows in every later output. A message of b"bad" is unreadable.
"""

import hashlib
import sys
from pathlib import Path
from typing import Any

from posestream.config import Config, KafkaConfig
from posestream.errors import PosestreamError
from posestream.logs import configure_logs
from posestream.messaging.headers import RawHeaders
from posestream.messaging.topics import POSES, TRACKS
from posestream.messaging.unreadable import Unreadable
from posestream.service import Service, ServiceOptions, running
from sinks.stream import StreamApplication, StreamOptions, bytes_topic, events, run_stream


def chained(before: str, value: bytes) -> str:
    """Give the hash of all values so far."""
    return hashlib.sha256(before.encode() + value).hexdigest()[:16]


def read(_key: bytes | None, value: bytes | None, _headers: RawHeaders) -> bytes:
    """Read a message: any bytes but b"bad"."""
    if value is None or value == b"bad":
        raise Unreadable("bad, as it was told to be")
    return value


def count(value: bytes, state: Any) -> bytes:  # noqa: ANN401  # Quix' State
    """Count a message of a key."""
    number, chain = state.get("number", 0) + 1, chained(state.get("chain", ""), value)
    state.set("number", number)
    state.set("chain", chain)
    return f"{number} {chain}".encode()


def build(service: Service, app: StreamApplication) -> None:
    """Add the dataframe."""
    readable, _ = events(service, app, POSES, read)
    readable.apply(count, stateful=True).to_topic(bytes_topic(app, service.config.kafka.topic(TRACKS)))


def main() -> int:
    """Run until told to stop."""
    broker, prefix, folder, delivery, *worker = sys.argv[1:]
    configure_logs(json_lines=True)
    config = Config(kafka=KafkaConfig(bootstrap_servers=broker, topic_prefix=prefix, partitions=3))
    options = ServiceOptions(worker[0] if worker else "one", Path(folder), 0)
    try:
        with running("track", config, options) as service:
            if service.wait_for_topics((POSES, TRACKS)):
                run_stream(
                    service,
                    StreamOptions(0.2, exactly_once=delivery == "exactly-once"),
                    lambda app: build(service, app),
                )
            return service.exit_code
    except PosestreamError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
