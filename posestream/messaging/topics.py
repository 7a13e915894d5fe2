"""The topics: names, and what each is like. The broker is asked and told by topic_admin."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from posestream.config import KafkaConfig
from posestream.messaging.frame_message import MOST_BYTES

FRAMES, POSES, TRACKS, ALERTS = "frames", "poses", "tracks", "alerts"
HEALTH, CONTROL, DEAD_LETTERS = "health", "control", "dead-letters"

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
HEADROOM = 65_536  # headers and the batch's own bytes
# A state that nobody writes any more must be compacted and its segment closed for that.
_COMPACTED = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1", "segment.ms": str(10 * MINUTE_MS)}


@dataclass(frozen=True)
class TopicSpec:
    """One topic: partitions, copies and the settings that are ours; all others are the broker's."""

    name: str
    stream: str
    partitions: int
    replication: int
    settings: Mapping[str, str]

    @property
    def most_bytes(self) -> int:
        """Largest message, headers and batch included."""
        return int(self.settings["max.message.bytes"])


def topic_specs(kafka: KafkaConfig) -> tuple[TopicSpec, ...]:
    """Give all topics of an installation, in the order of the flow."""
    return tuple(
        TopicSpec(
            name=kafka.topic(stream),
            stream=stream,
            partitions=kafka.partitions,
            replication=1 if stream == FRAMES else kafka.replication,  # frames are at most once
            settings=_with_copies(settings, 1 if stream == FRAMES else kafka.replication),
        )
        for stream, settings in _SETTINGS.items()
    )


def _with_copies(settings: Mapping[str, str], replication: int) -> Mapping[str, str]:
    """With three copies an event counts when two brokers have it: the loss of one loses nothing and stops nothing."""
    return MappingProxyType({**settings, "min.insync.replicas": "2" if replication >= 3 else "1"})


def _deleted(keep_ms: int, segment_ms: int, most_bytes: int = 1_048_576, **more: str) -> Mapping[str, str]:
    settings = {
        "cleanup.policy": "delete",
        "retention.ms": str(keep_ms),
        "segment.ms": str(segment_ms),
        "max.message.bytes": str(most_bytes),
    }
    return MappingProxyType(settings | {name.replace("_", "."): value for name, value in more.items()})


_SETTINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        # Closed segments are deleted only: small ones, or the disk holds far more than a minute.
        FRAMES: _deleted(
            MINUTE_MS,
            15_000,
            MOST_BYTES + HEADROOM,
            segment_bytes="67108864",
            retention_bytes="536870912",
            compression_type="producer",
        ),
        POSES: _deleted(DAY_MS, HOUR_MS),
        TRACKS: _deleted(DAY_MS, HOUR_MS),
        ALERTS: _deleted(30 * DAY_MS, DAY_MS),
        HEALTH: MappingProxyType(_COMPACTED | {"max.message.bytes": "1048576"}),
        CONTROL: MappingProxyType(_COMPACTED | {"max.message.bytes": "1048576"}),
        DEAD_LETTERS: _deleted(7 * DAY_MS, DAY_MS, MOST_BYTES + 2 * HEADROOM),
    }
)
