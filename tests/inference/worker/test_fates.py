from fakes import NotedProducer, job, shared

from inference.worker.accounts import Dropped
from inference.worker.claim import Claim
from inference.worker.fates import Fates
from inference.worker.job import Kind
from posestream.messaging.dead_letter import DeadLetter


def test_each_fate_is_counted_and_told_to_the_claim() -> None:
    given, claim, producer = shared(), Claim(3, 0), NotedProducer(delivers=False)
    fates = Fates(producer, given)
    jobs = [job(index=index, claim=claim) for index in range(4)]
    for _ in jobs:
        given.accounts.received("lobby")
    fates.displaced([])
    fates.displaced([jobs[0]])
    fates.dropped(jobs[1], Dropped.OLD)
    assert claim.committable == 2
    fates.broken(jobs[2], "not a whole\nJPEG")
    assert claim.committable == 2  # not before the broker has the letter
    producer.deliver()
    assert claim.committable == 3
    fates.left(jobs[3], Dropped.STOPPED)
    assert claim.committable == 3
    assert claim.wait_finished(0.0)
    summary = given.accounts.summary()
    assert (summary["dropped_newer"], summary["dropped_old"], summary["dropped_stopped"]) == (1, 1, 1)
    assert (summary["unusable"], summary["open"]) == (1, 0)


def test_a_broken_picture_keeps_its_bytes_its_headers_and_its_place() -> None:
    producer = NotedProducer()
    Fates(producer, shared()).broken(job(index=17, claim=Claim(3, 0), payload=b"\xff\xd8"), "cut")
    ((stream, key, value, headers),) = producer.sent
    texts = dict(headers)
    assert (stream, key, value) == ("dead-letters", b"lobby", b"\xff\xd8")
    assert (texts["reason"], texts["service"], texts["source_topic"]) == (b"cut", b"infer", b"t.frames")
    assert (texts["source_partition"], texts["source_offset"], texts["original.codec"]) == (b"3", b"17", b"jpeg")


def test_what_its_claim_has_left_is_left_to_the_next_owner() -> None:
    given, claim, producer = shared(), Claim(0, 0), NotedProducer()
    fates = Fates(producer, given)
    waiting, broken = job(index=0, claim=claim), job(index=1, claim=claim)
    claim.close()
    fates.displaced([waiting])
    claim.give_up()
    fates.broken(broken, "cut")
    fates.unreadable(claim, DeadLetter("no", "infer", "t.frames", 0, 2, None, b"", None))
    assert given.accounts.summary()["dropped_revoked"] == 1
    assert producer.sent == []
    assert claim.committable is None


def test_signs_of_time_are_no_frames() -> None:
    given, claim = shared(), Claim(0, 0)
    fates = Fates(NotedProducer(), given)
    fates.dropped(job(index=0, claim=claim, kind=Kind.BEAT), Dropped.NEWER)
    assert claim.committable == 1
    fates.dropped(job(index=0, claim=claim, kind=Kind.LAPSE), Dropped.NEWER)
    assert claim.committable == 1
    assert given.accounts.summary()["dropped"] == 0
