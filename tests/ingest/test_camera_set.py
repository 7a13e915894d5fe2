"""The set with senders that do as they are told, or hang."""

import threading
import time
from dataclasses import dataclass, field

from ingest.account import DropReason, FrameCounts
from ingest.camera_set import ACCOUNT_SECONDS, CameraSet, camera_ids
from ingest.plan import CameraPlan
from ingest.sender import CameraLook
from ingest.settings import ReadSettings
from ingest.source import Source, SourceKind
from ingest.status import CameraState, CameraStatus
from posestream.clock import SettableClock


def plan(camera_id: str, fps: float = 5.0) -> CameraPlan:
    return CameraPlan(Source(SourceKind.RTSP, "rtsp://h/x", "rtsp://h/x"), ReadSettings(camera_id, fps=fps))


@dataclass
class Sender:
    plan: CameraPlan
    may_stop: threading.Event = field(default_factory=threading.Event)
    produced: int = 5
    delivered: int = 5
    told: list[str] = field(default_factory=list)

    @property
    def camera_id(self) -> str:
        return self.plan.settings.camera_id

    def start(self) -> None:
        self.told.append("start")

    def stop(self, timeout: float) -> None:
        self.told.append("stop")
        assert timeout > 0
        self.may_stop.wait(30)

    def look(self) -> CameraLook:
        status = CameraStatus(CameraState.LIVE, None, 1, self.produced, self.produced, 0, 0, None, None)
        counts = FrameCounts(self.produced, self.delivered, dict.fromkeys(DropReason, 0))
        return CameraLook(self.camera_id, status, counts)


class World:
    def __init__(self) -> None:
        self.clock = SettableClock(0)
        self.made: list[Sender] = []
        self.set = CameraSet(self.make, self.clock)

    def make(self, wanted: CameraPlan) -> Sender:
        self.made.append(Sender(wanted))
        return self.made[-1]

    def turn(self, *plans: CameraPlan) -> list[tuple[str, int]]:
        return [(look.camera_id, look.counts.produced) for look in self.set.turn(plans)]

    def turn_until_made(self, count: int, *plans: CameraPlan) -> None:
        ends_at = time.monotonic() + 30
        while len(self.made) < count:
            assert time.monotonic() < ends_at
            assert self.turn(*plans) == []
            time.sleep(0.01)

    def turn_until_gone(self, *plans: CameraPlan) -> list[tuple[str, int]]:
        ends_at = time.monotonic() + 30
        while not (gone := self.turn(*plans)):
            assert time.monotonic() < ends_at
            time.sleep(0.01)
        return gone


def test_a_camera_that_stays_is_not_touched_by_what_others_do() -> None:
    world = World()
    world.turn(plan("a"), plan("b"))
    a, b = world.made
    b.may_stop.set()
    world.turn_until_made(3, plan("a"), plan("b", fps=3))
    world.made[2].may_stop.set()
    assert world.turn_until_gone(plan("a"), plan("c")) == [("b", 10)]
    assert a.told == ["start"]
    assert [sender.told for sender in world.made[1:]] == [["start", "stop"], ["start", "stop"], ["start"]]


def test_a_changed_camera_begins_anew_when_the_old_reader_has_ended_and_its_counts_go_on() -> None:
    world = World()
    world.turn(plan("a"))
    (old,) = world.made
    for _ in range(3):
        assert world.turn(plan("a", fps=3)) == []
    assert [sender.told for sender in world.made] == [["start", "stop"]]  # two readers at once would mix their frames
    old.may_stop.set()
    world.turn_until_made(2, plan("a", fps=3))
    assert world.made[1].plan.settings.fps == 3
    assert [(look.camera_id, look.counts.produced) for look in world.set.looks()] == [("a", 10)]


def test_a_removed_camera_is_gone_when_its_account_is_closed() -> None:
    world = World()
    world.turn(plan("a"), plan("b"))
    a = world.made[0]
    a.delivered = 3
    a.may_stop.set()
    for _ in range(20):
        assert world.turn(plan("b")) == []
        time.sleep(0.01)
    assert [look.camera_id for look in world.set.looks()] == ["a", "b"]
    a.delivered = 5
    assert world.turn_until_gone(plan("b")) == [("a", 5)]
    assert [look.camera_id for look in world.set.looks()] == ["b"]


def test_an_account_that_never_closes_is_not_waited_for_for_ever() -> None:
    world = World()
    world.turn(plan("a"))
    world.made[0].delivered = 3
    world.made[0].may_stop.set()
    world.turn()
    world.clock.advance(ACCOUNT_SECONDS + 1)
    assert world.turn_until_gone() == [("a", 5)]


def test_a_camera_that_comes_back_while_it_leaves_goes_on_in_one_account() -> None:
    world = World()
    world.turn(plan("a"))
    world.turn()
    world.made[0].may_stop.set()
    world.turn_until_made(2, plan("a"))
    assert sum(look.counts.produced for look in world.set.looks()) == 10


def test_the_end_stops_all_at_the_same_time_and_keeps_their_accounts() -> None:
    world = World()
    world.turn(plan("a"), plan("b"))
    for sender in world.made:
        sender.may_stop.set()
    world.set.stop()
    assert [sender.told for sender in world.made] == [["start", "stop"]] * 2
    assert [look.counts.produced for look in world.set.looks()] == [5, 5]


def test_ids() -> None:
    assert camera_ids([plan("a"), plan("b")]) == ("a", "b")
