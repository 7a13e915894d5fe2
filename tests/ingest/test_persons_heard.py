"""What the tracks topic tells of persons, over a real broker."""

from collections.abc import Callable

import numpy as np
import pytest

from ingest.persons_heard import PersonsHeard
from posestream.config import KafkaConfig
from posestream.messaging.event_producer import EventProducer
from posestream.messaging.events import event_headers, write_tracks
from posestream.messaging.topics import TRACKS
from posestream.schemas import FrameStamp, Poses, TimeSource, Tracks
from posestream.skeletons import COCO17
from postprocess.tracking import TrackerSettings, empty_tracker_state, track

Wait = Callable[..., None]
pytestmark = pytest.mark.kafka


def followed(camera_id: str, frames: int) -> Tracks:
    """What a tracker says after so many frames of somebody who stands there; 0: of nobody."""
    state = empty_tracker_state()
    rng = np.random.default_rng(1)
    joints = (rng.uniform(0, 1, (1, 17, 2)) * (40, 120) + 100).astype(np.float32)
    box = np.concatenate([joints.min(axis=1), joints.max(axis=1)], axis=1)
    for index in range(max(frames, 1)):
        stamp = FrameStamp(camera_id, 1, index, index / 5, 10**18 + index * 200_000_000, TimeSource.ARRIVAL, 640, 360)
        poses = Poses.empty(stamp, COCO17, "model")
        if frames:
            poses = Poses(
                stamp=stamp,
                skeleton=COCO17,
                model="model",
                keypoints=joints,
                keypoint_scores=np.full((1, 17), 0.9, np.float32),
                boxes=box,
                scores=np.full(1, 0.9, np.float32),
            )
        state, tracks = track(state, poses, TrackerSettings())
    return tracks


def test_each_camera_s_persons_are_told_and_rubbish_is_passed_over(kafka: KafkaConfig, wait_for: Wait) -> None:
    heard: set[tuple[str, bool]] = set()
    told = (followed("lobby", 10), followed("yard", 0))
    with (
        EventProducer(kafka) as producer,
        PersonsHeard(kafka, lambda camera, present: heard.add((camera, present))),
    ):

        def all_heard() -> bool:
            """Tell again and again: what lay there before its start is not heard."""
            producer.send(TRACKS, "lobby", b"rubbish", event_headers())
            for tracks in told:
                producer.send(TRACKS, tracks.poses.stamp.camera_id, write_tracks(tracks), event_headers())
            return len(heard) == len(told)

        wait_for(all_heard)
    assert heard == {("lobby", True), ("yard", False)}
