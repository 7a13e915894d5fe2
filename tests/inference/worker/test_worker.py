"""Workers as processes on a real broker: what is delivered, and what becomes of every frame."""

import signal
import threading
import time
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest
from fakes import shared
from infer_site import PICTURE, FrameFeeder, Site, Worker, wait_until
from structlog.testing import capture_logs

from inference.worker.batching import Batching
from inference.worker.worker import InferWorker
from posestream.config import KafkaConfig
from posestream.jpeg import encode_jpeg
from posestream.messaging.frame_message import JPEG, NO_PICTURE, frame_headers
from posestream.messaging.topic_admin import admin_client, create_topics
from posestream.schemas import FrameStamp, Image, Poses, TimeSource
from posestream.service import Service
from posestream.telemetry.readiness import Readiness

CAMERAS = tuple(f"cam{number}" for number in range(9))  # some in each partition
BIG_PICTURE = encode_jpeg(Image(np.random.default_rng(3).integers(0, 255, (500, 700, 3), np.uint8), "rgb24"), 95)


def by_camera(poses: list[Poses]) -> dict[str, list[int]]:
    """Frame indices of each camera in the order of the topic."""
    found: dict[str, list[int]] = {}
    for each in poses:
        found.setdefault(each.stamp.camera_id, []).append(each.stamp.frame_index)
    return found


def twice(poses: list[Poses]) -> list[str]:
    return [event for event, count in Counter(each.stamp.event_id for each in poses).items() if count > 1]


