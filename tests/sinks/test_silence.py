"""Who has fallen silent: told by what arrives and when, with no clock but the arguments."""

from collections.abc import Callable, Iterable

import pytest

from posestream.messaging.health_message import CameraHealth, Health, WorkerHealth
from posestream.schemas import Alert, AlertState, Severity
from sinks.silence import Silence

WALL_NS = 1_790_000_000_000_000_000
HOUR = 3600.0


def worker(
    name: str, at: float, *, started: float = 0.0, state: str = "ready", cameras: tuple[str, ...] = ("hall", "yard")
) -> WorkerHealth:
    return WorkerHealth(
        worker=name,
        service=name.partition("/")[0],
        state=state,
        at_ns=WALL_NS + round(at * 1e9),
        started_at_ns=WALL_NS + round(started * 1e9),
        beat=round((at - started) / 2) + 1,
        cameras=cameras,
    )


def camera(name: str, at: float, *, state: str = "live", by: str = "ingest/w1", epoch: int = 5) -> CameraHealth:
    return CameraHealth(
        camera=name,
        worker=by,
        state=state,
        at_ns=WALL_NS + round(at * 1e9),
        epoch=epoch,
        frames_decoded=0,
        frames_produced=0,
        frames_delivered=0,
        frames_dropped={},
        reconnects=0,
        fps=5.0,
    )


def never(_camera: str, _rule: str, _at_ns: int) -> bool:
    return False


class Watched:
    """A watcher whose time passes in half seconds; it has read an empty past and began at 0 s."""

    def __init__(self, history: Iterable[Health] = (), alerts: Iterable[Alert] = (), began: float = 0.0) -> None:
        self.silence = Silence(never)
        self.sent: list[tuple[float, Alert]] = []
        for health in history:
            self.silence.heard(health, began)
        for alert in alerts:
            self.silence.told(alert)
        self.silence.begin(began, WALL_NS + round(began * 1e9))
        self.now = began

    def until(self, end: float, *speakers: Callable[[float], Health | None]) -> "Watched":
        """Let time pass: each speaker is asked every half second for a sign of life."""
        while self.now < end:
            for speaker in speakers:
                health = speaker(self.now)
                if health is not None:
                    self.silence.heard(health, self.now)
            self.sent += [(self.now, alert) for alert in self.silence.judged(self.now)]
            self.now += 0.5
        return self

    @property
    def told(self) -> list[tuple[float, str, str]]:
        return [(at, alert.camera_id, alert.state.value) for at, alert in self.sent]


def beats(name: str, *, to: float = 1e9, started: float = 0.0) -> Callable[[float], Health | None]:
    """Give a worker that beats every two seconds until ``to``."""
    return lambda now: worker(name, now, started=started) if now < to and now % 2 == 0 else None


def shows(
    name: str, *, to: float = 1e9, state: Callable[[float], str] = lambda _now: "live"
) -> Callable[..., Health | None]:
    """Give a camera of which ingest tells every second until ``to``."""
    return lambda now: camera(name, now, state=state(now)) if now < to and now % 1 == 0 else None


own = beats("alert/w1")


def test_nobody_is_silent_where_nobody_is_known() -> None:
    assert Watched().until(60).told == []


def test_who_gives_signs_is_not_silent() -> None:
    assert Watched().until(60, own, beats("ingest/w1"), shows("hall")).told == []


def test_a_worker_that_dies_is_called_silent_within_15_seconds_and_once() -> None:
    watched = Watched().until(60, own, beats("infer/w1", to=20))
    assert watched.told == [(28.5, "worker/infer/w1", "firing")]
    alert = watched.sent[0][1]
    assert (alert.rule, alert.kind, alert.severity) == ("silent", "service", Severity.CRITICAL)
    assert (alert.started_at_ns, alert.value) == (WALL_NS + 18 * 10**9, 10.5)


def test_its_return_is_noted_whether_it_is_the_same_process_or_a_new_one() -> None:
    def again(now: float) -> Health | None:
        return worker("infer/w1", now, started=40.0) if now >= 40 and now % 2 == 0 else None

    watched = Watched().until(60, own, beats("infer/w1", to=20), again)
    assert watched.told == [(28.5, "worker/infer/w1", "firing"), (40.0, "worker/infer/w1", "resolved")]
    fired, resolved = (alert for _, alert in watched.sent)
    assert resolved.id == fired.id
    assert resolved.ended_at_ns == WALL_NS + 40 * 10**9
    assert resolved.value == 22.0


