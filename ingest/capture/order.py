"""What a reader is told to read, and what it answers when it has ended; JSON lines, since a child may be taken over.

A child decodes what strangers send. So nothing of its answers is unpickled: they are texts of limited length.
"""

import json
from dataclasses import dataclass

from pydantic import TypeAdapter

from ingest.deadlines import LiveDeadlines
from ingest.settings import ReadSettings
from ingest.source import Source
from posestream.errors import AccessRefused, InputError
from posestream.redact import redact

_MOST_TEXT = 500


@dataclass(frozen=True)
class CaptureOrder:
    """Read this source so; ``packets``: hand on access units, undecoded. The address in it holds the login."""

    source: Source
    settings: ReadSettings
    deadlines: LiveDeadlines
    packets: bool = False

    def line(self) -> bytes:
        """Give it as one line."""
        return _ORDERS.dump_json(self) + b"\n"


_ORDERS = TypeAdapter(CaptureOrder)


def read_order(line: bytes) -> CaptureOrder:
    """Read what ``line`` gave; raises ValueError."""
    return _ORDERS.validate_json(line)


def end_line(fault: InputError | None) -> bytes:
    """Give the answer of a reader that has ended, and why."""
    refused = isinstance(fault, AccessRefused)
    text = "" if fault is None else redact(str(fault))[:_MOST_TEXT]
    return json.dumps({"text": text, "refused": refused}).encode() + b"\n"


def read_end(line: bytes) -> InputError | None:
    """Read what ``end_line`` gave; rubbish is a fault of its own."""
    try:
        answer = json.loads(line)
        text, refused = str(answer["text"]), answer["refused"] is True
    except (ValueError, KeyError, TypeError, RecursionError):
        return InputError("the camera's reader answers rubbish")
    if not text:
        return None
    plain = "".join(sign for sign in redact(text)[:_MOST_TEXT] if sign.isprintable())
    return AccessRefused(plain) if refused else InputError(plain)
