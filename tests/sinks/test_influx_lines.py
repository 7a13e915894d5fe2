"""Line protocol; what a real server gives back of it."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from posestream.schemas import Alert, AlertState
from sinks.camera_second import CameraSecond
from sinks.influx_lines import Point, Value, alert_points, alert_time_ns, point, second_points
from sinks.series import FinishedSecond, ZoneSecond

MakeAlert = Callable[..., Alert]
TOKEN = "test-token-of-this-machine"  # noqa: S105  # as tests/servers/influx_server.py makes it


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, None),
        ({"a": None, "b": float("nan"), "c": float("inf")}, None),
        ({"a": 1}, "a=1i"),
        ({"a": 1.0, "b": True, "c": False, "d": None}, "a=1.0,b=true,c=false"),
        ({"a": 'say "x" \\ y'}, 'a="say \\"x\\" \\\\ y"'),
        ({"a, b=c d": 0.1}, "a\\,\\ b\\=c\\ d=0.1"),
    ],
)
def test_fields(fields: dict[str, Value], wanted: str | None) -> None:
    made = point("m", {}, fields, 5)
    assert (None if made is None else made.line) == (None if wanted is None else f"m {wanted} 5")


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        ({}, "m"),
        ({"b": "2", "a": "1"}, "m,a=1,b=2"),
        ({"a": ""}, "m"),
        ({"a b": "x,y=z w"}, "m,a\\ b=x\\,y\\=z\\ w"),
        ({"a": "end\\", "b": "line\nend"}, "m,a=end_,b=line_end"),
    ],
)
def test_tags(tags: dict[str, str], wanted: str) -> None:
    assert point("m", tags, {"v": 1}, 5) == Point(wanted, "v=1i", 5)


def test_a_second_is_points_of_people_pipeline_and_zones() -> None:
    second = CameraSecond("lobby", 100, 1.5, 2, 5, 5.0, 21.5)
    lines = [each.line for each in second_points(FinishedSecond(second, 3, (ZoneSecond("door", 0.5, 1),)), "plant")]
    assert lines == [
        "pipeline,camera=lobby,site=plant frames=5i,not_looked_at=3i 100000000000",
        "people,camera=lobby,site=plant persons=1.5,persons_max=2i,frames=5i,fps=5.0,inference_ms=21.5 100000000000",
        "zones,camera=lobby,site=plant,zone=door persons=0.5,persons_max=1i 100000000000",
    ]


def test_of_a_second_that_nobody_looked_at_nothing_is_said_of_people() -> None:
    points = second_points(FinishedSecond(CameraSecond("lobby", 100, 0.0, 0, 0), 3), "plant")
    assert [each.measurement for each in points] == ["pipeline"]


def test_firing_and_resolved_are_one_point(make_alert: MakeAlert) -> None:
    (firing,), (resolved,) = (
        alert_points(make_alert(state=AlertState(state)), "p") for state in ("firing", "resolved")
    )
    assert (firing.series, firing.time_ns) == (resolved.series, resolved.time_ns)
    assert firing.series == "alerts,camera=lobby,rule=intrusion,severity=critical,site=p"
    assert set(names(firing)) < set(names(resolved))  # nothing of the older state is left over


def names(made: Point) -> list[str]:
    return [field.partition("=")[0] for field in made.fields.split(",")]


def test_alerts_of_one_frame_are_as_many_points(make_alert: MakeAlert) -> None:
    alerts = [replace(make_alert(), track_id=track) for track in (None, *range(1, 900))]
    assert len({alert_time_ns(alert) for alert in alerts}) == 900
    assert all(alert_time_ns(alert) // 1000 == make_alert().started_at_ns // 1000 for alert in alerts)


# A carriage return would be stored, but the CSV of a query's answer cannot carry it back.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=20)
tags = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\\\r\n", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9
)
values = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), texts
)


class Server(Protocol):
    """tests/servers/influx_server.py InfluxServer."""

    url: str


def test_what_is_written_comes_back(influx: Server) -> None:
    examples = itertools.count()
    with InfluxDBClient(influx.url, token=TOKEN, org="site") as client:

        @settings(max_examples=40, deadline=None)
        @given(st.lists(st.tuples(tags, tags, values), max_size=30))
        def check(items: list[tuple[str, str, Value]]) -> None:
            there_and_back(client, next(examples), items)

        check()


def there_and_back(client: InfluxDBClient, example: int, items: list[tuple[str, str, Value]]) -> None:
    points = []
    for number, (name, tag, value) in enumerate(items):
        kind = type(value).__name__  # a field keeps its type
        points.append(point(f"e{example}{kind}", {f"t{name}": tag, "n": str(number)}, {f"f{name}": value}, number))
    lines = [made.line for made in points if made is not None]
    client.write_api(write_options=SYNCHRONOUS).write("poses", record="\n".join(lines).encode())
    query = f'from(bucket: "poses") |> range(start: 0) |> filter(fn: (r) => r._measurement =~ /^e{example}[a-z]/)'
    found = {}
    for record in client.query_api().query_stream(query):
        ours = next(name for name in record.values if name.startswith("t") and name != "table")
        found[int(record.values["n"])] = (record.get_field(), ours, record.values[ours], plain(record.get_value()))
    assert found == {
        number: (f"f{name}", f"t{name}", tag, plain(value)) for number, (name, tag, value) in enumerate(items)
    }


def plain(value: Value) -> Value:
    """In the CSV of an answer line ends have another form, at a text's end they are lost; an empty one is none."""
    if not isinstance(value, str):
        return value
    return value.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") or None
