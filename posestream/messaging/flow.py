"""Which service reads and writes which topic: the ground of the AsyncAPI document and of the ACLs."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from posestream.messaging.topics import ALERTS, CONTROL, DEAD_LETTERS, FRAMES, HEALTH, POSES, TRACKS


@dataclass(frozen=True)
class ServiceFlow:
    """One service: what its workers share as a group, what each of them reads whole, what it writes.

    ``tables`` are the groups under which topics are read whole: they hold no members, only where dead letters were.
    ``has_state``: it keeps its state in changelog topics; ``transacts``: exactly-once delivery is for it.
    """

    summary: str
    shares: tuple[str, ...] = ()
    reads_whole: tuple[str, ...] = ()
    writes: tuple[str, ...] = (HEALTH, DEAD_LETTERS)
    tables: tuple[str, ...] = ()
    has_state: bool = False
    transacts: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """All topics that it reads."""
        return self.shares + self.reads_whole


SERVICES: Mapping[str, ServiceFlow] = MappingProxyType(
    {
        "ingest": ServiceFlow("cameras become frames", reads_whole=(TRACKS,), writes=(FRAMES, HEALTH)),
        "infer": ServiceFlow("frames become poses", shares=(FRAMES,), writes=(POSES, HEALTH, DEAD_LETTERS)),
        "track": ServiceFlow(
            "poses become tracks",
            shares=(POSES,),
            writes=(TRACKS, HEALTH, DEAD_LETTERS),
            has_state=True,
            transacts=True,
        ),
        "alert": ServiceFlow(
            "tracks and the cameras' health become alerts; cameras and services that fall silent raise one",
            shares=(TRACKS, HEALTH),
            reads_whole=(CONTROL, ALERTS),
            writes=(ALERTS, HEALTH, DEAD_LETTERS),
            tables=("control", "watch"),
            has_state=True,
            transacts=True,
        ),
        "write": ServiceFlow(
            "series and alerts go to the store; a second watcher sees when alert itself falls silent",
            shares=(TRACKS, ALERTS),
            reads_whole=(CONTROL, HEALTH),
            writes=(ALERTS, HEALTH, DEAD_LETTERS),
            tables=("watch",),
            has_state=True,
        ),
        "archive": ServiceFlow("poses and tracks become Parquet files", shares=(POSES, TRACKS)),
    }
)
