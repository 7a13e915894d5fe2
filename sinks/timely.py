"""Events that a stage may believe: those of the future are refused before they move its cameras' last times."""

from typing import TypeVar

from posestream.clock import Clock
from posestream.messaging.future import refuse_future
from posestream.messaging.headers import RawHeaders
from posestream.schemas import FrameStamp, Poses, Tracks
from sinks.stream import Reader

_Event = TypeVar("_Event", Poses, Tracks)


def timely(read: Reader[_Event], clock: Clock) -> Reader[_Event]:
    """Give a reader that refuses what ``read`` refuses, and events that lie more than an hour in the future."""

    def read_timely(key: bytes | None, value: bytes | None, headers: RawHeaders) -> _Event:
        event = read(key, value, headers)
        refuse_future(_stamp(event), clock.wall_ns())
        return event

    return read_timely


def _stamp(event: Poses | Tracks) -> FrameStamp:
    return event.stamp if isinstance(event, Poses) else event.poses.stamp
