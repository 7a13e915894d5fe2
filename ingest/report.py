"""What was read of a recording, and what was lost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadReport:
    """The account of one reading.

    ``frames_decoded`` counts good frames, sampled or not; ``frames_corrupt`` damaged ones, which are passed over.
    ``complete`` says that the whole recording was read and all of it was good; ``reason`` says why not.
    """

    frames_decoded: int
    frames_corrupt: int
    complete: bool
    reason: str | None = None
