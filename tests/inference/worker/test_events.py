from fakes import NotedProducer, job, shared

from inference.worker.claim import Claim
from inference.worker.events import MOST_UNDELIVERED, PosesSender
from inference.worker.job import Job, Kind
from posestream.schemas import Poses
from posestream.skeletons import COCO17


def nobody(given: Job, *, inferred: bool = True) -> Poses:
    return Poses.empty(given.stamp, COCO17, "one@1", inferred=inferred)


def test_an_answer_is_done_when_the_broker_has_it() -> None:
    given, claim, producer = shared(), Claim(0, 0), NotedProducer(delivers=False)
    sender = PosesSender(producer, given)
    looked_at = job(claim=claim, age=0.3)
    sender.send(looked_at, nobody(looked_at))
    assert claim.committable == 0
    producer.deliver()
    assert claim.committable == 1
    (poses,) = producer.poses()
    assert poses.stamp == looked_at.stamp
    assert given.accounts.summary()["answered"] == 1
    assert 'posestream_frame_age_seconds_sum{stage="infer"} 0.3' in given.metrics.text().decode()
    assert not given.lapses.is_due("lobby")


def test_signs_of_time_are_no_answers() -> None:
    given, claim, producer = shared(), Claim(0, 0), NotedProducer()
    sender = PosesSender(producer, given)
    for kind in (Kind.BEAT, Kind.LAPSE):
        sign = job(index=kind.value, kind=kind, claim=claim)
        sender.send(sign, nobody(sign, inferred=False))
    assert [poses.inferred for poses in producer.poses()] == [False, False]
    assert given.accounts.summary()["answered"] == 0
    assert claim.wait_finished(0.0)


def test_an_answer_that_comes_too_late_is_not_sent() -> None:
    given, claim, producer = shared(), Claim(0, 0), NotedProducer()
    late = job(claim=claim)
    claim.give_up()
    PosesSender(producer, given).send(late, nobody(late))
    assert producer.sent == []
    assert given.accounts.summary()["dropped_revoked"] == 1
    assert claim.wait_finished(0.0)


def test_with_the_broker_away_no_more_than_so_many_answers_are_made() -> None:
    producer, claim = NotedProducer(delivers=False), Claim(0, 0)
    sender = PosesSender(producer, shared())
    for index in range(MOST_UNDELIVERED):
        assert sender.wait_for_room(0.0)
        each = job(index=index, claim=claim)
        sender.send(each, nobody(each))
    assert not sender.wait_for_room(0.0)
    producer.deliver()
    assert sender.wait_for_room(0.0)
    assert claim.committable == MOST_UNDELIVERED
