"""What ``posestream tail`` does: loaded when it is called, since it needs Kafka's client library."""

import json
import sys
from dataclasses import dataclass

import typer
from confluent_kafka import Message

from posestream.config import KafkaConfig
from posestream.json_form import iso_time
from posestream.lifecycle import StopSignals
from posestream.messaging.message_line import message_line
from posestream.messaging.readable import readable, shown_text, stream_of
from posestream.messaging.tailing import Tail, full_name, tail_messages

_LAST_MS = 253_402_300_799_000  # the end of the year 9999: a sender may claim any time


@dataclass(frozen=True)
class TailOptions:
    """What the command line says; ``count`` 0: no end, ``camera`` None: all."""

    beginning: bool
    count: int
    camera: str | None
    follow: bool
    as_json: bool


def tail(kafka: KafkaConfig, name: str, options: TailOptions) -> int:
    """Print messages until the count is reached, the end comes or a signal asks for it; gives the exit code."""
    topic = full_name(kafka, name)
    stream = stream_of(kafka, topic)
    write = _json_line if options.as_json or not sys.stdout.isatty() else _text_line
    key = None if options.camera is None else options.camera.encode()
    shown = 0
    with StopSignals() as signals:
        begin = "beginning" if options.beginning else "end"
        typer.echo(f"{topic} from the {begin}; Ctrl+C ends it", err=True)
        for message in tail_messages(kafka, Tail(topic, options.beginning, options.follow), signals.stop):
            if key is not None and message.key() != key:
                continue
            sys.stdout.write(f"{write(stream, message)}\n")
            sys.stdout.flush()
            shown += 1
            if shown == options.count:
                break
    return signals.exit_code


def _json_line(stream: str | None, message: Message) -> str:
    content = {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "at": _time(message),
        "key": shown_text(message.key()),
        "content": readable(stream, message.key(), message.value(), message.headers()),
    }
    return json.dumps(content, separators=(",", ":"))


def _text_line(stream: str | None, message: Message) -> str:
    content = readable(stream, message.key(), message.value(), message.headers())
    place = f"{message.partition()}:{message.offset()}"
    return message_line(stream, _time(message)[11:23], shown_text(message.key()), place, content)


def _time(message: Message) -> str:
    """Give when the broker or the sender says it was sent; the year 1970 where nobody does."""
    _, milliseconds = message.timestamp()
    return iso_time(min(max(0, milliseconds), _LAST_MS) * 1_000_000)
