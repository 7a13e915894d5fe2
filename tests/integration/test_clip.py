"""``posestream analyze`` on whole clips with the default networks: nothing is lost, the same alerts on every run."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest

pytestmark = [
    pytest.mark.weights,
    pytest.mark.testdata,
    pytest.mark.slow,
    pytest.mark.timeout(1800),  # minutes of computing on a small machine
    pytest.mark.usefixtures("pulled_models"),
]

Analyze = Callable[..., "subprocess.CompletedProcess[str]"]
CCTV_FRAMES, CUT_FRAMES = 795, 100
CCTV = """
cameras:
  - id: path
    url: file:vtest.avi
    zones:
      - {id: junction, polygon: [[0.53, 0.44], [0.80, 0.44], [0.86, 0.62], [0.52, 0.62]]}
rules:
  - {id: intrusion, kind: zone, zone: junction, for: 500ms}
"""
CCTV_WORDS = ("--width", 640, "--detector-every", 4, "--start-time", "2026-01-31T08:00:00Z", "--config")
# Start of an alert: within this many frames after the truth and the rule's own delay.
MOST_FRAMES_LATE = 10
RULE_DELAY_FRAMES = {"zone": 5, "loiter": 0}


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def first_packets(source: Path, target: Path, count: int) -> None:
    """Copy the first ``count`` video packets without decoding them."""
    with av.open(str(source)) as whole, av.open(str(target), "w") as cut:
        stream = cut.add_stream_from_template(whole.streams.video[0])
        for number, packet in enumerate(whole.demux(video=0)):
            if number == count:
                break
            packet.stream = stream
            cut.mux(packet)


def test_the_cctv_clip_is_answered_wholly_and_the_same_on_every_run(
    analyze: Analyze, testdata: Path, tmp_path: Path
) -> None:
    clip, config = testdata / "videos" / "vtest.avi", tmp_path / "path.yaml"
    config.write_text(CCTV)
    done = analyze(clip, tmp_path / "whole", *CCTV_WORDS, config)
    assert done.returncode == 0, done.stderr

    with av.open(str(clip)) as container:
        assert sum(1 for _ in container.decode(video=0)) == CCTV_FRAMES
    poses = lines_of(tmp_path / "whole" / "poses.jsonl")
    assert [line["frame_index"] for line in poses] == list(range(CCTV_FRAMES))
    assert all(line["inferred"] for line in poses)
    summary = json.loads((tmp_path / "whole" / "summary.json").read_text())
    assert (summary["frames"], summary["frames_expected"], summary["complete"]) == (CCTV_FRAMES, CCTV_FRAMES, True)
    assert set(summary["per_frame"]) == {"decode", "infer", "track", "rules", "write"}
    assert all(cost["cpu_ms"] > 0 for cost in summary["per_frame"].values())
    assert 4 <= summary["persons_mean"] <= 10

    alerts = lines_of(tmp_path / "whole" / "alerts.jsonl")
    fired = [alert["id"] for alert in alerts if alert["state"] == "firing"]
    resolved = [alert["id"] for alert in alerts if alert["state"] == "resolved"]
    assert len(fired) >= 5
    assert len(set(fired)) == len(fired)
    assert sorted(fired) == sorted(resolved)
    assert summary["alerts"] == {"intrusion": len(fired)}

    # The beginning once more, by another process: the same to the byte.
    first_packets(clip, tmp_path / "cut.avi", CUT_FRAMES)
    again = analyze(tmp_path / "cut.avi", tmp_path / "again", *CCTV_WORDS, config)
    assert again.returncode == 0, again.stderr
    for name in ("poses.jsonl", "tracks.txt"):
        text = (tmp_path / "again" / name).read_text()
        assert text
        assert (tmp_path / "whole" / name).read_text().startswith(text)
    before_the_end = [alert for alert in alerts if alert["frame_index"] < CUT_FRAMES - 1]
    assert before_the_end
    repeated = lines_of(tmp_path / "again" / "alerts.jsonl")
    assert repeated[: len(before_the_end)] == before_the_end
    # What was open at the cut ends with it.
    assert {alert["state"] for alert in repeated[len(before_the_end) :]} <= {"resolved"}


@dataclass(frozen=True)
class Wanted:
    """One true event: its kind and the first frame (from 1) in which its condition holds."""

    kind: str
    first_frame: int

    def found_by(self, alert: dict[str, Any]) -> bool:
        late = alert["frame_index"] + 1 - self.first_frame - RULE_DELAY_FRAMES[self.kind]
        return alert["kind"] == self.kind and -MOST_FRAMES_LATE <= late <= MOST_FRAMES_LATE


@dataclass(frozen=True)
class Synthetic:
    """What was found in the synthetic clip: the alerts that fired, the ids of those that were resolved."""

    truth: dict[str, Any]
    fired: list[dict[str, Any]]
    resolved: set[str]

    def missed(self, event: str, kind: str) -> list[Wanted]:
        wanted = [Wanted(kind, one["first_frame"]) for one in self.truth["events"] if one["type"] == event]
        assert wanted
        return [one for one in wanted if not any(one.found_by(alert) for alert in self.fired)]

    def __str__(self) -> str:
        return "; ".join(f"{one['kind']} {one['track_id']} at frame {one['frame_index'] + 1}" for one in self.fired)


@pytest.fixture(scope="module")
def synthetic(analyze: Analyze, testdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthetic:
    clip, folder = testdata / "synth" / "clip1", tmp_path_factory.mktemp("synthetic")
    truth = json.loads((clip / "events.json").read_text())
    (width, height), numbers = truth["size"], truth["rules"]
    polygon = [[x / width, y / height] for x, y in truth["zone"]]
    radius, within = numbers["loiter_radius_px"] / height, numbers["crowd_radius_px"] / height
    content = {
        "cameras": [{"id": "clip1", "url": "file:clip.mp4", "zones": [{"id": "floor", "polygon": polygon}]}],
        "rules": [
            {"id": "in", "kind": "zone", "zone": "floor"},
            {"id": "linger", "kind": "loiter", "radius": radius, "for": "10s"},
            {"id": "huddle", "kind": "crowd", "within": within, "more_than": 2, "for": "200ms"},
        ],
    }
    (folder / "clip1.yaml").write_text(json.dumps(content))  # JSON is YAML
    done = analyze(clip / "clip.mp4", folder / "out", "--detector-every", 2, "--config", folder / "clip1.yaml")
    assert done.returncode == 0, done.stderr
    alerts = lines_of(folder / "out" / "alerts.jsonl")
    fired = [alert for alert in alerts if alert["state"] == "firing"]
    return Synthetic(truth, fired, {alert["id"] for alert in alerts if alert["state"] == "resolved"})


def test_every_alert_of_the_synthetic_clip_is_resolved(synthetic: Synthetic) -> None:
    assert synthetic.fired
    assert {alert["id"] for alert in synthetic.fired} == synthetic.resolved


def test_no_intrusion_of_the_synthetic_clip_is_false(synthetic: Synthetic) -> None:
    assert sum(alert["kind"] == "zone" for alert in synthetic.fired) == 3, str(synthetic)


def test_the_three_intrusions_of_the_synthetic_clip_are_found(synthetic: Synthetic) -> None:
    zones = [alert["frame_index"] + 1 for alert in synthetic.fired if alert["kind"] == "zone"]
    spans = [
        (one["first_frame"], one["last_frame"]) for one in synthetic.truth["events"] if one["type"] == "zone_intrusion"
    ]
    assert len(spans) == 3
    for first, last in spans:
        assert sum(first <= frame <= last for frame in zones) >= 1, str(synthetic)


@pytest.mark.xfail(
    reason="the third person enters slowly from above, joints place the feet 3 px too high: 1 frame too late",
    strict=True,
)
def test_the_intrusions_of_the_synthetic_clip_start_in_time(synthetic: Synthetic) -> None:
    assert synthetic.missed("zone_intrusion", "zone") == [], str(synthetic)


def test_the_loitering_of_the_synthetic_clip_is_found(synthetic: Synthetic) -> None:
    assert synthetic.missed("loitering", "loiter") == [], str(synthetic)
