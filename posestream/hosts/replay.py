"""Recorded poses or tracks, sent to their topic again.

Guarantee: everything that was counted as sent is in Kafka when this ends without an error; ids are those that were
recorded, so services that have seen the events pass over them. Under another camera's name they are new events.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from posestream.clock import Clock
from posestream.config import KafkaConfig
from posestream.errors import DependencyError, InputError, UsageError
from posestream.hosts.recordings import Event, captured_at_ns, find_recordings, in_order, poses_of
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.events import event_headers, write_poses, write_tracks
from posestream.messaging.topic_admin import admin_client, missing_topics
from posestream.schemas import Tracks

MOST_ON_THE_WAY = 2000
PATIENCE_SECONDS = 30.0
"""How long the broker may take nothing before a replay gives up."""
_LONGEST_PAUSE_SECONDS = 0.5

Progress = Callable[[int, int | None, int], None]


@dataclass(frozen=True)
class ReplayOptions:
    """What of the recordings is sent, and how fast.

    ``speed``: times the speed of capture, None as fast as the broker takes it. ``since_ns`` is included, ``until_ns``
    is not. ``name``: the camera's name in what is sent, None as recorded.
    """

    stream: str
    speed: float | None = 1.0
    since_ns: int | None = None
    until_ns: int | None = None
    camera: str | None = None
    name: str | None = None


def replay(
    places: Sequence[Path], kafka: KafkaConfig, options: ReplayOptions, clock: Clock, stop: threading.Event,
    progress: Progress,
) -> int:  # fmt: skip
    """Send what the files and folders hold; gives how many events were sent.

    Raises:
        UsageError: if ``name`` is given for several cameras, or a file holds the other stream.
        InputError: if a file cannot be read or nothing is to be sent.
        DependencyError: if the broker cannot be reached, has no such topic or takes nothing any more.
    """
    recordings = [each for each in find_recordings(places, options.stream) if options.camera in {None, each.camera_id}]
    if not recordings:
        raise InputError(f"no recorded {options.stream} of camera '{options.camera}' in there")
    cameras = sorted({each.camera_id for each in recordings})
    if options.name is not None and len(cameras) > 1:
        raise UsageError(f"--as: there are several cameras ({', '.join(cameras)}): choose one with --camera")
    missing = missing_topics(kafka, [options.stream], admin_client(kafka))
    if missing:
        raise DependencyError(f"there is no topic {missing[0]}: run 'posestream topics apply'")
    whole = options.since_ns is None and options.until_ns is None and all(each.rows is not None for each in recordings)
    expected = sum(each.rows or 0 for each in recordings) if whole else None
    wanted = (renamed(event, options.name) for event in in_order(recordings) if within(event, options))
    with EventProducer(kafka) as producer:
        sent = 0
        for event in paced(wanted, options.speed, clock, stop):
            _send(producer, options.stream, event, clock, stop)
            sent += 1
            progress(sent, expected, len(poses_of(event)))
    if not sent and not stop.is_set():
        raise InputError(f"no recorded {options.stream} between --from and --to in there")
    return sent


def within(event: Event, options: ReplayOptions) -> bool:
    """Whether an event lies between the times that are wanted."""
    at_ns = captured_at_ns(event)
    after = options.since_ns is None or at_ns >= options.since_ns
    return after and (options.until_ns is None or at_ns < options.until_ns)


def renamed(event: Event, name: str | None) -> Event:
    """Give the event as one of another camera; None: as it is."""
    if name is None:
        return event
    if isinstance(event, Tracks):
        stamp = replace(event.poses.stamp, camera_id=name)
        return replace(event, poses=replace(event.poses, stamp=stamp))
    return replace(event, stamp=replace(event.stamp, camera_id=name))


def paced(events: Iterator[Event], speed: float | None, clock: Clock, stop: threading.Event) -> Iterator[Event]:
    """Give each event when its time has come, counted from the first one's; ends when ``stop`` is set."""
    begun: tuple[float, int] | None = None
    for event in events:
        at_ns = captured_at_ns(event)
        begun = begun or (clock.monotonic(), at_ns)
        if speed is not None:
            due = begun[0] + (at_ns - begun[1]) / 1e9 / speed
            while not stop.is_set() and (left := due - clock.monotonic()) > 0:
                stop.wait(min(left, _LONGEST_PAUSE_SECONDS))
        if stop.is_set():
            return
        yield event


def _send(producer: EventProducer, stream: str, event: Event, clock: Clock, stop: threading.Event) -> None:
    since, before = clock.monotonic(), producer.waiting
    while producer.waiting >= MOST_ON_THE_WAY and not stop.is_set():
        if producer.waiting < before:
            since, before = clock.monotonic(), producer.waiting
        if clock.monotonic() - since > PATIENCE_SECONDS:
            raise DependencyError(f"Kafka has taken nothing for {PATIENCE_SECONDS:.0f} s: is the broker running?")
        stop.wait(0.01)
    value = write_tracks(event) if isinstance(event, Tracks) else write_poses(event)
    producer.send(stream, poses_of(event).stamp.camera_id, value, event_headers())
