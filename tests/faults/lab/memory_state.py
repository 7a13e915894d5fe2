"""The store of one camera in memory: what the stages see of Quix' State, without Quix."""


class DictState:
    """Keys and bytes; what is kept is gone with it."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def get_bytes(self, key: str, default: None = None) -> bytes | None:
        """Give what lies under a key."""
        return self.content.get(key, default)

    def set_bytes(self, key: str, value: bytes) -> None:
        """Put something under a key."""
        self.content[key] = value
