"""Headers of Kafka messages: short texts in UTF-8, read with suspicion."""

from collections.abc import Mapping, Sequence

from posestream.messaging.unreadable import Unreadable

Headers = list[tuple[str, str | bytes | None]]
"""What a producer is given."""
RawHeaders = Sequence[tuple[str, bytes | str | None]] | Mapping[str, bytes | str | None] | None
"""What a client may hand over."""

SCHEMA_VERSION = "schema_version"
MOST_HEADERS = 64
LONGEST_VALUE = 4096


def packed(values: Mapping[str, str]) -> Headers:
    """Give headers of texts."""
    return [(name, value.encode()) for name, value in values.items()]


def unpacked(headers: RawHeaders) -> dict[str, str]:
    """Give the headers as texts; of a name that stands twice the last one counts.

    Raises:
        Unreadable: if there are too many, one is too long or no text.
    """
    items = list(headers.items() if isinstance(headers, Mapping) else headers or ())
    if len(items) > MOST_HEADERS:
        raise Unreadable(f"{len(items)} headers: at most {MOST_HEADERS} are read")
    return {name: _text(name, value) for name, value in items}


def needed(headers: Mapping[str, str], name: str) -> str:
    """Give a header that must be there; raises Unreadable."""
    try:
        return headers[name]
    except KeyError:
        raise Unreadable(f"header '{name}' is missing") from None


def whole_number(headers: Mapping[str, str], name: str, least: int, most: int) -> int:
    """Give a header that must be a whole number within bounds; raises Unreadable."""
    text = needed(headers, name)
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20 and least <= int(text) <= most):
        raise Unreadable(f"header '{name}': wanted a whole number from {least} to {most}, got '{text[:40]}'")
    return int(text)


def check_version(headers: Mapping[str, str], readable: int) -> None:
    """Refuse a schema version that this program does not read; raises Unreadable."""
    text = needed(headers, SCHEMA_VERSION)
    if text != str(readable):
        raise Unreadable(f"schema_version '{text[:40]}': this posestream reads {readable}")


def _text(name: str, value: bytes | str | None) -> str:
    if value is None:
        return ""
    if len(value) > LONGEST_VALUE:
        raise Unreadable(f"header '{name[:40]}' has {len(value)} bytes: at most {LONGEST_VALUE} are read")
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Unreadable(f"header '{name[:40]}' is no text in UTF-8") from None
