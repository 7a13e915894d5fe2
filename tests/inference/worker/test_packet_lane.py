import threading
from collections.abc import Callable

import numpy as np
import pytest
from fakes import NotedProducer, job, shared

from inference.worker.accounts import Dropped
from inference.worker.batching import Batching
from inference.worker.claim import Claim
from inference.worker.fates import Fates
from inference.worker.frame_queue import FrameQueue, Room
from inference.worker.job import Job, Kind
from inference.worker.lines import WholeLine
from inference.worker.packet_lane import MOST_CAMERAS, MOST_PACKETS, Decoded, PacketLane
from posestream.schemas import Image


class HoldsOne:
    """A decoder that gives each picture with the next packet, and nothing for packets that are bad."""

    def __init__(self) -> None:
        self.held: list[Job] = []

    def feed(self, job: Job) -> list[Decoded]:
        if job.frame.payload == b"bad":
            return [Decoded(job, reason=Dropped.CORRUPT)]
        self.held.append(job)
        image = Image(np.zeros((2, 2, 3), np.uint8), "rgb24")
        return [Decoded(self.held.pop(0), image)] if len(self.held) > 1 else []

    def forget(self) -> list[Job]:
        held, self.held = self.held, []
        return held


class Desk:
    """A lane whose thread runs only within ``decode``."""

    def __init__(self, max_frame_age: float = 1.0, room: Room = Room(100, 100)) -> None:  # noqa: B008  # frozen
        self.shared = shared(max_frame_age)
        self.queue = FrameQueue(WholeLine(), room, Batching(100), self.shared.clock, lambda: 1)
        self.made: list[str] = []
        fates = Fates(NotedProducer(), self.shared)
        self.lane = PacketLane(self._make, self.queue, fates, self.shared.limit)

    def _make(self, camera: str) -> HoldsOne:
        self.made.append(camera)
        return HoldsOne()

    def decode(self, *jobs: Job) -> list[Job]:
        """Put jobs and decode all; gives what came out."""
        for each in jobs:
            self.lane.put(each)
        while self.lane._waiting:
            self.lane._step()
        return self.queue.take(0.0)


def packets(claim: Claim, count: int, camera: str = "lobby", first: int = 0, **changes: object) -> list[Job]:
    return [
        job(camera, index, claim=claim, codec="h264", keyframe=index == 0, **changes)  # type: ignore[arg-type]
        for index in range(first, first + count)
    ]


def test_nothing_comes() -> None:
    desk = Desk()
    desk.lane.close()
    desk.lane.run()
    assert desk.lane.remove(None) == []
    assert not desk.lane.is_full


def test_which_way_a_job_goes() -> None:
    lane = Desk().lane
    beat: Callable[[], Job] = lambda: job(kind=Kind.BEAT)  # noqa: E731  # three of them
    assert not lane.takes(job())
    assert not lane.takes(beat())
    assert lane.takes(job(codec="h264"))
    assert lane.takes(beat())  # behind its camera's packets
    assert not lane.takes(job("door", kind=Kind.BEAT))
    assert not lane.takes(job())
    assert not lane.takes(beat())


def test_pictures_come_out_beats_among_them_and_bad_packets_are_counted() -> None:
    desk, claim = Desk(), Claim(0, 0)
    jobs = packets(claim, 3)
    bad = job(index=3, claim=claim, codec="h264", payload=b"bad")
    beat = job(index=4, claim=claim, kind=Kind.BEAT)
    out = desk.decode(*jobs, bad, beat)
    assert [each.offset for each in out] == [0, 1, 4]
    assert [each.image is not None for each in out] == [True, True, False]
    assert desk.shared.accounts.summary()["dropped_corrupt"] == 1


def test_each_camera_has_its_decoder_and_a_new_claim_a_new_one() -> None:
    desk, claim, other = Desk(), Claim(0, 0), Claim(1, 0)
    desk.decode(*packets(claim, 2), *packets(other, 2, "door"))
    assert desk.made == ["lobby", "door"]
    desk.decode(*packets(Claim(0, 0), 1))
    assert desk.made == ["lobby", "door", "lobby"]


