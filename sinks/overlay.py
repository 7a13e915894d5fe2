"""What is drawn besides the persons: zones and alert banners."""

from collections.abc import Collection, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from posestream.config import ZoneConfig
from posestream.schemas import Alert
from sinks.lettering import draw_tag, letter_height, text_size
from sinks.palette import SEVERITY_COLOURS, Rgb

CALM: Rgb = (226, 232, 240)
ALARM: Rgb = (248, 80, 80)
_INK: Rgb = (15, 23, 42)
_WHITE: Rgb = (255, 255, 255)
_TINT = 0.13
_SHIFT = 4


def draw_zones(canvas: NDArray[np.uint8], zones: Sequence[ZoneConfig], alarmed: Collection[str]) -> None:
    """Outline and tint zones with their names onto ``canvas``; those in ``alarmed`` in red."""
    height, width = canvas.shape[:2]
    for zone in zones:
        colour = ALARM if zone.id in alarmed else CALM
        corners = np.array(zone.polygon, np.float64) * [width - 1, height - 1]
        polygon = [np.round(corners * (1 << _SHIFT)).astype(np.int32)]
        tinted = canvas.copy()
        cv2.fillPoly(tinted, polygon, colour, cv2.LINE_AA, _SHIFT)
        cv2.addWeighted(tinted, _TINT, canvas, 1 - _TINT, 0, dst=canvas)
        thick = max(1, round(height / 360))
        cv2.polylines(canvas, polygon, True, _INK, thick + 2, cv2.LINE_AA, _SHIFT)  # noqa: FBT003  # cv2: closed
        cv2.polylines(canvas, polygon, True, colour, thick, cv2.LINE_AA, _SHIFT)  # noqa: FBT003  # cv2: closed
        left, top = corners[np.argmin(corners.sum(axis=1))]
        letters = round(letter_height(height) * 0.85)
        draw_tag(canvas, zone.id, (round(left) + 2, round(top) + 2), letters, (_INK, colour))


def draw_banners(canvas: NDArray[np.uint8], alerts: Sequence[Alert]) -> None:
    """Write one banner an alert at the upper left of ``canvas``, as many as fit in half the picture."""
    letters = letter_height(canvas.shape[0])
    gap = max(2, letters // 4)
    top = gap * 2
    for alert in alerts:
        text = banner_text(alert)
        _, height = text_size(text, letters)
        if top + height > canvas.shape[0] // 2:
            return
        draw_tag(canvas, text, (gap * 2, top), letters, (SEVERITY_COLOURS[alert.severity], _WHITE))
        top += height + gap


def banner_text(alert: Alert) -> str:
    """Say what an alert is about in a few words: ``intrusion · door · person 3``."""
    person = "" if alert.track_id is None else f"person {alert.track_id}"
    return " · ".join(part for part in (alert.rule, alert.zone or alert.line, person) if part)
