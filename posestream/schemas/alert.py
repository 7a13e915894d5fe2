"""An alert's change of state."""

import uuid
from dataclasses import dataclass
from enum import StrEnum

# Fixed for ever: alert ids are uuid5 in this namespace, so a replay gives the same ids.
ALERT_NAMESPACE = uuid.UUID("6f1c1f1e-6a53-5d0a-9c53-3f4a1f0f9c11")


class Severity(StrEnum):
    """How bad it is, as the rule says."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertState(StrEnum):
    """Where an alert is in its life; pending alerts have no id yet and are not sent."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Alert:
    """One change of state of one alert; the frame fields are those of the frame that changed it.

    ``started_at_ns`` is when the condition first held, ``ended_at_ns`` when it last held (None while firing).
    ``value`` is the rule's own figure: seconds in the zone, persons in the crowd.
    ``muted`` tells notifiers that the rule's cooldown holds; recorded it is all the same.
    """

    id: str
    rule: str
    kind: str
    camera_id: str
    epoch: int
    zone: str | None
    line: str | None
    track_id: int | None
    severity: Severity
    state: AlertState
    started_at_ns: int
    ended_at_ns: int | None
    frame_index: int
    pts_seconds: float
    value: float
    muted: bool = False
    snapshot: str | None = None


def alert_id(
    *, rule: str, camera_id: str, epoch: int, place: str | None, track_id: int | None, first_firing_frame: int
) -> str:
    """Give the deterministic id of an alert; ``place`` is its zone or line."""
    track = "" if track_id is None else str(track_id)
    text = f"{rule}/{camera_id}/{epoch}/{place or ''}/{track}/{first_firing_frame}"
    return str(uuid.uuid5(ALERT_NAMESPACE, text))