def test_a_second_silence_is_another_alert() -> None:
    watched = Watched().until(80, own, lambda now: None if 20 <= now < 40 or now >= 50 else beats("infer/w1")(now))
    assert [state for _, _, state in watched.told] == ["firing", "resolved", "firing"]
    assert watched.sent[0][1].id != watched.sent[2][1].id


def test_a_stop_on_purpose_is_no_silence() -> None:
    def stops(now: float) -> Health | None:
        return worker("infer/w1", now, state="stopped") if now == 20 else beats("infer/w1", to=20)(now)

    assert Watched().until(60, own, stops).told == []


def test_a_worker_that_waits_for_something_is_alive() -> None:
    assert Watched().until(60, own, lambda now: worker("write/w1", now, state="waiting")).told == []


def test_a_camera_falls_silent_while_its_worker_lives() -> None:
    watched = Watched().until(60, own, beats("ingest/w1"), shows("hall", to=20), shows("yard"))
    assert watched.told == [(29.5, "hall", "firing")]
    alert = watched.sent[0][1]
    assert (alert.kind, alert.severity, alert.epoch) == ("camera", Severity.WARNING, 5)


def test_a_worker_that_dies_with_its_cameras_is_one_alert_not_many() -> None:
    watched = Watched().until(60, own, beats("ingest/w1", to=20), shows("hall", to=20), shows("yard", to=19.5))
    assert watched.told == [(28.5, "worker/ingest/w1", "firing")]


@pytest.mark.parametrize("state", ["down", "refused", "connecting"])
def test_a_camera_that_does_not_come_back_is_told_of_and_so_is_its_return(state: str) -> None:
    speaks = shows("hall", state=lambda now: state if 20 <= now < 40 else "live")
    watched = Watched().until(60, own, beats("ingest/w1"), speaks)
    assert watched.told == [(30.5, "hall", "firing"), (40.0, "hall", "resolved")]
    assert watched.sent[0][1].started_at_ns == WALL_NS + 19 * 10**9


def test_a_camera_that_is_soon_back_is_not_told_of() -> None:
    speaks = shows("hall", state=lambda now: "down" if now % 20 >= 11 else "live")
    assert Watched().until(100, own, beats("ingest/w1"), speaks).told == []


def test_one_that_was_never_live_counts_from_its_first_word() -> None:
    watched = Watched().until(30, own, beats("ingest/w1"), shows("hall", state=lambda _now: "connecting"))
    assert watched.told == [(10.5, "hall", "firing")]
    assert watched.sent[0][1].started_at_ns == WALL_NS


def test_a_camera_that_is_stopped_on_purpose_is_not_told_of() -> None:
    speaks = shows("hall", to=21, state=lambda now: "stopped" if now == 20 else "live")
    assert Watched().until(60, own, beats("ingest/w1"), speaks).told == []


def test_a_broker_that_is_away_makes_nobody_silent_and_the_dead_are_found_when_it_is_back() -> None:
    def heard(speaker: Callable[[float], Health | None]) -> Callable[[float], Health | None]:
        return lambda now: None if 20 <= now < 60 else speaker(now)

    living = [heard(own), heard(beats("ingest/w1")), heard(shows("hall")), heard(beats("infer/w1"))]
    watched = Watched().until(100, *living, heard(beats("track/w1", to=30)))
    assert watched.told == [(69.5, "worker/track/w1", "firing")]


def test_a_watcher_that_stood_still_calls_nobody_silent() -> None:
    watched = Watched().until(20, own, beats("infer/w1"))
    watched.now = 50.0
    assert watched.until(100, own, beats("infer/w1")).told == []


def test_wrong_clocks_of_others_do_not_matter() -> None:
    def jumps(now: float) -> Health | None:
        return worker("infer/w1", now + (5 * HOUR if now < 20 else -5 * HOUR), started=-9 * HOUR)

    assert Watched().until(60, own, jumps).told == []


