"""What is told of dead letters."""

from typing import Any

from structlog.testing import capture_logs

from posestream.clock import SettableClock
from posestream.config import KafkaConfig
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.dead_letter_count import QUIET_SECONDS, DeadLetterCount
from posestream.telemetry.metrics import Metrics

KAFKA = KafkaConfig(topic_prefix="site7")


def letter(topic: str, offset: int, reason: str = "no frame") -> DeadLetter:
    return DeadLetter(reason, "infer", KAFKA.topic(topic), 3, offset, None, b"x", None)


def told(count: DeadLetterCount, *letters: DeadLetter) -> list[Any]:
    with capture_logs() as logs:
        for one in letters:
            count.count(one)
    return logs


def test_the_first_of_a_topic_is_told_at_once_and_the_others_once_a_minute() -> None:
    clock, metrics = SettableClock(), Metrics("infer", "infer/a")
    count = DeadLetterCount("infer", KAFKA, metrics, clock)
    [line] = told(count, *(letter("frames", offset) for offset in range(40)))
    assert (line["event"], line["log_level"], line["letters"]) == ("dead_letters", "warning", 1)
    assert (line["topic"], line["partition"], line["offset"]) == ("site7.frames", 3, 0)
    assert line["reason"] == "no frame"
    assert len(told(count, letter("poses", 0))) == 1, "each topic has its own minute"
    clock.advance(QUIET_SECONDS)
    [line] = told(count, letter("frames", 40), letter("frames", 41))
    assert (line["letters"], line["offset"]) == (40, 40)
    assert b'posestream_dead_letters_total{topic="frames"} 42.0' in metrics.text()
    assert b'posestream_dead_letters_total{topic="poses"} 1.0' in metrics.text()


def test_a_reason_is_short_and_hides_secrets() -> None:
    count = DeadLetterCount("infer", KAFKA, Metrics("infer", "infer/a"), SettableClock())
    [line] = told(count, letter("frames", 0, "from rtsp://user:hunter2@cam/ " + "x" * 5000))
    assert "hunter2" not in line["reason"]
    assert len(line["reason"]) <= 300
