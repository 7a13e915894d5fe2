"""What the pure stages give on topics as recorded: the measure of the services, whatever happened to them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lab.records import Record, read_all
from posestream.config import Config
from posestream.messaging.alert_message import read_alert, write_alert
from posestream.messaging.events import read_poses, read_tracks, write_tracks
from posestream.schemas import Alert, AlertState, Poses, Tracks
from postprocess.rules import empty_rules_state, judge
from postprocess.tracking.settings import TrackerSettings
from postprocess.tracking.state import empty_tracker_state
from postprocess.tracking.tracker import track


@dataclass
class Verdict:
    """What a check found; ``wrong`` holds one line per fault and is empty when all is well."""

    counts: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def must(self, holds: bool, text: str) -> None:
        """Note a fault unless it holds."""
        if not holds:
            self.wrong.append(text)


def first_of_each(events: Iterable[Poses]) -> list[Poses]:
    """Give the events of one camera without those that are not later than one before: repeats."""
    kept: list[Poses] = []
    last = (-1, -(2**63))
    for poses in events:
        now = (poses.stamp.epoch, poses.stamp.captured_at_ns)
        if now > last:
            kept.append(poses)
            last = now
    return kept


def check_tracks(poses_topic: Sequence[Record], tracks_topic: Sequence[Record]) -> Verdict:
    """Compare the tracks topic with what the tracker gives on the poses topic: same events, same bytes, same order."""
    verdict = Verdict()
    poses_of: dict[str, list[Poses]] = defaultdict(list)
    for _, poses in read_all(list(poses_topic), read_poses):
        poses_of[poses.stamp.camera_id].append(poses)
    sent_of: dict[str, list[bytes]] = defaultdict(list)
    for record in tracks_topic:
        sent_of[(record.key or b"").decode()].append(record.value or b"")
    for camera, all_poses in poses_of.items():
        state, wanted = empty_tracker_state(), []
        for poses in first_of_each(all_poses):
            state, tracks = track(state, poses, TrackerSettings())
            wanted.append(write_tracks(tracks))
        sent = list(dict.fromkeys(sent_of.pop(camera, [])))
        verdict.counts[f"{camera} events"] = len(wanted)
        verdict.must(sent == wanted, f"{camera}: {_difference(wanted, sent)}")
    verdict.must(not sent_of, f"tracks of cameras without poses: {sorted(sent_of)}")
    verdict.counts["events"] = sum(verdict.counts.values())
    verdict.counts["repeated"] = len(tracks_topic) - len({(record.key, record.value) for record in tracks_topic})
    return verdict


def check_alerts(config: Config, tracks_topic: Sequence[Record], alerts_topic: Sequence[Record]) -> Verdict:
    """Compare the alerts topic (rule ``silent`` aside) with what the rules give on the tracks topic."""
    verdict = Verdict()
    wanted: dict[tuple[str, str], bytes] = {}
    tracks_of: dict[str, list[Tracks]] = defaultdict(list)
    for _, tracks in read_all(list(tracks_topic), read_tracks):
        tracks_of[tracks.poses.stamp.camera_id].append(tracks)
    for camera in config.cameras:
        state = empty_rules_state()
        by_event = {tracks.poses: tracks for tracks in tracks_of.pop(camera.id, [])}
        for poses in first_of_each(by_event):
            state, alerts = judge(state, by_event[poses], camera, config.rules_of(camera))
            for alert in alerts:
                key = (alert.id, alert.state.value)
                verdict.must(key not in wanted, f"the rules gave {key} twice: not a fault of the services")
                wanted[key] = write_alert(alert)
    sent: dict[tuple[str, str], bytes] = {}
    for record, alert in read_all(list(alerts_topic), read_alert):
        if alert.rule == "silent":
            continue
        key = (alert.id, alert.state.value)
        before = sent.setdefault(key, record.value or b"")
        verdict.must(before == record.value, f"alert {key} was sent with two contents")
    lost, extra = sorted(wanted.keys() - sent.keys()), sorted(sent.keys() - wanted.keys())
    verdict.must(not lost, f"{len(lost)} alerts lost: {lost[:5]}")
    verdict.must(not extra, f"{len(extra)} alerts that the rules do not give: {extra[:5]}")
    differing = [key for key in wanted.keys() & sent.keys() if wanted[key] != sent[key]]
    verdict.must(not differing, f"{len(differing)} alerts with another content: {differing[:5]}")
    verdict.counts = {
        "alerts": len({alert_id for alert_id, _ in wanted}),
        "changes": len(wanted),
        "repeated": len([1 for _, alert in read_all(list(alerts_topic), read_alert) if alert.rule != "silent"])
        - len(sent),
    }
    return verdict


def firing_ids(alerts_topic: Sequence[Record], rule: str, camera: str) -> list[str]:
    """Give the ids of a rule's alerts at a camera in the order in which they fired, each once."""
    found: list[Alert] = [alert for _, alert in read_all(list(alerts_topic), read_alert)]
    ids = [
        alert.id
        for alert in found
        if alert.rule == rule and alert.camera_id == camera and alert.state is AlertState.FIRING
    ]
    return list(dict.fromkeys(ids))


def _difference(wanted: Sequence[bytes], sent: Sequence[bytes]) -> str:
    lost, extra = len(set(wanted) - set(sent)), len(set(sent) - set(wanted))
    return f"wanted {len(wanted)} events, got {len(sent)}: {lost} lost or other, {extra} extra or other"
