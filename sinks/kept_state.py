"""A camera's state in Quix' store: bytes of any size, in parts that fit into a message of the changelog."""

from typing import Any, Protocol

PART_BYTES = 500_000
MOST_PARTS = 32


class ByteState(Protocol):
    """What is used of Quix' State: the keys of one camera."""

    def get_bytes(self, key: Any, default: None = None) -> bytes | None:  # noqa: ANN401  # as Quix has it
        """Give what lies under a key."""
        ...

    def set_bytes(self, key: Any, value: bytes) -> None:  # noqa: ANN401  # as Quix has it
        """Put something under a key."""
        ...


def keep(state: ByteState, name: str, data: bytes) -> None:
    """Put bytes into the store; they replace what was kept under this name.

    Raises:
        ValueError: if they are more than 16 MB: a state is of bounded size.
    """
    parts = max(-(-len(data) // PART_BYTES), 1)
    if parts > MOST_PARTS:
        raise ValueError(f"{name}: a state of {len(data)} bytes, at most {MOST_PARTS * PART_BYTES} are kept")
    state.set_bytes(name, bytes([parts]) + data[:PART_BYTES])
    for number in range(1, parts):
        state.set_bytes(f"{name}.{number}", data[number * PART_BYTES : (number + 1) * PART_BYTES])


def kept(state: ByteState, name: str) -> bytes | None:
    """Give the bytes that were kept under this name; None if there are none, or not all of them."""
    first = state.get_bytes(name)
    if not first:
        return None
    parts = [first[1:], *(state.get_bytes(f"{name}.{number}") for number in range(1, first[0]))]
    whole = [part for part in parts if part is not None]
    return b"".join(whole) if len(whole) == len(parts) else None
