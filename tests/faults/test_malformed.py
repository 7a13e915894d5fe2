"""Malformed messages among good ones: short form of benchmarks/services.py."""

from collections.abc import Callable

import pytest

from lab.backlog import keep_frames
from lab.loads import alerts, frames, poses, tracks
from lab.malformed import Load, drain, fill
from lab.poison import Message, Poison
from lab.site import Site
from posestream.messaging.alert_message import read_alert
from posestream.messaging.events import read_poses, read_tracks
from posestream.messaging.frame_message import read_frame
from posestream.messaging.unreadable import Unreadable

KINDS = {
    "frames": (frames, read_frame),
    "poses": (poses, read_poses),
    "tracks": (tracks, read_tracks),
    "alerts": (alerts, read_alert),
}


def readable(message: Message, stream: str) -> bool:
    try:
        KINDS[stream][1](*message)  # type: ignore[operator]
    except Unreadable:
        return False
    return True


@pytest.mark.parametrize("stream", KINDS)
def test_good_messages_are_readable_and_no_malformed_one_is(stream: str) -> None:
    good = KINDS[stream][0](40)
    assert all(readable(message, stream) for message in good)
    bad = list(Poison(good, 5).messages(2000))
    assert len(bad) == 2000
    assert [message for message in bad if readable(message, stream)] == []


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.weights
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("pulled_models")
@pytest.mark.parametrize(
    ("service", "stream", "answers", "good", "malformed"),
    [("infer", "frames", "poses", 60, 600), ("track", "poses", "tracks", 800, 800)],
)
def test_each_malformed_message_is_a_dead_letter_and_each_good_one_is_answered(
    make_site: Callable[..., Site], service: str, stream: str, answers: str, good: int, malformed: int
) -> None:
    site = make_site(kafka="max_frame_age: 0s", influx=False)
    keep_frames(site, 3_600_000)
    load = Load(service, stream, answers, KINDS[stream][0](good))
    assert fill(site, load, malformed, seed=3) == good + malformed
    assert drain(site, load, good, malformed)["exit_code"] == 0
    assert len(site.records(answers)) == good
    letters = site.records("dead-letters")
    assert len(letters) == malformed
    places = {
        tuple(dict(letter.headers or [])[name] for name in ("source_partition", "source_offset")) for letter in letters
    }
    assert len(places) == malformed, "each with the place where it lay"
    assert all(dict(letter.headers or [])["reason"] for letter in letters)
