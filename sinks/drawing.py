"""Skeletons on a picture.

Letters in shapes: H, W of the picture, N tracks, K keypoints.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from posestream.config import ZoneConfig
from posestream.schemas import Alert, Tracks, TrackState
from posestream.schemas.checks import Float32
from posestream.skeletons import Skeleton
from sinks.lettering import draw_tag, letter_height, text_size
from sinks.overlay import draw_banners, draw_zones
from sinks.palette import Rgb, darker, lighter, person_colour

LEAST_SCORE = 0.3  # joints below are a guess and are not drawn
_SHIFT = 4  # cv2 draws at 1/16 px: without it skeletons jitter by whole pixels
_INK: Rgb = (15, 23, 42)


def annotate(
    rgb: NDArray[np.uint8], tracks: Tracks, zones: Sequence[ZoneConfig] = (), firing: Sequence[Alert] = ()
) -> NDArray[np.uint8]:
    """Give a copy of the picture with zones, skeletons, ids and a banner for each firing alert.

    ``rgb`` (H, W, 3) may be smaller or larger than the camera's frame: everything is scaled to it.
    """
    canvas = np.array(rgb, dtype=np.uint8, order="C")
    draw_zones(canvas, zones, {alert.zone for alert in firing if alert.zone})
    draw_skeletons(canvas, tracks)
    draw_banners(canvas, firing)
    return canvas


def draw_skeletons(canvas: NDArray[np.uint8], tracks: Tracks) -> None:
    """Draw all tracks that were seen in this frame, and poses without a track in grey, onto ``canvas``.

    The left side of a body is lighter than the right. Lost tracks are a guess and are not drawn.
    """
    stamp = tracks.poses.stamp
    scale = np.array([canvas.shape[1] / stamp.width, canvas.shape[0] / stamp.height], np.float32)
    skeleton = tracks.poses.skeleton
    for row in _untracked(tracks):
        joints = tracks.poses.keypoints[row] * scale
        draw_skeleton(canvas, joints, tracks.poses.keypoint_scores[row], skeleton, person_colour(None))
    seen: list[int] = np.flatnonzero(tracks.states != TrackState.LOST).tolist()
    for row in seen:
        joints = tracks.keypoints[row] * scale
        colour = person_colour(int(tracks.track_ids[row]))
        draw_skeleton(canvas, joints, tracks.keypoint_scores[row], skeleton, colour)
    for row in seen:  # tags last: none lies under another person's bones
        _draw_id(canvas, tracks, row, scale)


def draw_skeleton(canvas: NDArray[np.uint8], joints: Float32, scores: Float32, skeleton: Skeleton, colour: Rgb) -> None:
    """Draw one person: joints (K, 2) px of the canvas, scores (K,); face and hands as thin lines without dots."""
    thick = line_width(canvas.shape[0])
    shown = scores >= LEAST_SCORE
    points = np.round(joints * (1 << _SHIFT)).astype(int)
    tones = {"left": lighter(colour, 0.45), "right": colour}
    every = [bone for bone in skeleton.bones if shown[list(bone)].all()]
    for a, b in (bone for bone in every if skeleton.fine.issuperset(bone)):
        cv2.line(canvas, tuple(points[a]), tuple(points[b]), lighter(colour, 0.45), 1, cv2.LINE_AA, _SHIFT)
    bones = [bone for bone in every if not skeleton.fine.issuperset(bone)]
    for a, b in bones:  # a dark edge under all bones keeps them visible on bright ground
        cv2.line(canvas, tuple(points[a]), tuple(points[b]), _INK, thick + 2, cv2.LINE_AA, _SHIFT)
    for a, b in bones:
        tone = tones.get(_side(skeleton, a, b), lighter(colour, 0.2))
        cv2.line(canvas, tuple(points[a]), tuple(points[b]), tone, thick, cv2.LINE_AA, _SHIFT)
    radius = round((thick * 0.5 + 1.0) * (1 << _SHIFT))
    for joint in sorted(set(np.flatnonzero(shown).tolist()) - skeleton.fine):
        cv2.circle(canvas, tuple(points[joint]), radius + (1 << _SHIFT), _INK, cv2.FILLED, cv2.LINE_AA, _SHIFT)
        cv2.circle(canvas, tuple(points[joint]), radius, (255, 255, 255), cv2.FILLED, cv2.LINE_AA, _SHIFT)


def line_width(height: int) -> int:
    """Give the width of bones in px for a picture of this height."""
    return max(2, round(height / 240))


def _side(skeleton: Skeleton, a: int, b: int) -> str:
    sides = {skeleton.keypoints[joint].partition("_")[0] for joint in (a, b)}
    return sides.pop() if len(sides) == 1 else "middle"


def _untracked(tracks: Tracks) -> list[int]:
    taken = set(tracks.pose_indices.tolist())
    return [row for row in range(len(tracks.poses)) if row not in taken]


def _draw_id(canvas: NDArray[np.uint8], tracks: Tracks, row: int, scale: Float32) -> None:
    track_id = int(tracks.track_ids[row])
    letters = letter_height(canvas.shape[0])
    width, height = text_size(str(track_id), letters)
    x1, y1, x2, _ = tracks.boxes[row]
    corner = (round(float(x1 + x2) / 2 * scale[0] - width / 2), round(float(y1) * scale[1] - height - 2))
    colour = lighter(person_colour(track_id), 0.2)
    draw_tag(canvas, str(track_id), corner, letters, (colour, darker(colour, 0.85)))
