"""A message that cannot be read, and why: it goes to the dead letters, never to a traceback."""

from typing import ClassVar

from posestream.errors import PosestreamError

LONGEST_REASON = 300


class Unreadable(PosestreamError):
    """The bytes of a message are not what its topic carries; the text says what was wanted and what came."""

    exit_code: ClassVar[int] = 1

    def __init__(self, reason: str) -> None:
        flat = " ".join("".join(char if char.isprintable() else " " for char in reason).split())
        super().__init__(flat[:LONGEST_REASON])

    @property
    def reason(self) -> str:
        """One line for the header of the dead letter."""
        return str(self)
