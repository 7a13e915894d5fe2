"""What people tell the services, on the compacted control topic. Key: what it names (``KIND/NAME``)."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from posestream.config.base import Name
from posestream.messaging.cloud_event import EventHead, read_json, write_json
from posestream.messaging.headers import Headers, RawHeaders
from posestream.messaging.json_message import Count, Message, first_mistake
from posestream.messaging.unreadable import Unreadable

CONTROL_TYPE = "io.posestream.control."
AlertId = Annotated[str, Field(min_length=1, max_length=64)]


class _Control(Message):
    at_ns: Count = Field(description="When it was said, UTC nanoseconds")
    by: str = Field(max_length=128, description="Who said it")


class Suspension(_Control):
    """Alerts of a camera, a rule or a rule at a camera are muted for a while; they are recorded all the same."""

    kind: Literal["suspension"]
    camera: Name | None = Field(default=None, description="Camera; null: all")
    rule: Name | None = Field(default=None, description="Rule; null: all")
    from_ns: Count = Field(description="Begin, in capture time")
    until_ns: Count = Field(description="End, in capture time")

    @property
    def name(self) -> str:
        """What it names; a later suspension of the same replaces it."""
        return f"{self.camera or '*'}/{self.rule or '*'}"


class Acknowledgement(_Control):
    """Somebody has seen an alert."""

    kind: Literal["acknowledgement"]
    alert: AlertId = Field(description="Id of the alert")

    @property
    def name(self) -> str:
        """The alert."""
        return self.alert


class Mark(_Control):
    """Somebody says whether an alert was right."""

    kind: Literal["mark"]
    alert: AlertId = Field(description="Id of the alert")
    right: bool = Field(description="Whether it was one")

    @property
    def name(self) -> str:
        """The alert."""
        return self.alert


Control = Annotated[Suspension | Acknowledgement | Mark, Field(discriminator="kind")]
_CONTROL: TypeAdapter[Suspension | Acknowledgement | Mark] = TypeAdapter(Control)


def control_key(control: Suspension | Acknowledgement | Mark) -> str:
    """Give the key of a control message."""
    return f"{control.kind}/{control.name}"


def control_headers(control: Suspension | Acknowledgement | Mark, site: str) -> Headers:
    """Give the headers of a control message."""
    key = control_key(control)
    return EventHead(
        id=f"{key}/{control.at_ns}", type=f"{CONTROL_TYPE}{control.kind}", source=f"/{site}", at_ns=control.at_ns
    ).headers()


def write_control(control: Suspension | Acknowledgement | Mark) -> bytes:
    """Give the value of a control message."""
    return write_json(control.model_dump(mode="json"))


def read_control(key: bytes | None, value: bytes | None, headers: RawHeaders) -> Suspension | Acknowledgement | Mark:
    """Give what a message of the control topic says; raises Unreadable."""
    content = read_json(value, headers, CONTROL_TYPE)
    try:
        control = _CONTROL.validate_python(content, strict=False)
    except ValidationError as exc:
        raise first_mistake(exc) from None
    if key != control_key(control).encode():
        raise Unreadable(f"key {key[:40] if key else None!r} is not '{control_key(control)}'")
    return control
