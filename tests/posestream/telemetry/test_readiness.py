from posestream.clock import SettableClock
from posestream.telemetry.readiness import BROKER, LONGEST_SILENCE_SECONDS, Readiness


def test_without_parts_it_is_ready() -> None:
    assert Readiness((), SettableClock()).waiting == {}


def test_every_part_is_waited_for() -> None:
    readiness = Readiness((BROKER, "models"), SettableClock())
    assert readiness.waiting == {BROKER: "starting", "models": "starting"}
    readiness.ready("models")
    assert readiness.waiting == {BROKER: "starting"}
    readiness.ready(BROKER)
    readiness.ready(BROKER)
    assert readiness.waiting == {}


def test_what_was_ready_may_have_to_wait_again() -> None:
    readiness = Readiness((), SettableClock())
    assert readiness.waits("store", "away")
    assert readiness.waiting == {"store": "away"}


def test_only_another_reason_is_news() -> None:
    readiness = Readiness((BROKER,), SettableClock())
    assert [readiness.waits(BROKER, reason) for reason in ("away", "away", "no topic")] == [True, False, True]
    readiness.ready(BROKER)
    assert readiness.waits(BROKER, "no topic")


def test_what_is_given_is_a_copy() -> None:
    readiness = Readiness((BROKER,), SettableClock())
    readiness.waiting.clear()
    assert readiness.waiting == {BROKER: "starting"}


def test_a_loop_that_no_longer_turns_is_dead_and_may_come_back() -> None:
    clock = SettableClock()
    readiness = Readiness((), clock)
    clock.advance(LONGEST_SILENCE_SECONDS)
    assert readiness.alive
    clock.advance(0.1)
    assert not readiness.alive
    readiness.turn()
    assert readiness.alive
