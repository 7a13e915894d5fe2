"""What a reader lets through, the stages can take: no message may stop a worker again and again."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from posestream.config import Config, parse_config
from posestream.messaging.alert_message import alert_head, read_alert, write_alert
from posestream.messaging.events import FARTHEST_POSE, event_headers, read_poses, read_tracks, write_poses, write_tracks
from posestream.schemas import FrameStamp, Poses, TimeSource
from posestream.skeletons import COCO17
from postprocess.rules import empty_rules_state, judge
from postprocess.tracking import TrackerSettings, empty_tracker_state, track

CONFIG: Config = parse_config(
    """
cameras: [{id: lobby, url: x, zones: [{id: door, polygon: [[0, 0], [1, 0], [1, 1]]}]}]
rules:
  - {id: zone, kind: zone, zone: door, for: 0s}
  - {id: loiter, kind: loiter, radius: 0.1, for: 0s}
  - {id: crowd, kind: crowd, more_than: 0, within: 0.4}
""",
    "f.yaml",
    {},
)
numbers = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 1e-30, 500.0, FARTHEST_POSE, -FARTHEST_POSE]),
    st.floats(-FARTHEST_POSE, FARTHEST_POSE, width=32),
)


@st.composite
def hostile_poses(draw: st.DrawFn, index: int, captured_at_ns: int) -> Poses:
    """Give poses of any numbers that are read: boxes inside out, joints far away, the same person thrice."""
    persons = draw(st.integers(0, 4))
    rows = draw(st.lists(st.lists(numbers, min_size=56, max_size=56), min_size=1, max_size=2))
    table = np.array([rows[person % len(rows)] for person in range(persons)], np.float32).reshape(persons, 56)
    return Poses(
        stamp=FrameStamp(
            "lobby",
            draw(st.sampled_from([0, 0, 0, 1])),
            index,
            draw(st.floats(-1e9, 1e9)),
            captured_at_ns,
            TimeSource.FILE,
            draw(st.sampled_from([1, 640, 16_384])),
            draw(st.sampled_from([1, 360, 16_384])),
        ),
        skeleton=COCO17,
        model="",
        keypoints=table[:, :34].reshape(persons, 17, 2),
        keypoint_scores=table[:, 34:51] / draw(st.sampled_from([np.float32(1), np.float32(FARTHEST_POSE)])),
        boxes=table[:, 51:55],
        scores=table[:, 55] / draw(st.sampled_from([np.float32(1), np.float32(FARTHEST_POSE)])),
        inferred=draw(st.sampled_from([True, True, False])),
        appearance=draw(st.sampled_from([None, np.zeros((persons, 8), np.uint8), np.ones((persons, 96), np.uint8)])),
    )


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_stages_take_all_that_is_read_and_others_read_what_they_give(data: st.DataObject) -> None:
    tracker, rules = empty_tracker_state(), empty_rules_state()
    captured_at_ns = data.draw(st.sampled_from([0, -(2**63), 1_700_000_000_000_000_000, 2**63 - 10**13]))
    for index in range(data.draw(st.integers(1, 5))):
        captured_at_ns += data.draw(st.sampled_from([1, 40_000_000, 1_000_000_000, 10**12]))
        poses = data.draw(hostile_poses(index, captured_at_ns))
        read = read_poses(b"lobby", write_poses(poses), event_headers())
        tracker, tracks = track(tracker, read, TrackerSettings())
        followed = read_tracks(b"lobby", write_tracks(tracks), event_headers())
        rules, alerts = judge(rules, followed, CONFIG.cameras[0], CONFIG.rules)
        for alert in alerts:
            read_alert(b"lobby", write_alert(alert), alert_head(alert, "site"))
