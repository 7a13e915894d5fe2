"""What is kept in InfluxDB, as line protocol: pure, every name and text escaped.

| measurement | tags | fields | time |
|---|---|---|---|
| people | site, camera | persons, persons_max, frames, fps, inference_ms | begin of the second |
| zones | site, camera, zone | persons, persons_max | begin of the second |
| pipeline | site, camera | frames, not_looked_at | begin of the second |
| alerts | site, camera, rule, severity | id, kind, state, value, epoch, frame_index, … | begin of the alert |

Tags never grow without bound: ids of tracks and alerts are fields. A point that is written again is the same point.
Alerts of one rule that begin in the same frame differ by the nanosecond: times come in microseconds, and the last
three digits are the track's id (modulo 1000); an alert that is not about a track ends in 000.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from posestream.schemas import Alert
from sinks.series import FinishedSecond

Value = float | int | str | bool | None
_SECOND_NS = 1_000_000_000
_TAG = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ ", "\\": "_", "\n": "_", "\r": "_"})
_MEASUREMENT = str.maketrans({",": "\\,", " ": "\\ ", "\\": "_", "\n": "_", "\r": "_"})
_TEXT = str.maketrans({'"': '\\"', "\\": "\\\\"})


@dataclass(frozen=True)
class Point:
    """One line in its three parts; series and time name the point."""

    series: str
    fields: str
    time_ns: int

    @property
    def measurement(self) -> str:
        """The measurement, as escaped."""
        return self.series.partition(",")[0]

    @property
    def line(self) -> str:
        """The line, without its end."""
        return f"{self.series} {self.fields} {self.time_ns}"


def point(measurement: str, tags: Mapping[str, str], fields: Mapping[str, Value], time_ns: int) -> Point | None:
    """Give a point; None if no field is left.

    An empty tag is left out, and a field that is None, NaN or infinite: none of them can be written. A backslash or
    line end in a tag or name becomes an underscore: line protocol has no way to write them there.
    """
    kept = {name: text for name, value in fields.items() if (text := _field(value)) is not None}
    if not kept:
        return None
    pairs = sorted((name, value) for name, value in tags.items() if value)
    labels = "".join(f",{name.translate(_TAG)}={value.translate(_TAG)}" for name, value in pairs)
    texts = ",".join(f"{name.translate(_TAG)}={text}" for name, text in kept.items())
    return Point(measurement.translate(_MEASUREMENT) + labels, texts, time_ns)


def second_points(finished: FinishedSecond, site: str) -> tuple[Point, ...]:
    """Give the points of a second; where nothing was looked at nobody knows how many persons there were."""
    second = finished.second
    tags = {"site": site, "camera": second.camera_id}
    at_ns = second.second_utc * _SECOND_NS
    pipeline = {"frames": second.frames, "not_looked_at": finished.not_looked_at}
    points = [point("pipeline", tags, pipeline, at_ns)]
    if second.frames:
        people: dict[str, Value] = {
            "persons": second.persons,
            "persons_max": second.persons_max,
            "frames": second.frames,
            "fps": second.fps,
            "inference_ms": second.inference_ms,
        }
        points.append(point("people", tags, people, at_ns))
        points += [
            point("zones", tags | {"zone": zone.zone}, _zone_fields(zone.persons, zone.persons_max), at_ns)
            for zone in finished.zones
        ]
    return tuple(kept for kept in points if kept is not None)


def alert_points(alert: Alert, site: str) -> tuple[Point, ...]:
    """Give the point of an alert; its newest state replaces the older one."""
    tags = {"site": site, "camera": alert.camera_id, "rule": alert.rule, "severity": alert.severity.value}
    fields: dict[str, Value] = {
        "id": alert.id,
        "kind": alert.kind,
        "state": alert.state.value,
        "value": float(alert.value),
        "epoch": alert.epoch,
        "frame_index": alert.frame_index,
        "pts_seconds": float(alert.pts_seconds),
        "muted": alert.muted,
        "zone": alert.zone,
        "line": alert.line,
        "track_id": alert.track_id,
        "ended_at_ns": alert.ended_at_ns,
        "snapshot": alert.snapshot,
    }
    kept = point("alerts", tags, fields, alert_time_ns(alert))
    return () if kept is None else (kept,)


def alert_time_ns(alert: Alert) -> int:
    """Give the time of an alert's point: its begin in whole microseconds, then the track."""
    return alert.started_at_ns // 1000 * 1000 + (alert.track_id or 0) % 1000


def _zone_fields(persons: float, persons_max: int) -> dict[str, Value]:
    return {"persons": persons, "persons_max": persons_max}


def _field(value: Value) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    return f'"{value.translate(_TEXT)}"'
