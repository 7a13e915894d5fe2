import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posestream.json_form import iso_time
from posestream.messaging.alert_message import alert_head, nanoseconds, read_alert, write_alert
from posestream.messaging.headers import unpacked
from posestream.messaging.unreadable import Unreadable
from posestream.schemas import Alert, AlertState, Severity

FIRING = Alert(
    id="0b7e6ed4-4ad5-5a86-9d1f-2f0c4dcba4b7",
    rule="intrusion",
    kind="zone",
    camera_id="lobby",
    epoch=1_700_000_000_000,
    zone="door",
    line=None,
    track_id=5,
    severity=Severity.WARNING,
    state=AlertState.FIRING,
    started_at_ns=1_700_000_000_123_456_000,
    ended_at_ns=None,
    frame_index=25,
    pts_seconds=1.25,
    value=2.5,
)
RESOLVED = replace(
    FIRING, state=AlertState.RESOLVED, ended_at_ns=1_700_000_009_000_001_000, muted=True, snapshot="a.jpg"
)
NOBODY = replace(FIRING, zone=None, track_id=None, severity=Severity.CRITICAL)
WORKER = replace(NOBODY, camera_id="worker/infer/host-1", epoch=0)


@pytest.mark.parametrize("alert", [FIRING, RESOLVED, NOBODY, WORKER, replace(FIRING, zone=None, line="gate")])
def test_there_and_back(alert: Alert) -> None:
    assert read_alert(alert.camera_id.encode(), write_alert(alert), alert_head(alert, "site")) == alert


def test_what_is_finer_than_a_microsecond_is_cut() -> None:
    fine = replace(FIRING, started_at_ns=FIRING.started_at_ns + 999, pts_seconds=1.25 + 1e-9)
    assert read_alert(b"lobby", write_alert(fine), alert_head(fine, "site")) == FIRING


def test_the_head() -> None:
    assert unpacked(alert_head(FIRING, "hq")) == {
        "ce_specversion": "1.0",
        "ce_id": f"{FIRING.id}/firing",
        "ce_type": "io.posestream.alert.firing",
        "ce_source": "/hq/lobby",
        "ce_time": "2023-11-14T22:13:20.123456Z",
        "content-type": "application/json",
        "schema_version": "1",
    }
    head = unpacked(alert_head(RESOLVED, "hq"))
    assert (head["ce_id"], head["ce_time"]) == (f"{FIRING.id}/resolved", "2023-11-14T22:13:29.000001Z")


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(write_alert(FIRING)) | fields).encode()


def test_fields_of_later_versions_are_passed_over() -> None:
    value = changed(escalated=True, extra={"a": [1]})
    assert read_alert(b"lobby", value, alert_head(FIRING, "site")) == FIRING


def test_a_missing_snapshot_is_none() -> None:
    content = json.loads(write_alert(FIRING))
    del content["snapshot"]
    assert read_alert(b"lobby", json.dumps(content).encode(), alert_head(FIRING, "site")) == FIRING


WRONG: list[tuple[dict[str, object], str]] = [
    ({"id": ""}, "id: String should have at least 1 character"),
    ({"rule": "../x"}, "rule: String should match pattern"),
    ({"camera": "../../x"}, "camera: String should match pattern"),
    ({"camera": "a/../x"}, "camera: String should match pattern"),
    ({"camera": "worker/a/b/c"}, "camera: String should match pattern"),
    ({"camera": "lobby\n"}, "camera: String should match pattern"),
    ({"camera": "hall"}, "key b'lobby' is not the camera 'hall'"),
    ({"epoch": -1}, "epoch: Input should be greater than or equal to 0"),
    ({"epoch": 10**400}, "epoch: "),
    ({"zone": ""}, "zone: String should match pattern"),
    ({"track_id": 2**63}, "track_id: Input should be less than or equal to 9223372036854775807"),
    ({"track_id": 1.5}, "track_id: Input should be a valid integer"),
    ({"severity": "mild"}, "severity: Input should be 'info', 'warning' or 'critical'"),
    ({"state": "over"}, "state: Input should be 'pending', 'firing' or 'resolved'"),
    ({"state": "pending"}, "state 'pending' under ce_type 'io.posestream.alert.firing'"),
    ({"state": "resolved"}, "state 'resolved' under ce_type 'io.posestream.alert.firing'"),
    ({"started_at": "2023-11-14T22:13:20"}, "started_at: Input should have timezone info"),
    ({"started_at": "yesterday"}, "started_at: Input should be a valid datetime"),
    ({"started_at": "0001-01-01T00:00:00Z"}, "0001-01-01T00:00:00+00:00: wanted a time from 1678 to 2262"),
    ({"ended_at": "9999-12-31T23:59:59Z"}, "9999-12-31T23:59:59+00:00: wanted a time from 1678 to 2262"),
    ({"pts_seconds": 1e308 * 10}, "not JSON: Infinity is no number of JSON"),
    ({"value": None}, "value: Input should be a valid number"),
    ({"muted": "perhaps"}, "muted: Input should be a valid boolean"),
    ({"snapshot": "x" * 1025}, "snapshot: String should have at most 1024 characters"),
]


@pytest.mark.parametrize(("fields", "reason"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_alert(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}"):
        read_alert(b"lobby", changed(**fields), alert_head(FIRING, "site"))


def test_a_number_beyond_floats() -> None:
    value = changed(value=1).replace(b'"value": 1,', b'"value": 1e999,')
    with pytest.raises(Unreadable, match=r"^value: Input should be a finite number$"):
        read_alert(b"lobby", value, alert_head(FIRING, "site"))


@pytest.mark.parametrize("key", [None, b"", b"hall", b"\xff"])
def test_another_key(key: bytes | None) -> None:
    with pytest.raises(Unreadable, match=r"^key .* is not the camera 'lobby'$"):
        read_alert(key, write_alert(FIRING), alert_head(FIRING, "site"))


def test_another_kind_of_event(raw: Callable[..., Any]) -> None:
    headers = raw(alert_head(FIRING, "site"), ce_type="io.posestream.health.camera")
    with pytest.raises(
        Unreadable, match=r"^ce_type 'io\.posestream\.health\.camera': wanted io\.posestream\.alert\.…$"
    ):
        read_alert(b"lobby", write_alert(FIRING), headers)


@given(st.integers(-(2**63) // 1000 + 1, 2**63 // 1000 - 1))
def test_times_come_back_to_the_microsecond(microseconds: int) -> None:
    moment = datetime.fromisoformat(iso_time(microseconds * 1000))
    assert nanoseconds(moment) == microseconds * 1000


def test_times_of_other_zones() -> None:
    moment = datetime.fromisoformat("2023-11-15T03:43:20.5+05:30")
    assert nanoseconds(moment) == nanoseconds(moment.astimezone(UTC)) == 1_700_000_000_500_000_000
