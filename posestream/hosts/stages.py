"""The pure stages of one camera in a row: poses -> tracks -> alerts, with their states."""

from collections.abc import Sequence

from posestream.config import CameraConfig, RuleConfig
from posestream.schemas import Alert, Poses, Tracks
from postprocess.rules import CameraReport, empty_rules_state, finish, judge, judge_report
from postprocess.tracking.settings import TrackerSettings
from postprocess.tracking.state import empty_tracker_state
from postprocess.tracking.tracker import track


class CameraStages:
    """Tracker and rules of one camera; frames must come in order. Same input, same output."""

    def __init__(self, camera: CameraConfig, rules: Sequence[RuleConfig]) -> None:
        self.camera = camera
        self._rules = tuple(rules)
        self._settings = TrackerSettings()
        self._tracker = empty_tracker_state()
        self._judge = self._reports = empty_rules_state()

    def change(self, camera: CameraConfig, rules: Sequence[RuleConfig]) -> None:
        """Go on with other zones and rules: tracks stay, alerts of rules that are gone resolve with the next frame."""
        self.camera, self._rules = camera, tuple(rules)

    def follow(self, poses: Poses) -> Tracks:
        """Give the tracks after this frame."""
        self._tracker, tracks = track(self._tracker, poses, self._settings)
        return tracks

    def judge(self, tracks: Tracks) -> tuple[Alert, ...]:
        """Give the alerts that this frame changed."""
        self._judge, alerts = judge(self._judge, tracks, self.camera, self._rules)
        return alerts

    def judge_report(self, report: CameraReport) -> tuple[Alert, ...]:
        """Give the alerts that a report of the camera's own health changed."""
        self._reports, alerts = judge_report(self._reports, report, self._rules)
        return alerts

    def finish(self) -> tuple[Alert, ...]:
        """Give the alerts that end because nothing comes any more."""
        return (*finish(self._judge), *finish(self._reports))
