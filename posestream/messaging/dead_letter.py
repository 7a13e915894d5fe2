"""A message that could not be read, kept for whoever will mend its sender. Key: as it came."""

from collections.abc import Mapping
from dataclasses import dataclass

from posestream.messaging.headers import Headers, RawHeaders, packed

MOST_KEPT_BYTES = 4_000_000
_MOST_KEPT_HEADERS = 32
_LONGEST_KEPT_HEADER = 1024


@dataclass(frozen=True)
class DeadLetter:
    """What lay where, and why it could not be read; ``service`` is who tried."""

    reason: str
    service: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: RawHeaders

    def message_headers(self) -> Headers:
        """Give the headers of the dead letter: ours first, those that came behind ``original.``."""
        ours = {
            "reason": self.reason,
            "service": self.service,
            "source_topic": self.topic,
            "source_partition": str(self.partition),
            "source_offset": str(self.offset),
            "original_bytes": str(len(self.value or b"")),
            "schema_version": "1",
        }
        return packed(ours) + _kept(self.headers)

    def message_value(self) -> bytes:
        """Give the bytes that could not be read; of absurd sizes the first 4 MB."""
        return (self.value or b"")[:MOST_KEPT_BYTES]


def _kept(headers: RawHeaders) -> Headers:
    items = list(headers.items() if isinstance(headers, Mapping) else headers or ())
    kept: Headers = []
    for name, value in items[:_MOST_KEPT_HEADERS]:
        raw = value.encode() if isinstance(value, str) else value or b""
        kept.append((f"original.{name}"[:128], raw[:_LONGEST_KEPT_HEADER]))
    return kept
