"""The lines of the embedded pipeline as they are wanted now."""

from collections.abc import Callable, Iterator, Sequence

from ingest.live import LiveCamera
from ingest.source import Source
from posestream.config import CameraConfig, RuleConfig
from posestream.hosts.line import CameraLine

Camera = tuple[Source, CameraConfig, tuple[RuleConfig, ...]]
MakeLine = Callable[[Source, CameraConfig, tuple[RuleConfig, ...]], CameraLine]


class LineUp:
    """Begins, changes and ends lines until they are those of the cameras; used by the pipeline's one thread.

    Guarantee: a line whose camera and rules stay the same is not touched.
    """

    def __init__(self, lines: Sequence[CameraLine], make: MakeLine) -> None:
        self._lines = list(lines)
        self._make = make
        self._leaving: list[LiveCamera] = []

    def __iter__(self) -> Iterator[CameraLine]:
        return iter(tuple(self._lines))

    def bring_to(self, cameras: Sequence[Camera]) -> tuple[CameraLine, ...]:
        """Make the lines those of these cameras, in their order; gives the lines that ended, their capture stopped."""
        known = {line.camera.id: line for line in self._lines}
        lines = []
        for source, camera, rules in cameras:
            line = known.pop(camera.id, None)
            if line is None:
                line = self._make(source, camera, rules)
                line.start()
            else:
                line.change(source, camera, rules)
            lines.append(line)
        self._lines = lines
        for line in known.values():
            line.capture.stop(0.0)
            self._leaving.append(line.capture)
        return tuple(known.values())

    def turn(self) -> None:
        """Go on with what had to wait: called some times a second."""
        for line in self._lines:
            line.start()
        self._leaving = [capture for capture in self._leaving if not capture.stop(0.0)]
