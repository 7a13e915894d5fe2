"""Messages that no reader can use, of every kind that has been seen in the wild: made from a seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from posestream.messaging.headers import Headers

Message = tuple[bytes | None, bytes | None, Headers]
"""Key, value, headers."""

ABSURD_BYTES = 900_000


@dataclass(frozen=True)
class Poison:
    """Makes malformed messages from good ones of the same topic."""

    good: Sequence[Message]
    seed: int = 1

    def messages(self, count: int) -> Iterator[Message]:
        """Give ``count`` messages, each of one kind after the other."""
        rng = random.Random(self.seed)  # noqa: S311  # test data, no secret
        kinds = (_random_bytes, _cut, _wrong_version, _no_headers, _other_key, _flooded, _not_finite, _empty)
        for number in range(count):
            key, value, headers = self.good[number % len(self.good)]
            # Absurd sizes are rare: they are about the reader, not about the wire.
            make = _absurd if number % 500 == 499 else kinds[number % len(kinds)]
            yield make(rng, key, value, headers)


def _random_bytes(rng: random.Random, key: bytes | None, _value: bytes | None, headers: Headers) -> Message:
    # A first byte of a field that no message has, so that no random bytes are readable by chance.
    return key, b"\xff\xff" + rng.randbytes(rng.randrange(1, 400)), [*headers, ("camera", b"\xff")]


def _cut(rng: random.Random, key: bytes | None, value: bytes | None, headers: Headers) -> Message:
    whole = value or b"\xff\xff"
    kept = [(name, text) for name, text in headers if name != "width"]
    return key, whole[: max(1, min(len(whole) - 1, 1 + rng.randrange(12)))], kept


def _wrong_version(_rng: random.Random, key: bytes | None, value: bytes | None, headers: Headers) -> Message:
    return key, value, [(name, b"99" if name == "schema_version" else text) for name, text in headers]


def _no_headers(_rng: random.Random, key: bytes | None, value: bytes | None, _headers: Headers) -> Message:
    return key, value, []


def _other_key(rng: random.Random, _key: bytes | None, value: bytes | None, headers: Headers) -> Message:
    return f"not-the-camera-{rng.randrange(4)}".encode(), value, headers


def _flooded(_rng: random.Random, key: bytes | None, value: bytes | None, headers: Headers) -> Message:
    return key, value, headers + [(f"x{number}", b"y") for number in range(100)]


def _not_finite(_rng: random.Random, key: bytes | None, value: bytes | None, headers: Headers) -> Message:
    texts = [(name, b"nan" if name == "pts_seconds" else text) for name, text in headers]
    # Poses.scores (field 8, packed floats) once more with a NaN: one person too many, or not finite.
    return key, (value or b"") + b"\x42\x04\x00\x00\xc0\x7f", [*texts, ("width", b"999999")]


def _empty(_rng: random.Random, key: bytes | None, _value: bytes | None, headers: Headers) -> Message:
    return key, None, headers


def _absurd(_rng: random.Random, key: bytes | None, _value: bytes | None, headers: Headers) -> Message:
    return key, b"\xff" * ABSURD_BYTES, [("schema_version", b"1"), *headers[:1], ("codec", b"none")]