def test_names_without_end_do_not_fill_the_memory_and_what_is_forgotten_is_counted() -> None:
    desk, claim = Desk(), Claim(0, 0)
    lobby = packets(claim, 3)
    others = [packets(Claim(1 + number, 0), 1, f"cam{number}")[0] for number in range(MOST_CAMERAS)]
    desk.decode(lobby[0], *others[:-1])
    assert [each.offset for each in desk.decode(lobby[1])] == [0]  # it was not silent longest
    desk.decode(*others[-1:])
    assert desk.shared.accounts.summary()["dropped_corrupt"] == 1  # what the decoder of cam0 held
    desk.decode(lobby[2])
    assert desk.made.count("lobby") == 1
    desk.decode(packets(others[0].claim, 1, "cam0", 1)[0])
    assert desk.made.count("cam0") == 2
    assert len(desk.lane.remove(None)) == MOST_CAMERAS


def test_the_cameras_of_packets_that_are_remembered_are_so_many() -> None:
    lane = Desk().lane
    for number in range(MOST_CAMERAS + 1):
        assert lane.takes(job(f"cam{number}", codec="h264"))
    assert not lane.takes(job("cam0", kind=Kind.BEAT))
    assert lane.takes(job("cam1", kind=Kind.BEAT))
    assert lane.takes(job(f"cam{MOST_CAMERAS}", kind=Kind.BEAT))


@pytest.mark.parametrize(
    ("ages", "keyframes", "dropped"),
    [
        ([0.1] * 6, {0, 4}, []),  # in time
        ([9.0] * 6, {0}, []),  # no keyframe to go on at: decoding on is the quickest way
        ([9.0] * 6, {0, 2, 4}, [0, 1, 2, 3]),
    ],
)
def test_a_camera_that_is_behind_goes_on_at_its_newest_keyframe(
    ages: list[float], keyframes: set[int], dropped: list[int]
) -> None:
    desk, claim, other = Desk(), Claim(0, 0), Claim(1, 0)
    bystander = packets(other, 1, "door")
    jobs = [
        job(index=index, claim=claim, codec="h264", keyframe=index in keyframes, age=age)
        for index, age in enumerate(ages)
    ]
    out = desk.decode(jobs[0], *bystander, *jobs[1:])
    kept = [index for index in range(6) if index not in dropped]
    assert [each.offset for each in out] == kept[:-1]  # the decoder holds the last one
    assert desk.shared.accounts.summary().get("dropped_old", 0) == len(dropped)
    assert set(desk.made) == {"lobby", "door"}


def test_the_packets_of_a_claim_are_taken_out_even_from_its_decoder() -> None:
    desk, claim, other = Desk(), Claim(0, 0), Claim(1, 0)
    gone, stays = packets(claim, 3), packets(other, 2, "door")
    desk.decode(gone[0], stays[0])
    desk.lane.put(gone[1])
    desk.lane.put(stays[1])
    assert desk.lane.remove([claim]) == [gone[1], gone[0]]
    assert [each.offset for each in desk.decode()] == [0]
    assert desk.lane.remove(None) == [stays[1]]


def test_it_is_full_by_number_and_by_bytes() -> None:
    desk, claim = Desk(), Claim(0, 0)
    for each in packets(claim, MOST_PACKETS):
        assert not desk.lane.is_full
        desk.lane.put(each)
    assert desk.lane.is_full
    desk.lane.remove(None)
    assert not desk.lane.is_full
    desk.lane.put(job(codec="h264", payload=bytes(17_000_000)))
    assert desk.lane.is_full


def test_where_every_frame_is_answered_it_waits_for_room() -> None:
    desk, claim = Desk(0.0, Room(1, 100)), Claim(0, 0)
    thread = threading.Thread(target=desk.lane.run)
    thread.start()
    for each in packets(claim, 4):
        desk.lane.put(each)
    taken = [each.offset for _ in range(3) for each in desk.queue.take(30.0)]
    assert taken == [0, 1, 2]
    desk.lane.close()
    thread.join(30.0)
    assert not thread.is_alive()
