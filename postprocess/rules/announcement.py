"""The alerts that are sent when an episode fires and when it is over."""

from collections.abc import Iterable
from dataclasses import replace

from posestream.config.rules import RuleConfig
from posestream.schemas import Alert, AlertState, FrameStamp
from posestream.schemas.alert import alert_id
from postprocess.rules.cooldown import Cooldown, Cooldowns, claimed
from postprocess.rules.episode import Episode
from postprocess.rules.state import RuleMemory


def fired(episode: Episode, rule: RuleConfig, stamp: FrameStamp, cooldowns: Cooldowns) -> tuple[Alert, Cooldowns]:
    """Give the alert of an episode that fires now, and the cooldowns after it.

    The alert is muted when an unmuted one of the same rule, zone and person fired less than the cooldown ago;
    ``cooldowns`` are those that still run.
    """
    cooldowns = claimed(cooldowns, episode.track_id, episode.x, episode.y)
    muted = any(one.track_id == episode.track_id for one in cooldowns)
    if rule.cooldown and not muted:
        cooldowns = (*cooldowns, Cooldown(episode.track_id, stamp.captured_at_ns, episode.x, episode.y))
    alert = Alert(
        id=alert_id(
            rule=rule.id,
            camera_id=stamp.camera_id,
            epoch=stamp.epoch,
            place=rule.zone,
            track_id=episode.track_id,
            first_firing_frame=stamp.frame_index,
        ),
        rule=rule.id,
        kind=rule.kind,
        camera_id=stamp.camera_id,
        epoch=stamp.epoch,
        zone=rule.zone,
        line=None,
        track_id=episode.track_id,
        severity=rule.severity,
        state=AlertState.FIRING,
        started_at_ns=episode.started_ns,
        ended_at_ns=None,
        frame_index=stamp.frame_index,
        pts_seconds=stamp.pts_seconds,
        value=episode.value,
        muted=muted,
    )
    return alert, cooldowns


def resolved(episode: Episode, stamp: FrameStamp) -> tuple[Alert, ...]:
    """Give the alert that says that a firing episode is over; nothing for a pending one.

    Id, epoch, track and ``muted`` are those of the firing alert: who was told of the begin is told of the end.
    Frame and pts are of the frame ``stamp`` that ended it.
    """
    if episode.alert is None:
        return ()
    return (
        replace(
            episode.alert,
            state=AlertState.RESOLVED,
            ended_at_ns=episode.held_ns,
            frame_index=stamp.frame_index,
            pts_seconds=stamp.pts_seconds,
            value=episode.value,
        ),
    )


def closed(memories: Iterable[RuleMemory], stamp: FrameStamp) -> tuple[Alert, ...]:
    """Give the ends of all alerts that fire in these memories."""
    return tuple(alert for memory in memories for one in memory.episodes for alert in resolved(one, stamp))
