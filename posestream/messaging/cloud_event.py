"""JSON messages in CloudEvents' binary mode: what it is stands in headers, the value is the JSON object.

(CloudEvents 1.0, Kafka protocol binding: headers ``ce_…`` and ``content-type``.)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from posestream.json_form import iso_time
from posestream.messaging.headers import SCHEMA_VERSION, Headers, RawHeaders, check_version, needed, packed, unpacked
from posestream.messaging.unreadable import Unreadable

JSON_VERSION = 1
MOST_JSON_BYTES = 262_144


@dataclass(frozen=True)
class EventHead:
    """What the headers say: ``type`` like ``io.posestream.alert.firing``, ``source`` like ``/site/lobby``."""

    id: str
    type: str
    source: str
    at_ns: int

    def headers(self) -> Headers:
        """Give the headers of the message."""
        return packed(
            {
                "ce_specversion": "1.0",
                "ce_id": self.id,
                "ce_type": self.type,
                "ce_source": self.source,
                "ce_time": iso_time(self.at_ns),
                "content-type": "application/json",
                SCHEMA_VERSION: str(JSON_VERSION),
            }
        )


def write_json(content: Mapping[str, Any]) -> bytes:
    """Give the value of a message; the same content gives the same bytes."""
    return json.dumps(content, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


def read_json(value: bytes | None, headers: RawHeaders, kinds: str) -> dict[str, Any]:
    """Give the object of a message whose type begins with ``kinds``.

    Raises:
        Unreadable: if it is none; the text says why.
    """
    texts = unpacked(headers)
    check_version(texts, JSON_VERSION)
    if needed(texts, "ce_specversion") != "1.0":
        raise Unreadable(f"ce_specversion '{texts['ce_specversion'][:40]}': 1.0 is read")
    if not needed(texts, "ce_type").startswith(kinds):
        raise Unreadable(f"ce_type '{texts['ce_type'][:80]}': wanted {kinds}…")
    if not value or len(value) > MOST_JSON_BYTES:
        raise Unreadable(f"a JSON object of {len(value or b'')} bytes: wanted 1 to {MOST_JSON_BYTES}")
    try:
        content = json.loads(value, parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        raise Unreadable(f"not JSON: {exc}") from None
    if not isinstance(content, dict):
        raise Unreadable(f"wanted a JSON object, got a {type(content).__name__}")
    return content


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
