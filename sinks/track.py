"""``posestream track``: the poses topic to the tracks topic, with each camera's tracker in Quix' store.

Guarantee: every readable event of poses is answered by one of tracks, in the order of its camera; a worker that is
killed goes on from the last commit and answers again what came since, byte by byte the same. An event that is not
later than the camera's last one is a repeat and passed over.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from posestream.clock import SystemClock
from posestream.config import Config
from posestream.messaging.dead_letter import DeadLetter
from posestream.messaging.events import event_headers, read_poses, write_poses, write_tracks
from posestream.messaging.topics import POSES, TRACKS
from posestream.schemas import Poses, Tracks
from posestream.service import Service, ServiceOptions, running
from postprocess.tracking.settings import DEFAULT_SETTINGS
from postprocess.tracking.state import TrackerState, empty_roster, empty_tracker_state
from postprocess.tracking.tracker import track
from sinks.kept_state import ByteState, keep, kept
from sinks.stage_meter import LatelySeen, StageMeter, is_later
from sinks.stream import StreamApplication, StreamOptions, bytes_topic, events, run_stream, without_letters
from sinks.timely import timely
from sinks.tracker_bytes import UnreadableState, tracker_from_bytes, tracker_to_bytes

KEPT_AS = "tracker"
Follow = Callable[[TrackerState, Poses], tuple[TrackerState, Tracks]]


def serve(config: Config, options: ServiceOptions) -> int:
    """Run until told to stop; gives the exit code."""
    seen = LatelySeen(SystemClock())
    with running("track", config, options, cameras=seen, writes=True) as service:
        if service.wait_for_topics((POSES, TRACKS)):
            meter = StageMeter(service, seen)
            run_stream(service, stream_options(config), lambda app: build(service, app, meter))
        return service.exit_code


def stream_options(config: Config) -> StreamOptions:
    """Give how the stateful services commit, as the config says."""
    kafka = config.kafka
    return StreamOptions(kafka.commit_interval, exactly_once=kafka.delivery == "exactly-once")


def build(service: Service, app: StreamApplication, meter: StageMeter, follow: Follow | None = None) -> None:
    """Add the dataframe from poses to tracks; ``follow`` is the tracker, `followed` if not given."""
    poses, _ = events(service, app, POSES, timely(read_poses, service.clock))
    tracks = without_letters(service, app, poses.apply(tracking(meter, follow), stateful=True, expand=True))
    headers: Any = event_headers()  # Quix' type of headers knows no None
    tracks.set_headers(lambda *_: headers).to_topic(bytes_topic(app, service.config.kafka.topic(TRACKS)))


def followed(tracker: TrackerState, poses: Poses) -> tuple[TrackerState, Tracks]:
    """Give the tracker after an event, and the tracks."""
    return track(tracker, poses, DEFAULT_SETTINGS)


def tracking(meter: StageMeter, follow: Follow | None = None) -> Callable[[Poses, ByteState], list[bytes | DeadLetter]]:
    """Give the stage: an event and its camera's state to the values of the tracks topic, one or none.

    One that it cannot answer, or whose state cannot be kept, gives a dead letter; its camera starts anew.
    """
    answered = follow or followed

    def answers(poses: Poses, state: ByteState) -> list[bytes | DeadLetter]:
        tracker, stamp = _tracker(poses, state, meter), poses.stamp
        if not is_later(stamp, tracker.epoch, tracker.captured_at_ns):
            meter.repeated(stamp, tracker.epoch)
            return []
        meter.came(stamp)
        try:
            after, tracks = answered(tracker, poses)
            answer = write_tracks(tracks)
            keep(state, KEPT_AS, tracker_to_bytes(after))
        except (ArithmeticError, LookupError, TypeError, ValueError) as exc:
            keep(state, KEPT_AS, tracker_to_bytes(_without_tracks(tracker, poses)))
            return [meter.failed(stamp, exc, lambda: write_poses(poses))]
        return [answer]

    return answers


def _tracker(poses: Poses, state: ByteState, meter: StageMeter) -> TrackerState:
    data = kept(state, KEPT_AS)
    if data is None:
        return empty_tracker_state()
    try:
        return tracker_from_bytes(data)
    except UnreadableState as exc:
        meter.state_lost(poses.stamp.camera_id, exc)
        return empty_tracker_state()


def _without_tracks(tracker: TrackerState, poses: Poses) -> TrackerState:
    """Give the state after an event that could not be answered: what caused it is forgotten, ids are not used again."""
    stamp = poses.stamp
    next_id = tracker.next_id if tracker.epoch == stamp.epoch else 1
    return replace(
        tracker, epoch=stamp.epoch, captured_at_ns=stamp.captured_at_ns, next_id=next_id, roster=empty_roster(0)
    )
