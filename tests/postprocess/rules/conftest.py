"""Tracks made for the rules: who stands where in a frame of 1000 x 1000 px, zone ``door`` in the right half."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from posestream.config.cameras import CameraConfig
from posestream.config.rules import RuleConfig
from posestream.schemas import Alert, FrameStamp, Poses, TimeSource, Tracks, TrackState
from posestream.skeletons import COCO17
from postprocess.rules import empty_rules_state, finish, judge

Feet = Mapping[int, tuple[float, float]]


@pytest.fixture
def camera() -> CameraConfig:
    return CameraConfig.model_validate(
        {
            "id": "lobby",
            "url": "file:lobby.mp4",
            "zones": [{"id": "door", "polygon": [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]}],
        }
    )


@pytest.fixture
def rule() -> Callable[..., RuleConfig]:
    """Give a rule from the keys of a config file."""
    adapter: TypeAdapter[RuleConfig] = TypeAdapter(RuleConfig)

    def make(kind: str, **keys: Any) -> RuleConfig:  # noqa: ANN401 - config values are of any kind
        keys = {{"for_": "for"}.get(name, name): value for name, value in keys.items()}
        return adapter.validate_python({"id": kind, "kind": kind, **keys})

    return make


@pytest.fixture
def tracks_at() -> Callable[..., Tracks]:
    """Give Tracks at a moment: feet of persons 40 x 100 px by track id; ``lost`` and ``young`` name exceptions."""

    def make(
        seconds: float,
        feet: Feet,
        *,
        lost: Sequence[int] = (),
        young: Sequence[int] = (),
        ages: Mapping[int, float] | None = None,
        epoch: int = 0,
        start: float = 0.0,
        inferred: bool = True,
    ) -> Tracks:
        ids = list(feet)
        seen = [one for one in ids if one not in lost]
        xy = np.array([feet[one] for one in ids], np.float32).reshape(-1, 2)
        boxes = np.concatenate([xy - np.float32([20, 100]), xy + np.float32([20, 0])], axis=1)
        rows = [ids.index(one) for one in seen]
        states = [TrackState.LOST if one in lost else TrackState(one not in young) for one in ids]
        stamp = FrameStamp(
            "lobby",
            epoch,
            round((seconds - start) * 10),
            seconds - start,
            round(seconds * 1e9),
            TimeSource.FILE,
            1000,
            1000,
        )
        return Tracks(
            poses=Poses(
                stamp=stamp,
                skeleton=COCO17,
                model="made",
                keypoints=np.zeros((len(seen), 17, 2), np.float32),
                keypoint_scores=np.zeros((len(seen), 17), np.float32),
                boxes=boxes[rows],
                scores=np.ones(len(seen), np.float32),
                inferred=inferred,
            ),
            track_ids=np.array(ids, np.int64),
            pose_indices=np.array([-1 if one in lost else seen.index(one) for one in ids], np.int64),
            keypoints=np.zeros((len(ids), 17, 2), np.float32),
            keypoint_scores=np.zeros((len(ids), 17), np.float32),
            boxes=boxes,
            velocities=np.zeros((len(ids), 2), np.float32),
            ages_seconds=np.array([(ages or {}).get(one, seconds - start) for one in ids], np.float32),
            states=np.array(states, np.uint8),
        )

    return make


@pytest.fixture
def play(camera: CameraConfig) -> Callable[..., list[Alert]]:
    """Give all alerts of a film under some rules; ``end``: resolve at the end what still fires."""

    def run(film: Sequence[Tracks], *rules: RuleConfig, end: bool = False) -> list[Alert]:
        state, alerts = empty_rules_state(), []
        for tracks in film:
            state, news = judge(state, tracks, camera, rules)
            alerts += news
        return [*alerts, *finish(state)] if end else alerts

    return run


@pytest.fixture
def brief() -> Callable[[Sequence[Alert]], list[tuple[str, int | None, float]]]:
    """Give what matters of alerts: state, track, seconds of the frame that changed it."""
    return lambda alerts: [(one.state.value, one.track_id, round(one.pts_seconds, 3)) for one in alerts]
