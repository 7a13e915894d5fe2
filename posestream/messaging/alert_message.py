"""An alert on its topic: the object of alerts.jsonl, with epoch and mute, as a CloudEvent. Key: the camera."""

from pydantic import AwareDatetime, Field, ValidationError

from posestream.config.base import Name
from posestream.json_form import alert_to_json
from posestream.messaging.cloud_event import EventHead, read_json, write_json
from posestream.messaging.headers import Headers, RawHeaders, unpacked
from posestream.messaging.json_message import MOST_64, Count, Key, Message, first_mistake
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import Alert, AlertState, Severity

ALERT_TYPE = "io.posestream.alert."


class AlertMessage(Message):
    """The JSON of an alert; times are ISO-8601 UTC."""

    id: str = Field(min_length=1, max_length=64, description="Deterministic: the same input gives the same id")
    rule: Name = Field(description="Id of the rule")
    kind: Name = Field(description="Kind of the rule")
    camera: Key = Field(description="Id of the camera, or worker/ID")
    epoch: Count = Field(description="Epoch of the frame that changed the state")
    zone: Name | None = Field(description="Id of the zone")
    line: Name | None = Field(description="Id of the line")
    track_id: Count | None = Field(description="Who it is about")
    severity: Severity = Field(description="As the rule says")
    state: AlertState = Field(description="firing or resolved")
    started_at: AwareDatetime = Field(description="When the condition first held")
    ended_at: AwareDatetime | None = Field(description="When it last held; null while firing")
    frame_index: Count = Field(description="The frame that changed the state")
    pts_seconds: float = Field(description="Its place in the stream")
    value: float = Field(description="The rule's own figure")
    muted: bool = Field(description="Recorded, but nobody is to be told: cooldown or suspension")
    snapshot: str | None = Field(default=None, max_length=1024, description="Where a picture of it is")


def alert_head(alert: Alert, site: str) -> Headers:
    """Give the headers of an alert's message."""
    at_ns = alert.started_at_ns if alert.ended_at_ns is None else alert.ended_at_ns
    return EventHead(
        id=f"{alert.id}/{alert.state.value}",
        type=f"{ALERT_TYPE}{alert.state.value}",
        source=f"/{site}/{alert.camera_id}",
        at_ns=at_ns,
    ).headers()


def write_alert(alert: Alert) -> bytes:
    """Give the value of an alert's message."""
    extra = {"epoch": alert.epoch, "muted": alert.muted, "snapshot": alert.snapshot}
    return write_json(alert_to_json(alert) | extra)


def read_alert(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Alert:
    """Give the alert of a message; raises Unreadable."""
    content = read_json(value, headers, ALERT_TYPE)
    try:
        message = AlertMessage.model_validate(content)
    except ValidationError as exc:
        raise first_mistake(exc) from None
    if key != message.camera.encode():
        raise Unreadable(f"key {key[:40] if key else None!r} is not the camera '{message.camera}'")
    kind = unpacked(headers)["ce_type"]
    if message.state is AlertState.PENDING or kind != f"{ALERT_TYPE}{message.state.value}":
        raise Unreadable(f"state '{message.state.value}' under ce_type '{kind[:80]}'")
    return Alert(
        id=message.id,
        rule=message.rule,
        kind=message.kind,
        camera_id=message.camera,
        epoch=message.epoch,
        zone=message.zone,
        line=message.line,
        track_id=message.track_id,
        severity=message.severity,
        state=message.state,
        started_at_ns=nanoseconds(message.started_at),
        ended_at_ns=None if message.ended_at is None else nanoseconds(message.ended_at),
        frame_index=message.frame_index,
        pts_seconds=message.pts_seconds,
        value=message.value,
        muted=message.muted,
        snapshot=message.snapshot,
    )


def nanoseconds(moment: AwareDatetime) -> int:
    """Give UTC nanoseconds since 1970, exact to the microsecond; raises Unreadable for what 64 bits do not hold."""
    whole = int(moment.replace(microsecond=0).timestamp()) * 1_000_000_000 + moment.microsecond * 1000
    if abs(whole) > MOST_64:
        raise Unreadable(f"{moment.isoformat()}: wanted a time from 1678 to 2262")
    return whole