def feed(site: Site, seconds: float, every: float = 0.05) -> None:
    """Send frames of all cameras for a while."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        for camera in CAMERAS:
            site.feeder.frame(camera)
        site.feeder.flush()
        time.sleep(every)


def feed_until(site: Site, true: object, what: str, seconds: float = 30.0) -> None:
    """Send frames of all cameras until something is so."""
    ends_at = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < ends_at, f"not within {seconds} s: {what}"
        feed(site, 0.2)


def balanced(worker: Worker) -> dict[str, int]:
    """The account of an ended worker, closed to the last frame."""
    account = worker.account()
    assert account["open"] == 0, account
    assert account["received"] == account["answered"] + account["dropped"] + account["unusable"]
    return account


def test_nothing_comes(site: Site) -> None:
    worker = site.start("w1")
    assert worker.end() == 0
    assert balanced(worker)["received"] == 0
    assert site.poses() == []


def test_each_frame_is_answered_in_order_and_says_where_its_time_went(site: Site) -> None:
    worker = site.start("w1")
    feed(site, 2.0)
    assert worker.end() == 0
    account = balanced(worker)
    assert account["received"] == site.feeder.sent.total()
    poses = site.poses()
    assert account["answered"] == len(poses)
    assert account["dropped"] < account["received"] / 2
    for camera, indices in by_camera(poses).items():
        assert indices == sorted(set(indices)), camera
    assert set(poses[0].timings_ms) == {"transit", "queue", "decode"}


def test_a_slow_network_answers_the_newest_frames_and_counts_the_others(site: Site) -> None:
    worker = site.start("w1", infer_ms=150)
    feed(site, 3.0)
    assert worker.end() == 0
    account = balanced(worker)
    assert account["received"] == site.feeder.sent.total()
    assert account["dropped_newer"] > account["answered"] / 2
    assert account["answered"] == len(site.poses())
    assert set(by_camera(site.poses())) == set(CAMERAS)
    # The queue holds one frame of each camera: nothing waits longer than the batches before it.
    assert max(each.timings_ms["queue"] for each in site.poses()) < 2000


def test_without_an_age_limit_every_frame_is_answered_once_and_in_order(site: Site) -> None:
    for _ in range(30):
        for camera in CAMERAS:
            site.feeder.frame(camera, captured_at_ns=5)
    site.feeder.flush()
    first = site.start("w1", infer_ms=20, max_frame_age="0s")
    wait_until(lambda: len(site.poses()) > 40, "the first answers")
    assert first.end() == 0
    second = site.start("w1", max_frame_age="0s")
    wait_until(lambda: len(site.poses()) >= 270, "all answers")
    assert second.end() == 0
    assert by_camera(site.poses()) == {camera: list(range(30)) for camera in CAMERAS}
    accounts = [balanced(worker) for worker in (first, second)]
    assert sum(account["answered"] for account in accounts) == 270
    assert [account["dropped"] - account.get("dropped_stopped", 0) for account in accounts] == [0, 0]


def test_without_an_age_limit_a_killed_worker_loses_nothing(site: Site) -> None:
    for _ in range(20):
        for camera in CAMERAS:
            site.feeder.frame(camera)
    site.feeder.flush()
    first = site.start("w1", infer_ms=30, max_frame_age="0s")
    wait_until(lambda: len(site.poses()) > 40, "the first answers")
    first.process.kill()
    site.start("w2", max_frame_age="0s")
    wait_until(lambda: len({each.stamp.event_id for each in site.poses()}) == 180, "all answers")
    for indices in by_camera(site.poses()).values():
        assert [a for a, b in pairwise(indices) if b > a + 1] == []  # repeated perhaps, never left out


def test_a_backlog_is_passed_over_and_counted_exactly(site: Site) -> None:
    first = site.start("w1")
    feed(site, 1.0)
    wait_until(lambda: len(site.poses()) > 20, "answers")
    assert first.end() == 0
    before = site.feeder.sent.total()
    stale_ns = time.time_ns() - 300_000_000_000
    for _ in range(300):
        for camera in CAMERAS:
            site.feeder.frame(camera, captured_at_ns=stale_ns)
    site.feeder.flush()
    backlog = site.feeder.sent.total() - before
    time.sleep(1.2)  # the broker's time of the last one is older than the limit then
    started = time.monotonic()
    second = site.start("w1")
    feed_until(site, lambda: second.total("frames_answered") >= 8, "fresh answers")
    assert second.end() == 0
    account = balanced(second)
    assert account["skipped"] + account["received"] == site.feeder.sent.total() - before
    assert account["skipped"] >= backlog
    assert time.monotonic() - started < 30
    fresh = [each for each in site.poses() if each.stamp.captured_at_ns == stale_ns]
    assert fresh == []


def test_a_worker_that_slept_drops_by_age_and_lets_time_pass(site: Site) -> None:
    worker = site.start("w1")
    feed_until(site, lambda: worker.total("frames_answered") > 8, "answers")
    worker.process.send_signal(signal.SIGSTOP)
    feed(site, 3.0)
    worker.process.send_signal(signal.SIGCONT)
    feed_until(site, lambda: len(site.poses(inferred=False)) > 0, "signs that time passed")
    feed(site, 1.0)

    def all_seen() -> bool:  # a worker that is far behind leaves a part unread, by a jump
        unread = worker.figures().get('posestream_frames_dropped_total{camera="-",reason="old"}', 0.0)
        return bool(worker.total("frames_received") + unread == site.feeder.sent.total())

    wait_until(all_seen, "the newest frames")
    assert worker.end() == 0
    account = balanced(worker)
    assert account.get("dropped_old", 0) + account["skipped"] > 50
    times: dict[str, list[int]] = {}
    for each in (poses for inferred in (True, False) for poses in site.poses(inferred=inferred)):
        times.setdefault(each.stamp.camera_id, []).append(each.stamp.captured_at_ns)
    for captured in times.values():
        assert len(captured) == len(set(captured))
    assert max(Counter(each.stamp.camera_id for each in site.poses(inferred=False)).values()) <= 3


def test_beats_become_poses_of_nobody_in_order(site: Site) -> None:
    worker = site.start("w1")
    for _ in range(10):
        site.feeder.frame("a")
        site.feeder.frame("a", payload=b"", codec=NO_PICTURE)
        site.feeder.flush()
        time.sleep(0.05)
    wait_until(lambda: len(site.poses(inferred=False)) == 10, "beats")
    assert worker.end() == 0
    assert balanced(worker)["beats"] == 10
    everything = sorted(site.read("poses"), key=lambda message: (message.partition() or 0, message.offset() or 0))
    assert len(everything) == 20
    assert [each.stamp.frame_index for each in site.poses(inferred=False)] == list(range(1, 20, 2))
    assert [each.stamp.frame_index for each in site.poses()] == list(range(0, 20, 2))


def test_what_cannot_be_read_goes_to_the_dead_letters_and_stops_nothing(site: Site) -> None:
    worker = site.start("w1", max_frame_age="0s")
    good = site.feeder.frame("a")
    head = dict(frame_headers(good, JPEG, keyframe=True))
    site.feeder.raw(b"a", PICTURE, None)
    site.feeder.raw(b"a", PICTURE, list((head | {"schema_version": b"9"}).items()))
    site.feeder.raw(b"b", PICTURE, list(head.items()))
    site.feeder.raw(None, b"", list(head.items()))
    site.feeder.raw(b"a", b"\xff\xd8 no picture", list(head.items()))
    site.feeder.raw(b"a", PICTURE[: len(PICTURE) // 2], list(head.items()))
    for _ in range(3):
        site.feeder.frame("a")
    site.feeder.flush()
    wait_until(lambda: len(site.letters()) == 6 and len(site.poses()) == 4, "six letters, four answers")
    assert worker.end() == 0
    account = balanced(worker)
    assert (account["unreadable"], account["unusable"], account["answered"]) == (4, 2, 4)
    letter = next(each for each in site.letters() if each.value() == b"\xff\xd8 no picture")
    headers = dict(letter.headers() or [])
    assert b"not a whole JPEG" in (headers["reason"] or b"")
    assert headers["service"] == b"infer"
    assert headers["original.codec"] == b"jpeg"
    assert int(headers["source_offset"] or b"-1") > 0
    again = site.start("w1", max_frame_age="0s")
    site.feeder.frame("a")
    site.feeder.flush()
    wait_until(lambda: len(site.poses()) == 5, "the next answer")
    assert again.end() == 0
    assert balanced(again)["received"] == 1  # what was buried is done with


def test_the_other_worker_takes_over_and_a_third_joins_without_answering_twice(site: Site) -> None:
    first, second = site.start("w1"), site.start("w2")
    sharing = (first, second)
    feed_until(site, lambda: all(each.total("frames_answered") > 4 for each in sharing), "two workers at work")
    first.process.kill()
    killed_ns = time.time_ns()

    def all_seen() -> bool:
        seen = {each.stamp.camera_id for each in site.poses() if each.stamp.captured_at_ns > killed_ns}
        return seen == set(CAMERAS)

    feed_until(site, all_seen, "the other worker answers all cameras", 10.0)
    joined_ns = time.time_ns()
    third = site.start("w3")
    feed_until(site, lambda: third.total("frames_answered") > 4, "the third one at work")
    assert second.end() == 0
    feed_until(site, lambda: third.total("frames_answered") > 40, "the third one alone")
    assert third.end() == 0
    since = [each for each in site.poses() if each.stamp.captured_at_ns > joined_ns]
    assert twice(since) == []
    for worker in (second, third):
        balanced(worker)


@pytest.mark.slow
def test_memory_stays_bounded_on_a_backlog_of_large_frames(site: Site) -> None:
    worker = site.start("w1", infer_ms=40, max_frame_age="0s")
    site.feeder.frame("a", BIG_PICTURE)
    site.feeder.flush()
    wait_until(lambda: worker.total("frames_answered") == 1, "the first answer")
    idle = resident_mb(worker)
    count = 120_000_000 // len(BIG_PICTURE)
    for number in range(count):
        site.feeder.frame(CAMERAS[number % 4], BIG_PICTURE)
    site.feeder.flush()
    most = 0.0
    ends_at = time.monotonic() + 60
    while worker.total("frames_answered") < count and time.monotonic() < ends_at:
        most = max(most, resident_mb(worker))
        time.sleep(0.05)
    assert worker.total("frames_answered") > count / 2
    assert most - idle < 60


def resident_mb(worker: Worker) -> float:
    with open(f"/proc/{worker.process.pid}/status", encoding="ascii") as status:  # noqa: PTH123  # no file of the disk
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def test_answers_that_were_made_arrive_when_a_dead_broker_comes_back(
    own_broker: Any,  # noqa: ANN401  # loaded by path: no static type
    tmp_path: Path,
) -> None:
    kafka = KafkaConfig(bootstrap_servers=own_broker.bootstrap_servers, partitions=3)
    create_topics(kafka, admin_client(kafka))
    site = Site(kafka, tmp_path, FrameFeeder(kafka, may_fail=True))
    try:
        worker = site.start("w1", infer_ms=20)
        feed_until(site, lambda: worker.total("frames_answered") > 20, "answers")
        for camera in CAMERAS:
            site.feeder.frame(camera)
        own_broker.kill()
        own_broker.start()
        again_ns = time.time_ns()
        feed_until(
            site, lambda: any(each.stamp.captured_at_ns > again_ns for each in site.poses()), "new answers", 60.0
        )
        assert worker.end() == 0
        account = balanced(worker)
        wait_until(lambda: len(site.poses()) >= account["answered"], "all answers")
        assert len({each.stamp.event_id for each in site.poses()}) == len(site.poses()) == account["answered"]
    finally:
        site.close()


class LeavesLate:
    """A consumer that notes what was logged before it is closed."""

    def __init__(self, logged: list[Any]) -> None:
        self._logged, self.before = logged, list[str]()

    def run(self, stop: threading.Event) -> None:
        stop.set()

    def close(self) -> None:
        self.before = [line["event"] for line in self._logged]


def test_the_account_is_told_before_the_broker_is_waited_for() -> None:
    given = shared()
    producer = SimpleNamespace(flush=lambda _seconds: None)
    parts = {"producer": producer, "stop": threading.Event(), "readiness": Readiness((), given.clock)}
    service = cast("Service", SimpleNamespace(**parts))
    nobody = cast("Any", None)
    worker = InferWorker(service, given, nobody, Batching(1), nobody, lambda _busy, _dropped: 1)
    with capture_logs() as logged:
        consumer = LeavesLate(logged)
        worker._consumer.close()
        worker._consumer = cast("Any", consumer)
        worker.run()
    assert consumer.before == ["account"]


def test_packets_are_decoded_sampled_and_answered(site: Site) -> None:
    units = h264_units(50)
    worker = site.start("w1", max_frame_age="0s", transport="packet")
    for number, unit in enumerate(units):
        stamp = FrameStamp("lobby", 7, number, number / 25, number + 1, TimeSource.ARRIVAL, 320, 192)
        site.feeder.raw(b"lobby", bytes(unit), frame_headers(stamp, "h264", keyframe=unit.is_keyframe))
    site.feeder.flush()
    wait_until(lambda: len(site.poses()) == 10, "two seconds at 5 frames a second")
    assert worker.end() == 0
    account = balanced(worker)
    assert (account["received"], account["answered"], account["dropped_not_sampled"]) == (50, 10, 40)
    assert by_camera(site.poses()) == {"lobby": list(range(0, 50, 5))}
    again = site.start("w1", max_frame_age="0s", transport="packet")
    assert again.end() == 0
    assert balanced(again)["received"] == 0


def h264_units(count: int) -> list[Any]:
    """Access units of a clip of 25 frames a second without B-frames."""
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 192, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, 25), Fraction(25), 25
    encoder.options = {"tune": "zerolatency"}
    units = []
    for index in range(count):
        frame = av.VideoFrame.from_ndarray(np.full((288, 320), 60 + index, np.uint8), "yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 25)
        units += encoder.encode(frame)
    return [*units, *encoder.encode(None)]
