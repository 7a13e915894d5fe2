"""The first frames of a recording, for measuring."""

from collections.abc import Iterator
from itertools import islice
from types import TracebackType
from typing import Self

from ingest.recording import Recording
from ingest.report import ReadReport
from posestream.schemas import Frame


class FirstFrames:
    """A recording that ends after ``count`` frames."""

    def __init__(self, recording: Recording, count: int) -> None:
        self._recording, self._count = recording, count
        whole = recording.expected_frames
        self.expected_frames: int | None = count if whole is None else min(count, whole)
        self.frame_rate = recording.frame_rate

    @property
    def report(self) -> ReadReport:
        """What was read and what was lost."""
        return self._recording.report

    def __enter__(self) -> Self:
        self._recording.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._recording.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[Frame]:
        return islice(iter(self._recording), self._count)

    def close(self) -> None:
        """Close what is open."""
        self._recording.close()
