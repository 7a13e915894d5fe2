from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from fakes import NotedProducer, clock_of, job, shared

from inference.worker.accounts import Dropped
from inference.worker.answering import Answering
from inference.worker.batching import Batching
from inference.worker.claim import Claim
from inference.worker.events import MOST_UNDELIVERED, PosesSender
from inference.worker.fates import Fates
from inference.worker.frame_queue import EVERY_FRAME, FrameQueue
from inference.worker.job import Job, Kind
from inference.worker.lines import WholeLine
from inference.worker.shared import Shared
from posestream.errors import PosestreamError
from posestream.jpeg import encode_jpeg
from posestream.schemas import Frame, Image, Poses
from posestream.skeletons import COCO17


def picture(shade: int = 90) -> bytes:
    return encode_jpeg(Image(np.full((48, 64, 3), shade, np.uint8), "rgb24"), 90)


@dataclass
class Shades:
    """An estimator that sees nobody, refuses pictures of a shade, and notes what it was shown."""

    refused: int = 255
    every: list[int] = field(default_factory=list)
    calls: list[list[int]] = field(default_factory=list)
    detector_every: int = 1
    model: str = "shades@1"
    skeleton = COCO17

    def estimate_many(self, frames: Sequence[Frame]) -> list[Poses]:
        shades = [int(frame.image.pixels[0, 0, 0]) for frame in frames]
        self.calls.append(shades)
        self.every.append(self.detector_every)
        if any(abs(shade - self.refused) < 5 for shade in shades):
            raise PosestreamError("the network refuses it")
        return [Poses.empty(frame.stamp, COCO17, self.model) for frame in frames]


@dataclass
class Desk:
    """An engine's thread on one's own table."""

    shared: Shared
    producer: NotedProducer
    queue: FrameQueue
    estimator: Shades
    answering: Answering
    load: list[tuple[float, int]]

    def answer(self, *jobs: Job) -> list[Poses]:
        """Answer these jobs, then end; gives what was sent."""
        for each in jobs:
            if each.is_picture:
                self.shared.accounts.received(each.camera)
            self.queue.put(each)
        self.queue.close()
        self.answering.run()
        return self.producer.poses()


def desk(max_frame_age: float = 1.0, size: int = 4, *, delivers: bool = True) -> Desk:
    given, producer, estimator = shared(max_frame_age), NotedProducer(delivers=delivers), Shades()
    queue = FrameQueue(WholeLine(), EVERY_FRAME, Batching(size), given.clock, lambda: 1)
    load: list[tuple[float, int]] = []

    def govern(busy: float, dropped: int) -> int:
        load.append((busy, dropped))
        return 4

    sender = PosesSender(producer, given)
    answering = Answering(estimator, queue, Fates(producer, given), sender, given, govern)
    return Desk(given, producer, queue, estimator, answering, load)


def test_nothing_to_do() -> None:
    at = desk()
    assert at.answer() == []
    assert at.estimator.calls == []


def test_batches_are_answered_in_order_beats_among_them() -> None:
    at, claim = desk(size=2), Claim(0, 0)
    kinds = [Kind.PICTURE, Kind.BEAT, Kind.PICTURE, Kind.LAPSE, Kind.PICTURE]
    sent = at.answer(*(job(index=n, kind=kind, claim=claim, payload=picture(40 * n)) for n, kind in enumerate(kinds)))
    assert [poses.stamp.frame_index for poses in sent] == list(range(5))
    assert [poses.inferred for poses in sent] == [True, False, True, False, True]
    assert at.estimator.calls == [[0, 80], [160]]
    assert sent[0].model == sent[1].model == "shades@1"
    text = at.shared.metrics.text().decode()
    assert 'posestream_batch_size_bucket{le="1.0"} 1.0' in text
    assert "posestream_batch_size_count 2.0" in text
    assert at.shared.accounts.summary()["open"] == 0


def test_the_answer_says_how_long_the_frame_was_under_way_and_waited() -> None:
    at = desk()
    given = job(payload=picture(), age=0.2, received_at=0.0)
    clock_of(at.shared).advance(0.05)
    (poses,) = at.answer(given)
    assert poses.timings_ms == pytest.approx({"transit": 200.0, "queue": 50.0, "decode": 0.0}, abs=0.1)
    recorded = desk(0.0)
    (poses,) = recorded.answer(job(payload=picture()))
    assert set(poses.timings_ms) == {"queue", "decode"}


def test_a_packets_picture_is_decoded_already() -> None:
    at = desk()
    image = Image(np.full((48, 64, 3), 33, np.uint8), "rgb24")
    given = job(codec="h264")
    at.answer(Job(given.kind, given.claim, given.offset, given.frame, given.headers, 0.0, image))
    assert at.estimator.calls == [[33]]


def test_frames_that_became_too_old_in_the_queue_are_not_looked_at() -> None:
    at, claim = desk(), Claim(0, 0)
    sent = at.answer(*(job(index=index, claim=claim, payload=picture(), age=1.5) for index in range(3)))
    assert at.estimator.calls == []
    assert [poses.inferred for poses in sent] == [False]
    assert at.shared.accounts.summary()["dropped_old"] == 3
    assert claim.committable == 3


@pytest.mark.parametrize("bad", [b"", b"\xff\xd8 no picture", picture()[:200], b"\x89PNG"])
def test_a_broken_picture_is_buried_and_stops_nothing(bad: bytes) -> None:
    at, claim = desk(), Claim(0, 0)
    sent = at.answer(*(job(index=n, claim=claim, payload=bad if n == 1 else picture()) for n in range(3)))
    assert [poses.stamp.frame_index for poses in sent] == [0, 2]
    assert at.producer.streams() == {"poses": 2, "dead-letters": 1}
    assert claim.committable == 3
    assert at.shared.accounts.summary()["unusable"] == 1


def test_a_picture_that_the_networks_refuse_is_buried_and_the_others_are_answered() -> None:
    at, claim = desk(), Claim(0, 0)
    at.estimator.refused = 200
    sent = at.answer(*(job(index=n, claim=claim, payload=picture(shade)) for n, shade in enumerate((50, 200, 90))))
    assert [poses.stamp.frame_index for poses in sent] == [0, 2]
    reasons = [dict(headers)["reason"] for stream, _, _, headers in at.producer.sent if stream == "dead-letters"]
    assert reasons == [b"inference failed: PosestreamError: the network refuses it"]
    assert claim.committable == 3


def test_once_a_second_the_load_is_told_and_the_detectors_interval_taken() -> None:
    at = desk()
    at.answer(job(payload=picture()))
    assert at.estimator.every == [1]
    assert at.load == []
    later = desk()
    later.shared.accounts.dropped("lobby", Dropped.NEWER)
    clock_of(later.shared).advance(1.0)
    later.answer(job(payload=picture()))
    assert later.load == [(0.0, 1)]
    assert later.estimator.every == [4]
    assert "posestream_detector_interval 4.0" in later.shared.metrics.text().decode()


def test_with_the_broker_away_no_more_is_made_and_the_rest_stays_in_line() -> None:
    at, claim = desk(delivers=False), Claim(0, 0)
    sender = at.answering._sender
    for index in range(MOST_UNDELIVERED):
        each = job(index=index, claim=claim)
        sender.send(each, Poses.empty(each.stamp, COCO17, "x"))
    waiting = job(index=MOST_UNDELIVERED, claim=claim, payload=picture())
    at.answer(waiting)
    assert at.estimator.calls == []
    assert at.queue.remove(None) == [waiting]
