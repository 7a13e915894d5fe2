"""Scenario: malformed messages among good ones; every one becomes a dead letter and the good ones hardly wait."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab.installation import wait_until
from lab.poison import Message, Poison
from lab.site import Site
from posestream.messaging.event_producer import EventProducer

WAIT_SECONDS = 300.0


@dataclass(frozen=True)
class Load:
    """What is put on a topic before its reader starts; ``answers`` is the topic on which it answers each good one."""

    service: str
    stream: str
    answers: str
    good: Sequence[Message]


def fill(site: Site, load: Load, malformed: int, seed: int) -> int:
    """Put the good messages on the topic with malformed ones spread evenly among them; gives how many of both."""
    bad = iter(Poison(load.good, seed).messages(malformed))
    share, owed = malformed / max(len(load.good), 1), 0.0
    sent = 0
    with EventProducer(site.kafka) as producer:
        for key, value, headers in load.good:
            owed += share
            while owed >= 1.0 and (poison := next(bad, None)) is not None:
                producer.send(load.stream, poison[0], poison[1], poison[2])
                owed, sent = owed - 1.0, sent + 1
            producer.send(load.stream, key, value, headers)
            sent += 1
        for poison in bad:
            producer.send(load.stream, poison[0], poison[1], poison[2])
            sent += 1
    return sent


def drain(site: Site, load: Load, expected_answers: int, expected_dead: int) -> dict[str, Any]:
    """Start the reader and wait until all is answered; gives the CPU and wall seconds from ready to done."""
    name = f"{load.service}/w1"
    site.services.start(load.service)
    site.services.wait_ready(name)
    began, cpu = time.monotonic(), site.services.cpu_seconds(name)

    def done() -> bool:
        assert site.services.workers[name].process.poll() is None, site.services.logs()[-3000:]
        return _count(site, load.answers) >= expected_answers and _count(site, "dead-letters") >= expected_dead

    wait_until(done, f"{expected_answers} answers and {expected_dead} dead letters", WAIT_SECONDS)
    seconds, used = time.monotonic() - began, site.services.cpu_seconds(name) - cpu
    code, _ = site.services.terminate(name)
    return {"seconds": round(seconds, 2), "cpu_seconds": round(used, 2), "exit_code": code}


def _count(site: Site, stream: str) -> int:
    return sum(site.ends(stream))
