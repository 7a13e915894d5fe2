"""The result files of ``analyze``, opened together and closed together."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.preprocess import to_rgb
from ingest.folder import FolderRecording
from ingest.recording import Recording
from posestream.config import ZoneConfig
from posestream.json_form import alert_to_json, mot_rows, tracks_to_json
from posestream.schemas import Alert, AlertState, Frame, Tracks
from sinks.drawing import annotate
from sinks.results import AnnotatedVideo, CocoResults, JsonLines, MotText

DEFAULT_RATE = 25.0
NOT_ALWAYS = ("coco_results.json", "annotated.mp4", "summary.json")


class ResultFiles:
    """poses.jsonl, tracks.txt and alerts.jsonl; coco_results.json for pictures; annotated.mp4 on request.

    Guarantee: what was written before an exception stays in the line files; the others appear only when whole.
    """

    def __init__(self, folder: Path, recording: Recording, zones: Sequence[ZoneConfig], *, draw: bool) -> None:
        self._zones = zones
        self._firing: dict[str, Alert] = {}
        self._names = recording.picture_names if isinstance(recording, FolderRecording) else None
        rate = recording.frame_rate or DEFAULT_RATE
        self._video_size: tuple[int, ...] | None = None
        for name in NOT_ALWAYS:  # of an earlier analysis: they would not fit what is written now
            (folder / name).unlink(missing_ok=True)
        with ExitStack() as stack:  # if one file cannot be opened, those before it are closed
            open_ = stack.enter_context
            self._poses = open_(JsonLines(folder / "poses.jsonl"))
            self._tracks = open_(MotText(folder / "tracks.txt"))
            self._alerts = open_(JsonLines(folder / "alerts.jsonl"))
            self._coco = open_(CocoResults(folder / "coco_results.json")) if self._names is not None else None
            self._video = open_(AnnotatedVideo(folder / "annotated.mp4", rate)) if draw else None
            self._stack = stack.pop_all()

    def write(self, frame: Frame, tracks: Tracks, alerts: Sequence[Alert]) -> None:
        """Write one frame's results."""
        self._poses.write(tracks_to_json(tracks))
        self._tracks.write(mot_rows(tracks))
        self.write_alerts(alerts)
        if self._coco is not None and self._names is not None:
            self._coco.write(self._names[frame.stamp.frame_index], tracks.poses)

    def write_alerts(self, alerts: Sequence[Alert]) -> None:
        """Write alerts that changed."""
        for alert in alerts:
            self._alerts.write(alert_to_json(alert))
            if alert.state is AlertState.FIRING:
                self._firing[alert.id] = alert
            else:
                self._firing.pop(alert.id, None)

    def draw(self, frame: Frame, tracks: Tracks) -> None:
        """Draw one frame into the video, if one is wanted; one of another size is fitted into the first one's."""
        if self._video is None:
            return
        drawn = annotate(to_rgb(frame.image), tracks, self._zones, tuple(self._firing.values()))
        self._video_size = self._video_size or drawn.shape[:2]
        self._video.write(fitted(drawn, self._video_size))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


def fitted(rgb: NDArray[np.uint8], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Give the picture scaled into ``size`` (H, W) with its shape kept, black around it; the same if it fits."""
    if rgb.shape[:2] == size:
        return rgb
    scale = min(size[0] / rgb.shape[0], size[1] / rgb.shape[1])
    height, width = (max(1, round(side * scale)) for side in rgb.shape[:2])
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    canvas = np.zeros((*size, 3), np.uint8)
    canvas[top : top + height, left : left + width] = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    return canvas
