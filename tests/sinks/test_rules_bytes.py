"""Rules that go on from their bytes say the same, to the last bit."""

import math

import pytest

from lab.walkers import tracked, walk
from posestream.config import Config
from posestream.schemas import Alert, AlertState, FrameStamp, Severity, TimeSource
from postprocess.rules import empty_rules_state, judge
from postprocess.rules.cooldown import Cooldown
from postprocess.rules.episode import Episode
from postprocess.rules.observation import Trail
from postprocess.rules.scene import Person
from postprocess.rules.state import RuleMemory, RulesState
from sinks.rules_bytes import UnreadableState, rules_from_bytes, rules_to_bytes

ALERT = Alert(
    id="6f1c1f1e-6a53-5d0a-9c53-3f4a1f0f9c11",
    rule="in",
    kind="zone",
    camera_id="lobby",
    epoch=2**63 - 1,
    zone="door",
    line=None,
    track_id=3,
    severity=Severity.CRITICAL,
    state=AlertState.FIRING,
    started_at_ns=1_790_000_000_123_456_789,
    ended_at_ns=None,
    frame_index=7,
    pts_seconds=1 / 3,
    value=0.1 + 0.2,
    muted=True,
)
FULL = RulesState(
    stamp=FrameStamp("lobby", 2**63 - 1, 7, 1 / 3, 1_790_000_000_123_456_789, TimeSource.RTCP, 1280, 720),
    settled_ns=-5,
    break_ends_ns=9,
    persons=(Person(3, 1 / 7, -2.5e-300, math.inf, 1, 2),),
    memories=(
        RuleMemory("crowd", None),
        RuleMemory(
            "in",
            "door",
            episodes=(
                Episode(3, 1, 2, 3, sights=4, persons=5.0, x=1 / 9, y=2 / 9, alert=ALERT),
                Episode(-2, 1, 2, 3),
            ),
            trails=(Trail(3, ((1_790_000_000_123_456_789, 1 / 11, 0.0),), away_since_ns=9), Trail(4, ())),
            cooldowns=(Cooldown(None, 1, 0.5, 0.25),),
        ),
    ),
)
CONFIG = Config.model_validate(
    {
        "cameras": [{"id": "hall", "url": "file:a.mp4", "zones": [{"id": "all", "polygon": [[0, 0], [1, 0], [1, 1]]}]}],
        "rules": [
            {"id": "in", "kind": "zone", "zone": "all", "cooldown": "5s"},
            {"id": "stay", "kind": "loiter", "radius": 0.5, "for": "2s"},
            {"id": "crowd", "kind": "crowd", "within": 0.5, "more_than": 1},
        ],
    }
)


@pytest.mark.parametrize("state", [empty_rules_state(), FULL], ids=["nothing", "everything"])
def test_what_is_read_equals_what_was_written(state: RulesState) -> None:
    assert rules_from_bytes(rules_to_bytes(state)) == state
    assert rules_to_bytes(rules_from_bytes(rules_to_bytes(state))) == rules_to_bytes(state)


def test_interrupted_rules_give_the_same_alerts_as_uninterrupted_ones() -> None:
    camera, count = CONFIG.cameras[0], 0
    straight, broken = empty_rules_state(), empty_rules_state()
    for tracks in tracked(walk("hall", 150, persons=5)):
        straight, wanted = judge(straight, tracks, camera, CONFIG.rules_of(camera))
        broken, found = judge(rules_from_bytes(rules_to_bytes(broken)), tracks, camera, CONFIG.rules_of(camera))
        assert found == wanted
        assert broken == straight
        count += len(wanted)
    assert count > 20


def test_bytes_of_the_first_version_are_still_read() -> None:
    data = (
        b'\x01[{"stamp":{"camera_id":"lobby","epoch":5,"frame_index":2,"pts_seconds":0.4,"captured_at_ns":9,'
        b'"time_source":"rtcp","width":12,"height":13},"settled_ns":0,"break_ends_ns":0,'
        b'"persons":[{"track_id":1,"x":1.5,"y":2.0,"height":33.0,"born_ns":1,"seen_ns":2}],"memories":[{"rule":"in","zone":"door","episodes":[{"track_id":1,'
        b'"started_ns":1,"held_ns":2,"open_ns":3,"sights":4,"persons":null,"x":0.5,"y":0.5,"alert":null}],'
        b'"trails":[{"track_id":1,"points":[[1,0.5,0.5]],"away_since_ns":null}],'
        b'"cooldowns":[{"track_id":null,"fired_ns":1,"x":0.0,"y":0.0}]}]}]'
    )
    assert rules_to_bytes(rules_from_bytes(data)) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "version none"),
        (b"\x00[]", "version 0"),
        (b"\x01", "JSON"),
        (b"\x01\xff\xfe", "JSON"),
        (b"\x01{}", "array"),
        (b"\x01[{}]", "stamp"),
        (rules_to_bytes(FULL)[:-9], "JSON"),
        (rules_to_bytes(FULL).replace(b'"critical"', b'"awful"'), "severity"),
        (b"\x01" + bytes(16_000_000), "16000001 bytes"),
    ],
    ids=["nothing", "version 0", "no JSON", "random", "an object", "no fields", "cut", "unknown word", "huge"],
)
def test_what_is_no_state_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableState, match=reason):
        rules_from_bytes(data)
