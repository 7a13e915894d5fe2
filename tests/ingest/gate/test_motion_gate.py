import numpy as np

from ingest.gate.motion_gate import GateSettings, MotionGate

SETTINGS = GateSettings(quiet_s=10.0, warm_up_s=30.0, look_every_s=10.0)
STILL = np.full((90, 160), 90, np.uint8)


def person(left: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = STILL.copy()
    picture[30:60, left : left + 10] = 20
    return picture


class Run:
    """A gate that is shown a stream of five looks a second."""

    def __init__(self, *, packets: bool = True) -> None:
        self.gate = MotionGate(0.0, SETTINGS)
        self.now, self.packets = 0.0, packets
        self.log: list[tuple[float, bool, bool]] = []

    def show(self, seconds: float, *, walks: bool = False, may_rest: bool = True, size: int = 40) -> None:
        ends = self.now + seconds
        while self.now < ends - 1e-9:
            keyframe = round(self.now * 5) % 10 == 0
            if self.packets:
                self.gate.packet(40_000 if keyframe else size, is_keyframe=keyframe, now=self.now)
            self.gate.turn(may_rest=may_rest, now=self.now)
            if self.gate.wants_look(self.now) and (not self.gate.may_skip or keyframe):
                self.gate.look(person(int(self.now * 20) % 140) if walks else STILL, self.now)
            self.log.append((self.now, self.gate.resting, self.gate.passes(self.now)))
            self.now += 0.2


def test_a_still_scene_rests_after_the_warm_up_and_one_picture_in_ten_seconds_passes() -> None:
    run = Run()
    run.show(91)
    assert not any(resting for at, resting, _ in run.log if at < 29.9)
    assert all(resting for at, resting, _ in run.log if at > 30.1)
    passed = [at for at, resting, passes in run.log if resting and passes]
    assert len(passed) in {5, 6, 7}
    assert run.gate.may_skip


def test_who_walks_is_never_passed_over() -> None:
    run = Run()
    run.show(120, walks=True)
    assert all(passes and not resting for _, resting, passes in run.log)


def test_motion_wakes_at_once_by_the_picture_where_all_is_decoded() -> None:
    run = Run(packets=False)
    run.show(60)
    assert run.gate.resting
    assert not run.gate.may_skip
    run.show(0.6, walks=True)
    assert not run.gate.resting


def test_motion_wakes_by_the_packets_where_only_keyframes_are_decoded() -> None:
    run = Run()
    run.show(61.2)
    assert run.gate.may_skip
    run.show(0.8, walks=True, size=600)
    assert not run.gate.resting


def test_without_permission_it_never_rests_and_its_end_wakes() -> None:
    run = Run()
    run.show(60, may_rest=False)
    assert not any(resting for _, resting, _ in run.log)
    run.show(2)
    assert run.gate.resting
    run.show(0.4, may_rest=False)
    assert not run.gate.resting
