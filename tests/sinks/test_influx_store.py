from collections import Counter
from collections.abc import Callable, Sequence

from posestream.schemas import Alert, AlertState
from sinks.camera_second import CameraSecond
from sinks.influx_store import InfluxSeries, points_of
from sinks.series import FinishedSecond
from sinks.series_store import Finding

MakeAlert = Callable[..., Alert]


class Lines:
    """A writer that keeps lines and refuses those that are named."""

    def __init__(self, refused: Sequence[int] = ()) -> None:
        self.lines: list[bytes] = []
        self._refused = refused

    def check(self) -> None:
        pass

    def write(self, lines: Sequence[bytes]) -> list[tuple[int, str]]:
        self.lines += lines
        return [(place, "no") for place in self._refused]


def finding(event: FinishedSecond | Alert, offset: int = 0) -> Finding:
    return Finding(event, "t", 0, offset, b"lobby")


def second(number: int) -> FinishedSecond:
    return FinishedSecond(CameraSecond("lobby", number, 1.0, 1, 5, 5.0), 0)


def test_nothing_is_not_written() -> None:
    writer, counted = Lines(), Counter[str]()
    assert InfluxSeries(writer, "p", lambda name, number: counted.update({name: number})).keep([]) == ()
    assert (writer.lines, counted) == ([], Counter())


def test_all_points_are_written_and_counted(make_alert: MakeAlert) -> None:
    writer, counted = Lines(), Counter[str]()
    store = InfluxSeries(writer, "p", lambda name, number: counted.update({name: number}))
    assert store.keep([finding(second(1)), finding(second(2)), finding(make_alert())]) == ()
    assert counted == Counter(people=2, pipeline=2, alerts=1)
    assert writer.lines[:2] == [each.line.encode() for each in points_of(finding(second(1)), "p")]


def test_of_one_point_the_newest_state_is_sent(make_alert: MakeAlert) -> None:
    writer = Lines()
    resolved = make_alert(state=AlertState.RESOLVED)
    InfluxSeries(writer, "p", lambda *_: None).keep([finding(make_alert()), finding(resolved)])
    assert writer.lines == [points_of(finding(resolved), "p")[0].line.encode()]


def test_what_is_refused_is_given_back_with_its_message_and_not_counted() -> None:
    writer, counted = Lines(refused=[2]), Counter[str]()
    findings = [finding(second(1), 5), finding(second(2), 6)]
    store = InfluxSeries(writer, "p", lambda name, number: counted.update({name: number}))
    (refusal,) = store.keep(findings)
    assert (refusal.finding, refusal.content, refusal.reason) == (findings[1], writer.lines[2], "no")
    assert counted == Counter(pipeline=1, people=2)
