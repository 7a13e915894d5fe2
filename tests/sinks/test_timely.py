"""Readers that refuse events of the future."""

from dataclasses import replace

import pytest

from lab.walkers import START_NS, tracked, walk
from posestream.clock import SettableClock
from posestream.messaging.events import event_headers, read_poses, read_tracks, write_poses, write_tracks
from posestream.messaging.unreadable import Unreadable
from sinks.timely import timely

[POSES] = walk("hall", 1)
[TRACKS] = tracked([POSES])
BEFORE = SettableClock(START_NS - 2 * 3600 * 10**9)
NOW = SettableClock(START_NS)


def test_what_cannot_be_read_is_refused_as_before() -> None:
    with pytest.raises(Unreadable, match="empty"):
        timely(read_poses, NOW)(b"hall", b"", event_headers())


def test_events_of_now_are_given_as_they_are() -> None:
    assert timely(read_poses, NOW)(b"hall", write_poses(POSES), event_headers()).stamp == POSES.stamp
    assert timely(read_tracks, NOW)(b"hall", write_tracks(TRACKS), event_headers()).poses.stamp == POSES.stamp


def test_events_of_the_future_are_refused() -> None:
    with pytest.raises(Unreadable, match=r"captured 2\.0 h in the future"):
        timely(read_poses, BEFORE)(b"hall", write_poses(POSES), event_headers())
    with pytest.raises(Unreadable, match=r"captured 2\.0 h in the future"):
        timely(read_tracks, BEFORE)(b"hall", write_tracks(TRACKS), event_headers())
    absurd = replace(POSES, stamp=replace(POSES.stamp, epoch=2**60))
    with pytest.raises(Unreadable, match="epoch 1152921504606846976"):
        timely(read_poses, NOW)(b"hall", write_poses(absurd), event_headers())
