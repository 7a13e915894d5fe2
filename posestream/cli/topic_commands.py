"""What ``posestream topics`` does: loaded when it is called, since it needs Kafka's client library."""

import json
import sys
from typing import Any

import typer

from posestream.cli.columns import columns
from posestream.config import KafkaConfig
from posestream.messaging.broker_admin import admin_client
from posestream.messaging.topic_admin import apply_topics
from posestream.messaging.topic_figures import topic_figures
from posestream.messaging.topic_plan import Allowed, plan_topics
from posestream.messaging.topic_report import HEAD, difference_lines, done_lines, plan_content, topic_rows
from posestream.messaging.topic_sizes import size_complaints
from posestream.messaging.topic_states import broker_most_bytes, topics_there
from posestream.messaging.topics import topic_specs
from posestream.redact import redact


def apply(kafka: KafkaConfig, *, more_partitions: bool, shrink: bool, as_json: bool) -> int:
    """Bring the broker's topics to ours and say what was done; gives the exit code."""
    admin = admin_client(kafka)
    done, there = apply_topics(kafka, admin, Allowed(more_partitions, shrink))
    small = size_complaints(kafka, there, broker_most_bytes(kafka, admin))
    if as_json:
        _write_json(plan_content(done) | {"too_small": small})
    else:
        _say([*done_lines(done), *done.kept, *done.refused, *small])
        if done.is_done and not (done.refused or small):
            _say(["all topics are as wanted"])
    return 1 if done.refused or small else 0


def show(kafka: KafkaConfig, *, as_json: bool) -> int:
    """Print what the broker has and what differs; gives the exit code."""
    admin, specs = admin_client(kafka), topic_specs(kafka)
    there = topics_there(kafka, admin)
    rows = topic_rows(specs, there, topic_figures(kafka, admin, there))
    plan = plan_topics(specs, there)
    differs = [*difference_lines(plan), *size_complaints(kafka, there, broker_most_bytes(kafka, admin))]
    if as_json:
        _write_json({"topics": [row.content() for row in rows], "differs": differs, "kept": list(plan.kept)})
    else:
        lines = columns([HEAD, *(row.texts() for row in rows)])
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
        _say([*plan.kept, *differs])
    return 1 if differs else 0


def _say(lines: list[str]) -> None:
    for line in lines:
        typer.echo(redact(line), err=True)


def _write_json(content: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(content, indent=2) + "\n")