HISTORY = [worker("infer/w1", 0.0), worker("alert/w1", 90.0)]


def test_after_its_own_start_it_gives_everybody_time_to_speak() -> None:
    watched = Watched(HISTORY, began=100).until(130, own)
    assert watched.told == [(110.5, "worker/infer/w1", "firing")]


def test_who_has_been_dead_for_an_hour_is_not_told_of_again() -> None:
    assert Watched(HISTORY, began=HOUR + 1).until(HOUR + 60, own).told == []


def fired_before() -> Alert:
    return Watched().until(60, own, beats("infer/w1", to=20)).sent[0][1]


def test_an_alert_that_stood_before_its_start_is_neither_sent_again_nor_forgotten() -> None:
    watched = Watched([worker("infer/w1", 18.0)], [fired_before()], began=70).until(100, own)
    assert watched.told == []
    watched.until(140, own, lambda now: worker("infer/w1", now, started=100.0))
    assert watched.told == [(100.0, "worker/infer/w1", "resolved")]
    assert watched.sent[0][1].id == fired_before().id


def test_one_that_came_back_while_nobody_watched_is_resolved_at_the_start() -> None:
    watched = Watched([worker("infer/w1", 68.0, started=60.0)], [fired_before()], began=70)
    watched.until(75, own, beats("infer/w1", started=60.0))
    assert watched.told == [(70.0, "worker/infer/w1", "resolved")]


def test_one_that_is_resolved_already_is_left_alone() -> None:
    [fired, resolved] = [
        alert
        for _, alert in Watched().until(60, own, lambda now: None if 20 <= now < 40 else beats("infer/w1")(now)).sent
    ]
    assert resolved.state is AlertState.RESOLVED
    watched = Watched([worker("infer/w1", 68.0)], [fired, resolved], began=70)
    assert watched.until(90, own, beats("infer/w1")).told == []


def test_two_watchers_send_the_same_alert() -> None:
    late = Watched([worker("infer/w1", 18.0)], began=19).until(60, own)
    assert late.sent[0][1].id == fired_before().id


def test_alerts_of_rules_do_not_concern_it(make_alert: Callable[..., Alert]) -> None:
    watched = Watched([camera("lobby", 0.0)], [make_alert()], began=1)
    assert watched.until(9, own, shows("lobby")).told == []


def test_a_camera_that_its_worker_no_longer_works_for_is_not_awaited() -> None:
    without = lambda now: worker("ingest/w1", now, cameras=("yard",) if now >= 20 else ("hall", "yard"))  # noqa: E731
    assert Watched().until(60, own, without, shows("hall", to=20), shows("yard")).told == []


def test_an_alert_of_a_camera_that_is_taken_out_of_the_config_is_resolved() -> None:
    without = lambda now: worker("ingest/w1", now, cameras=("yard",) if now >= 40 else ("hall", "yard"))  # noqa: E731
    watched = Watched().until(60, own, without, shows("hall", to=20), shows("yard"))
    assert watched.told == [(29.5, "hall", "firing"), (40.0, "hall", "resolved")]


def test_a_key_that_an_operator_deletes_is_no_longer_awaited() -> None:
    watched = Watched().until(19, own, beats("infer/w1"))
    watched.silence.forget("worker/infer/w1")
    watched.silence.forget("worker/never/seen")
    assert watched.until(60, own).told == []


def test_an_alert_of_a_key_that_an_operator_deletes_is_resolved() -> None:
    watched = Watched().until(40, own, beats("infer/w1", to=10))
    watched.silence.forget("worker/infer/w1")
    assert [state for _, _, state in watched.until(60, own).told] == ["firing", "resolved"]


def test_a_suspended_camera_is_recorded_but_muted_and_so_is_its_return() -> None:
    watched = Watched()
    watched.silence = Silence(lambda name, rule, at_ns: (name, rule, at_ns) == ("hall", "silent", WALL_NS + 29 * 10**9))
    watched.silence.begin(0.0, WALL_NS)
    speaks = shows("hall", state=lambda now: "down" if 20 <= now < 40 else "live")
    watched.until(60, own, beats("ingest/w1"), speaks)
    assert [alert.muted for _, alert in watched.sent] == [True, True]
