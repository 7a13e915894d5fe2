"""Single services over the topics of a test: processes like an operator's, without a whole site."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeVar

from lab.installation import Installation, wait_until
from posestream.config import KafkaConfig

_Event = TypeVar("_Event")


@contextmanager
def workers(kafka: KafkaConfig, folder: Path, config: Mapping[str, Any]) -> Iterator[Installation]:
    """Give the commands over the topics of ``kafka``; ``config`` is the rest of the config file."""
    section = {
        "bootstrap_servers": kafka.bootstrap_servers,
        "topic_prefix": kafka.topic_prefix,
        "partitions": kafka.partitions,
    }
    whole = {**config, "kafka": section | dict(config.get("kafka", {}))}
    path = folder / "config.yaml"
    path.write_text(json.dumps(whole))
    installation = Installation(path, folder)
    try:
        yield installation
    finally:
        installation.stop()


@contextmanager
def fed(
    send: Callable[[KafkaConfig, Iterable[_Event], float], None],
    kafka: KafkaConfig,
    events: Iterable[_Event],
    per_second: float,
) -> Iterator[None]:
    """While open, events are sent, so many a second; what was sent is with the broker afterwards."""
    ended = threading.Event()
    coming = takewhile(lambda _: not ended.is_set(), events)
    feeding = threading.Thread(target=send, args=(kafka, coming, per_second), daemon=True)
    feeding.start()
    try:
        yield
        assert feeding.is_alive(), "the sender has failed"
    finally:
        ended.set()
        feeding.join(60.0)


def wait_with(installation: Installation, name: str, condition: Callable[[], Any], what: str) -> Any:  # noqa: ANN401  # its answer
    """Give the condition's first true answer; a worker that ends meanwhile is shown by what it said last."""

    def holds() -> Any:  # noqa: ANN401  # as above
        worker = installation.workers[name]
        assert worker.process.poll() is None, f"{name} ended: {worker.log.read_text(errors='replace')[-3000:]}"
        return condition()

    return wait_until(holds, what)
