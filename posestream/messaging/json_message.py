"""What all JSON messages share: checked when read, and open to fields that later versions add."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from posestream.messaging.unreadable import Unreadable

MOST_64 = 2**63 - 1
_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"

Count = Annotated[int, Field(ge=0, le=MOST_64)]
Worker = Annotated[str, Field(pattern=rf"^{_ID}/{_ID}$")]
"""A service and the id of its worker: ``infer/HOST``."""
Key = Annotated[str, Field(pattern=rf"^({_ID}|worker/{_ID}(/{_ID})?)$")]
"""A camera's id, or ``worker/<id>`` where a service is meant. It names files and tags: nothing else is let in."""


class Message(BaseModel):
    """A frozen JSON message. Unknown fields are passed over: a newer writer must not silence an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


def first_mistake(exc: ValidationError) -> Unreadable:
    """Say in one line what is wrong with a message."""
    error = exc.errors(include_url=False, include_input=False)[0]
    return Unreadable(f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}")
