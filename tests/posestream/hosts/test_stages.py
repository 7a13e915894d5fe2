from collections.abc import Callable

from posestream.config import CameraConfig, ZoneRuleConfig
from posestream.hosts.stages import CameraStages
from posestream.schemas import Alert, AlertState, Poses, Tracks

Place = tuple[int, int]


def through(stages: CameraStages, frames: list[Poses]) -> tuple[list[Tracks], list[Alert]]:
    tracks, alerts = [], []
    for poses in frames:
        tracks.append(stages.follow(poses))
        alerts += stages.judge(tracks[-1])
    return tracks, alerts


def test_nobody_ever(camera: CameraConfig, rule: ZoneRuleConfig, make_poses: Callable[..., Poses]) -> None:
    stages = CameraStages(camera, (rule,))
    assert stages.finish() == ()
    tracks, alerts = through(stages, [make_poses(index) for index in range(5)])
    assert [len(one) for one in tracks] == [0] * 5
    assert alerts == []
    assert stages.finish() == ()


def test_a_walk_into_the_zone_fires_and_the_end_resolves(
    camera: CameraConfig, rule: ZoneRuleConfig, make_poses: Callable[..., Poses]
) -> None:
    walk = [make_poses(index, [(20 + 10 * index, 60)]) for index in range(22)]
    stages = CameraStages(camera, (rule,))
    tracks, alerts = through(stages, walk)
    assert {id_ for one in tracks for id_ in one.track_ids.tolist()} == {1}
    assert [(alert.state, alert.zone, alert.track_id) for alert in alerts] == [(AlertState.FIRING, "right", 1)]
    # The feet (middle of the box) cross the middle of the picture at frame 12; the rule waits 0.2 s.
    assert 13 <= alerts[0].frame_index <= 16
    (end,) = stages.finish()
    assert (end.id, end.state, end.frame_index) == (alerts[0].id, AlertState.RESOLVED, 21)


def test_same_input_same_output_and_cameras_share_nothing(
    camera: CameraConfig, rule: ZoneRuleConfig, make_poses: Callable[..., Poses]
) -> None:
    walk = [make_poses(index, [(150 + 5 * index, 60)]) for index in range(12)]
    first, second = CameraStages(camera, (rule,)), CameraStages(camera, (rule,))
    for poses in walk:
        one, other = first.follow(poses), second.follow(poses)
        assert one.track_ids.tolist() == other.track_ids.tolist()
        assert one.keypoints.tobytes() == other.keypoints.tobytes()
        assert first.judge(one) == second.judge(other)
    assert first.finish() == second.finish() != ()


def test_time_without_a_look_ends_tracks_and_alerts(
    camera: CameraConfig, rule: ZoneRuleConfig, make_poses: Callable[..., Poses]
) -> None:
    stages = CameraStages(camera, (rule,))
    _, fired = through(stages, [make_poses(index, [(200, 60)]) for index in range(8)])
    assert [alert.state for alert in fired] == [AlertState.FIRING]
    _, ended = through(stages, [make_poses(index, inferred=False) for index in range(17, 368, 10)])
    assert [(alert.id, alert.state) for alert in ended] == [(fired[0].id, AlertState.RESOLVED)]
    assert stages.finish() == ()
