"""Series and alerts in an InfluxDB server."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from posestream.schemas import Alert
from sinks.influx_lines import Point, alert_points, second_points
from sinks.series_store import Finding, Refusal


class LineWriter(Protocol):
    """What takes lines: InfluxWriter, or a list in tests."""

    def check(self) -> None:
        """Raise StoreAway unless lines would be taken now."""
        ...

    def write(self, lines: Sequence[bytes]) -> list[tuple[int, str]]:
        """Write all or raise StoreAway; gives places and reasons of refused lines."""
        ...


class InfluxSeries:
    """Keeps findings as points; ``count`` hears how many of each measurement were written."""

    def __init__(self, writer: LineWriter, site: str, count: Callable[[str, int], None]) -> None:
        self._writer, self._site, self._count = writer, site, count

    def check(self) -> None:
        """Raise StoreAway unless the server would take something now."""
        self._writer.check()

    def keep(self, findings: Sequence[Finding]) -> tuple[Refusal, ...]:
        """Write all points; raises StoreAway. Of points that are the same only the last is sent."""
        newest: dict[tuple[str, int], tuple[Point, Finding]] = {}
        for finding in findings:
            for point in points_of(finding, self._site):
                newest[point.series, point.time_ns] = (point, finding)
        points = list(newest.values())
        lines = [point.line.encode() for point, _ in points]
        refused = self._writer.write(lines) if lines else []
        gone = {place for place, _ in refused}
        written = Counter(point.measurement for place, (point, _) in enumerate(points) if place not in gone)
        for measurement, number in written.items():
            self._count(measurement, number)
        return tuple(Refusal(points[place][1], lines[place], reason) for place, reason in refused)


def points_of(finding: Finding, site: str) -> tuple[Point, ...]:
    """Give the points of a finding."""
    if isinstance(finding.event, Alert):
        return alert_points(finding.event, site)
    return second_points(finding.event, site)
