import json
import re

import pytest

from posestream.messaging.headers import unpacked
from posestream.messaging.health_message import (
    CameraHealth,
    Health,
    WorkerHealth,
    health_headers,
    health_key,
    read_health,
    write_health,
)
from posestream.messaging.unreadable import Unreadable

CAMERA = CameraHealth(
    camera="lobby",
    worker="ingest/host",
    state="live",
    at_ns=7,
    epoch=3,
    frames_decoded=100,
    frames_produced=20,
    frames_delivered=17,
    frames_dropped={"queue_full": 2, "timeout": 1},
    reconnects=2,
    fps=24.9,
)
ILL = CameraHealth.model_validate(
    CAMERA.model_dump() | {"score": 40, "reasons": ("dark", "low_fps"), "time_source": "rtcp", "skew_ms": -125.5}
)
WORKER = WorkerHealth(worker="infer/host", service="infer", state="ready", at_ns=7, started_at_ns=1, beat=3)
BUSY = WorkerHealth.model_validate(WORKER.model_dump() | {"cameras": ("lobby", "hall"), "reason": "broker: away"})


@pytest.mark.parametrize(
    ("health", "key"),
    [(CAMERA, "lobby"), (ILL, "lobby"), (WORKER, "worker/infer/host"), (BUSY, "worker/infer/host")],
)
def test_there_and_back(health: Health, key: str) -> None:
    assert health_key(health) == key
    assert read_health(key.encode(), write_health(health), health_headers(health, "site")) == health


def test_the_head() -> None:
    for health, kind in ((CAMERA, "camera"), (WORKER, "worker")):
        head = unpacked(health_headers(health, "hq"))
        assert head["ce_type"] == f"io.posestream.health.{kind}"
        assert (head["ce_id"], head["ce_source"]) == (f"{health_key(health)}/7", f"/hq/{health_key(health)}")


def test_later_fields_are_passed_over() -> None:
    value = json.dumps(json.loads(write_health(WORKER)) | {"version": "9"}).encode()
    assert read_health(b"worker/infer/host", value, health_headers(WORKER, "site")) == WORKER


def test_a_camera_of_an_older_ingest_is_healthy_as_far_as_is_known() -> None:
    fields = json.loads(write_health(ILL))
    old = json.dumps({k: v for k, v in fields.items() if k not in {"score", "reasons", "time_source", "skew_ms"}})
    health = read_health(b"lobby", old.encode(), health_headers(ILL, "site"))
    assert isinstance(health, CameraHealth)
    assert (health.score, health.reasons, health.time_source, health.skew_ms) == (100, (), "arrival", None)


def test_reasons_of_later_versions_are_read() -> None:
    value = json.dumps(json.loads(write_health(ILL)) | {"reasons": ["spider_on_lens"]}).encode()
    health = read_health(b"lobby", value, health_headers(ILL, "site"))
    assert isinstance(health, CameraHealth)
    assert health.reasons == ("spider_on_lens",)


WRONG: list[tuple[Health, dict[str, object], str]] = [
    (CAMERA, {"camera": "hall"}, "key b'lobby' is not 'hall'"),
    (CAMERA, {"camera": "worker/x"}, "camera: String should match pattern"),
    (CAMERA, {"worker": "ingest"}, "worker: String should match pattern"),
    (CAMERA, {"state": "x" * 33}, "state: String should have at most 32 characters"),
    (CAMERA, {"frames_dropped": {"../x": 1}}, "frames_dropped.../x.[key]: String should match pattern"),
    (CAMERA, {"frames_dropped": {"age": -1}}, "frames_dropped.age: Input should be greater than or equal to 0"),
    (CAMERA, {"fps": "fast"}, "fps: Input should be a valid number"),
    (CAMERA, {"score": 101}, "score: Input should be less than or equal to 100"),
    (CAMERA, {"score": -1}, "score: Input should be greater than or equal to 0"),
    (CAMERA, {"reasons": ["../x"]}, "reasons.0: String should match pattern"),
    (CAMERA, {"reasons": ["dark"] * 33}, "reasons: Tuple should have at most 32 items"),
    (CAMERA, {"time_source": "x" * 33}, "time_source: String should have at most 32 characters"),
    (CAMERA, {"skew_ms": "late"}, "skew_ms: Input should be a valid number"),
    (WORKER, {"worker": "infer/other"}, "key b'worker/infer/host' is not 'worker/infer/other'"),
    (WORKER, {"worker": "infer/../x"}, "worker: String should match pattern"),
    (WORKER, {"beat": 1.5}, "beat: Input should be a valid integer"),
    (WORKER, {"cameras": ["../x"]}, "cameras.0: String should match pattern"),
    (WORKER, {"cameras": ["a"] * 10_001}, "cameras: Tuple should have at most 10000 items"),
    (WORKER, {"reason": "x" * 501}, "reason: String should have at most 500 characters"),
]


@pytest.mark.parametrize(("health", "fields", "reason"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_health(health: Health, fields: dict[str, object], reason: str) -> None:
    value = json.dumps(json.loads(write_health(health)) | fields).encode()
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}"):
        read_health(health_key(health).encode(), value, health_headers(health, "site"))


@pytest.mark.parametrize("key", [None, b"", b"worker/", b"worker/infer/host"])
def test_a_camera_under_another_key(key: bytes | None) -> None:
    with pytest.raises(Unreadable):
        read_health(key, write_health(CAMERA), health_headers(CAMERA, "site"))
